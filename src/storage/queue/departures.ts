/** How messages leave a queue for another: out of its log, and into transfers, in one transaction. */
import type { Epoch } from "../../domain/id.ts";
import { DEAD_LETTER_MOVES_MAX, type DeadLetters } from "../../domain/queue.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { Legible } from "./reading.ts";
import { claimsOf, type Entry, type Segment, type Segments } from "./segments.ts";
import { toTransferredRuns, type Transfers } from "./transfers.ts";

type Destination = Pick<DeadLetters, "queue" | "ttl">;

export class Departures {
  private readonly segments: Segments;
  private readonly transfers: Transfers;
  private readonly epoch: Epoch;
  private readonly allocate: () => number;

  constructor(parts: {
    readonly segments: Segments;
    readonly transfers: Transfers;
    readonly epoch: Epoch;
    /** Gives the next sequence number: transfers are numbered with the log. */
    readonly allocate: () => number;
  }) {
    this.segments = parts.segments;
    this.transfers = parts.transfers;
    this.epoch = parts.epoch;
    this.allocate = parts.allocate;
  }

  /**
   * Writes the transfers of those that have been claimed as often as they may and can still go where such messages go: one
   * move more for each. Returns them; the caller drops them.
   */
  bury(messages: readonly Legible[], to: DeadLetters, now: EpochMs): readonly Legible[] {
    const dead = messages.filter(({ entry }) => this.isDead(entry, to));
    this.write(dead, to, (segment) => this.segments.movesOf(segment) + 1, now);
    return dead;
  }

  /** Writes the transfers of messages that somebody has asked to be moved, which begin anew. The caller drops them. */
  send(messages: readonly Legible[], to: Destination, now: EpochMs): void {
    this.write(messages, to, () => 0, now);
  }

  private isDead(entry: Entry, { maxClaimCount }: DeadLetters): boolean {
    return claimsOf(entry) >= maxClaimCount && this.segments.movesOf(entry.segment) < DEAD_LETTER_MOVES_MAX;
  }

  private write(
    messages: readonly Legible[],
    { queue, ttl }: Destination,
    movesOf: (segment: Segment) => number,
    now: EpochMs,
  ): void {
    const runs = toTransferredRuns(messages, { epoch: this.epoch, now, ttl, movesOf });
    for (const run of runs) this.transfers.write(queue, { number: this.allocate(), run });
  }
}

/** Messages leave a queue for another one as transfers, written in the transaction that removes them from the log. */
import type { Epoch } from "../../domain/id.ts";
import { DEAD_LETTER_MOVES_MAX, type DeadLetters } from "../../domain/queue.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { Legible } from "./reading.ts";
import { claimsOf, type Entry, type Segment } from "./segment.ts";
import type { Segments } from "./segments.ts";
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
   * Writes transfers to the dead-letter queue for the entries that have been claimed as often as they may and have moves left.
   * Each counts as one move more. Returns these entries; the caller removes them from the log.
   */
  bury(messages: readonly Legible[], to: DeadLetters, now: EpochMs): readonly Legible[] {
    const dead = messages.filter(({ entry }) => this.isDead(entry, to));
    this.write(dead, to, (segment) => this.segments.movesOf(segment) + 1, now);
    return dead;
  }

  /** Writes transfers for a redrive, with zero moves. The caller removes the messages from the log. */
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

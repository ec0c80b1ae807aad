/**
 * Writes transfers for messages that leave a queue for another one, in the transaction that removes them from the log. Dead
 * letters leave for the dead-letter queue, and redriven messages leave from there.
 */
import { toSequence, type Epoch } from "../../domain/id.ts";
import { joinBodies, splitBodies, type TransferredRun } from "../../domain/message.ts";
import { DEAD_LETTER_MOVES_MAX, type DeadLetters } from "../../domain/queue-metadata.ts";
import { after, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { ReadableEntry } from "./readable-entries.ts";
import { claimCountOf, lifeOf, sequenceOf, type Entry, type Segment } from "./segment.ts";
import type { Segments } from "./segments.ts";
import type { Transfers } from "./transfers.ts";

type TransferTarget = Pick<DeadLetters, "queue" | "ttl">;

/** What a transfer records of its messages' past. */
interface Marks {
  readonly movesOf: (segment: Segment) => number;
  readonly deadAt?: EpochMs;
}

export interface OutgoingTransfersDeps {
  readonly segments: Segments;
  readonly transfers: Transfers;
  readonly epoch: Epoch;
  /** Gives the next sequence number: transfers are numbered with the log. */
  readonly allocate: () => number;
}

export class OutgoingTransfers {
  private readonly segments: Segments;
  private readonly transfers: Transfers;
  private readonly epoch: Epoch;
  private readonly allocate: () => number;

  constructor(deps: OutgoingTransfersDeps) {
    this.segments = deps.segments;
    this.transfers = deps.transfers;
    this.epoch = deps.epoch;
    this.allocate = deps.allocate;
  }

  /**
   * Writes transfers to the dead-letter queue for the messages that were claimed `maxClaimCount` times and have moves left, and
   * adds a move to each. Returns these messages; the caller removes them from the log.
   */
  writeDeadLetters(messages: readonly ReadableEntry[], to: DeadLetters, now: EpochMs): readonly ReadableEntry[] {
    const dead = messages.filter(({ entry }) => this.isDead(entry, to));
    this.write(dead, to, { movesOf: (segment) => this.segments.movesOf(segment) + 1, deadAt: now }, now);
    return dead;
  }

  /** Writes transfers for a redrive. Moves are counted from zero again. The caller removes the messages from the log. */
  writeRedriven(messages: readonly ReadableEntry[], to: TransferTarget, now: EpochMs): void {
    this.write(messages, to, { movesOf: () => 0 }, now);
  }

  private isDead(entry: Entry, { maxClaimCount }: DeadLetters): boolean {
    return claimCountOf(entry) >= maxClaimCount && this.segments.movesOf(entry.segment) < DEAD_LETTER_MOVES_MAX;
  }

  private write(messages: readonly ReadableEntry[], { queue, ttl }: TransferTarget, marks: Marks, now: EpochMs): void {
    const runs = toTransferredRuns(messages, { epoch: this.epoch, now, ttl, ...marks });
    for (const run of runs) this.transfers.write(queue, { number: this.allocate(), run });
  }
}

/**
 * Groups messages into runs for transfers: neighbours of one segment with the same life stay together. If a ttl is given, it
 * replaces theirs and counts from now.
 */
function toTransferredRuns(
  entries: readonly ReadableEntry[],
  context: {
    readonly epoch: Epoch;
    readonly now: EpochMs;
    readonly ttl: Seconds | null;
  } & Marks,
): TransferredRun[] {
  const { epoch, now, ttl, movesOf, deadAt } = context;
  const runs: (TransferredRun & { readonly sequence: number })[] = [];
  for (const { entry, body, traceparent } of entries) {
    const { segment, offset } = entry;
    const life = ttl === null ? lifeOf(entry) : { ttl, expiresAt: after(now, ttl) };
    const origin = segment.origin ?? { epoch, sequence: toSequence(segment.first) };
    const last = runs.at(-1);
    const isNeighbour =
      last !== undefined &&
      last.sequence + last.count === sequenceOf(entry) &&
      last.sequence >= segment.first &&
      last.expiresAt === life.expiresAt &&
      last.ttl === life.ttl;
    if (isNeighbour) {
      runs[runs.length - 1] = {
        ...last,
        count: last.count + 1,
        bodies: joinBodies([...splitBodies(last.bodies), body]),
      };
      continue;
    }
    runs.push({
      sequence: sequenceOf(entry),
      origin: { epoch: origin.epoch, sequence: toSequence(origin.sequence + offset) },
      count: 1,
      ttl: life.ttl,
      postedAt: segment.postedAt,
      expiresAt: life.expiresAt,
      client: segment.client,
      bodies: joinBodies([body]),
      moves: movesOf(segment),
      ...(deadAt === undefined ? {} : { deadAt }),
      ...(traceparent === null ? {} : { traceparent }),
    });
  }
  return runs;
}

/**
 * Which messages of a log can be claimed. The state is in memory, in three parts:
 *   returned   messages whose claim or delay has ended: all before the frontier, oldest first
 *   frontier   the first message that no claim has reached
 *   deferred   delayed messages that the frontier has passed, until their delay ends
 * A claim takes returned messages first, and then reads on from the frontier. So its cost depends neither on the depth of the
 * queue nor on the number of messages in flight. After a restart the frontier is at the beginning and the other parts are empty,
 * because all messages will be read again. Prior art: Kafka's share groups (KIP-932) keep this state over a log.
 */
import { DeadlineHeap } from "../../mechanisms/deadline-heap.ts";
import { RangeSet, type Range } from "../../mechanisms/range-set.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { InFlight } from "./in-flight.ts";
import { Page } from "./page.ts";
import { entriesOf, isAlive, sequenceOf, visibleAt, type Entry, type Segment } from "./segment.ts";
import { READ_ROWS_MAX } from "./segment-rows.ts";
import type { Segments } from "./segments.ts";

/** Delayed messages are grouped by the second, so that a million of them do not need a million entries. */
const BUCKET_MS = 1000;

export interface AvailabilityDeps {
  readonly segments: Segments;
  readonly inFlight: InFlight;
  readonly end: number;
}

export class Availability {
  private readonly segments: Segments;
  private readonly inFlight: InFlight;
  private readonly returned = new RangeSet();
  private readonly deferred = new DeadlineHeap<Range>();
  /** The deferred group that is growing. It is due when its first message is; those with later delays are then deferred again. */
  private bucket: (Range & { readonly at: EpochMs }) | null = null;
  private frontier = 1;
  /** The messages of the segment that was read last: an estimate of how many segments a claim has to read. */
  private density = 1;
  /** The number that the next message of the log will get. */
  private end: number;

  constructor(deps: AvailabilityDeps) {
    this.segments = deps.segments;
    this.inFlight = deps.inFlight;
    this.end = deps.end;
  }

  /** Notes that the log has grown. */
  extend(end: number): void {
    this.end = end;
  }

  /** Notes that the log continues at a higher number. Otherwise a frontier at its end would look as if there were messages. */
  skipTo(end: number): void {
    if (this.frontier === this.end) this.frontier = end;
    this.end = end;
  }

  /** Notes that messages are deleted. */
  noteDeletion(range: Range): void {
    this.returned.remove(range);
  }

  /**
   * Takes up to `limit` claimable messages, oldest first; fewer if they are large. The caller puts them under a claim or deletes
   * them in the same transaction.
   */
  take(limit: number, now: EpochMs): Entry[] {
    const taken = new Page(limit);
    this.takeReturned(taken, limit, now);
    if (!taken.isFull) this.takeFresh(taken, limit, now);
    this.closeBucket();
    return taken.entries;
  }

  /** Whether `take` may find a message. It may still find none: returned ones may have expired, new ones may be delayed. */
  get mayHaveClaimable(): boolean {
    return !this.returned.isEmpty || this.frontier < this.end;
  }

  /** The messages that `take` may find, at most. */
  get claimableMax(): number {
    return this.returned.size + this.end - this.frontier;
  }

  /** Makes messages claimable again. Those after the frontier are ignored, because they will be read anyway. */
  makeClaimable(ranges: Iterable<Range>): void {
    for (const { from, to } of ranges) {
      if (from < this.frontier) this.returned.add({ from, to: Math.min(to, this.frontier - 1) });
    }
  }

  /** Makes messages claimable again at an instant. */
  makeClaimableAt(at: EpochMs, ranges: readonly Range[]): void {
    for (const range of ranges) this.deferred.add(at, range);
  }

  /** Makes messages claimable whose delay has ended by now. */
  advanceTo(now: EpochMs): void {
    for (let range = this.deferred.popDue(now); range !== undefined; range = this.deferred.popDue(now)) {
      this.makeClaimable([range]);
    }
  }

  /** When the next known delay ends, or null. */
  get nextVisible(): EpochMs | null {
    return this.deferred.nextDueAt;
  }

  private takeReturned(taken: Page, limit: number, now: EpochMs): void {
    // Each read is longer than the one before, because many returned messages may have expired.
    for (let rows = limit; !taken.isFull; rows = Math.min(2 * rows, READ_ROWS_MAX)) {
      const from = this.returned.first();
      if (from === null) return;
      const segments = this.segments.from(from, rows);
      if (segments.length === 0) this.returned.clear();
      for (const segment of segments) {
        if (segment.first > (this.returned.last() ?? 0)) {
          // The returned messages that are left are no longer stored.
          this.returned.clear();
          return;
        }
        // Between the segments nothing is stored.
        this.returned.remove({ from, to: segment.first - 1 });
        this.takeReturnedFrom(segment, taken, now);
        if (taken.isFull) return;
      }
    }
  }

  private takeReturnedFrom(segment: Segment, taken: Page, now: EpochMs): void {
    for (const entry of entriesOf(segment, segment.first)) {
      if (!taken.admits(segment)) return;
      const sequence = sequenceOf(entry);
      if (!this.returned.has(sequence)) continue;
      this.returned.remove({ from: sequence, to: sequence });
      this.takeOrDefer(entry, taken, now);
    }
  }

  private takeFresh(taken: Page, limit: number, now: EpochMs): void {
    // The first read has as many segments as sufficed the last time. Each further read is longer, because a long run of delayed
    // messages may follow.
    for (let rows = Math.ceil(limit / this.density); !taken.isFull; rows = Math.min(2 * rows, READ_ROWS_MAX)) {
      const segments = this.readFresh(rows, now);
      const [first] = segments;
      if (first === undefined) {
        this.frontier = this.end;
        return;
      }
      this.density = first.count;
      for (const segment of segments) {
        for (const entry of entriesOf(segment, this.frontier)) {
          if (!taken.admits(segment)) return;
          this.frontier = sequenceOf(entry) + 1;
          this.takeOrDefer(entry, taken, now);
        }
      }
    }
  }

  /** Segments from the frontier on. A single one is read with its content, because it suffices in most cases. */
  private readFresh(rows: number, now: EpochMs): Segment[] {
    const from = this.inFlight.nextFree(this.frontier);
    if (rows > 1) return this.segments.aliveFrom(from, rows, now);
    const first = this.segments.firstAliveFrom(from, now);
    return first === null ? [] : [first];
  }

  /**
   * Adds the message unless it is delayed, claimed, deleted or expired. All messages for claims are checked here. A delayed one
   * is deferred.
   */
  private takeOrDefer(entry: Entry, taken: Page, now: EpochMs): void {
    const sequence = sequenceOf(entry);
    const from = visibleAt(entry);
    if (from > now) this.defer(from, sequence);
    else if (this.inFlight.slotOf(sequence) === null && isAlive(entry, now)) taken.add(entry);
  }

  /** Defers a message until an instant. Neighbours whose delays end in the same second share a group. */
  private defer(until: EpochMs, sequence: number): void {
    const { bucket } = this;
    if (bucket !== null && sequence === bucket.to + 1 && until >= bucket.at && until < bucket.at + BUCKET_MS) {
      this.bucket = { ...bucket, to: sequence };
      return;
    }
    this.closeBucket();
    this.bucket = { at: until, from: sequence, to: sequence };
  }

  private closeBucket(): void {
    if (this.bucket !== null) this.deferred.add(this.bucket.at, this.bucket);
    this.bucket = null;
  }
}

/**
 * Reads the message log of one queue: finds messages by positions, markers and numbers, and lists them. Changes are in
 * message-log.ts.
 */
import type { ClientId, Epoch, MessagePosition } from "../../domain/id.ts";
import type { DeadLetterOrigin } from "../../domain/message.ts";
import type { EpochMs } from "../../domain/time.ts";
import { RangeSet, type Range } from "../../mechanisms/range-set.ts";
import type { InFlight } from "./in-flight.ts";
import { Page } from "./page.ts";
import { entriesOf, isAlive, isDeleted, isReleasedLater, sequenceOf, type Entry, type Segment } from "./segment.ts";
import { READ_ROWS_MAX } from "./segment-rows.ts";
import type { Segments } from "./segments.ts";

/** The messages that a listing excludes. */
export interface ListFilter {
  readonly now: EpochMs;
  readonly without: ClientId | null;
  readonly includeClaimed: boolean;
  /** Messages whose delay after the post is not over. */
  readonly includeDelayed: boolean;
  /** Messages that a claim has released with a delay that is not over. */
  readonly includeReleasedLater: boolean;
}

/** Segments in a first read: a few rows too many cost less than another statement. */
const READ_ROWS_MIN = 4;

export interface LogReaderDeps {
  readonly epoch: Epoch;
  readonly segments: Segments;
  readonly inFlight: InFlight;
}

export class LogReader {
  private readonly epoch: Epoch;
  private readonly segments: Segments;
  private readonly inFlight: InFlight;

  constructor(deps: LogReaderDeps) {
    this.epoch = deps.epoch;
    this.segments = deps.segments;
    this.inFlight = deps.inFlight;
  }

  /**
   * The messages at positions in this log, or in the logs that they were first posted to, in the order asked. Deleted and unknown
   * ones are left out; some may have expired. Successive positions in one segment take one read.
   */
  find(positions: readonly MessagePosition[]): Entry[] {
    const found: Entry[] = [];
    let segment: Segment | null = null;
    for (const position of positions) {
      const isOwn = position.epoch === this.epoch;
      if (isOwn && !(segment !== null && covers(segment, position.sequence)))
        segment = this.segments.at(position.sequence);
      const own: Entry | null =
        isOwn && segment !== null && segment.origin === null
          ? { segment, offset: position.sequence - segment.first }
          : null;
      // A dead letter keeps its id, also when it comes back to the queue it was posted to.
      const entry = own === null || isDeleted(own) ? this.segments.byOrigin(position) : own;
      if (entry !== null && !isDeleted(entry)) found.push(entry);
    }
    return found;
  }

  /**
   * The sequence number that a marker stands for, or null. A marker stays valid after its message is deleted, except the id of a
   * dead letter: only the row of the message shows its number in this log.
   */
  sequenceOfMarker(position: MessagePosition): number | null {
    // First, because a message that came back to the queue it was posted to has an old number in its id.
    const moved = this.segments.byOrigin(position);
    if (moved !== null) return sequenceOf(moved);
    return position.epoch === this.epoch ? position.sequence : null;
  }

  /** The entries of stored messages, by ascending numbers. */
  entriesAt(sequences: readonly number[]): Entry[] {
    const entries: Entry[] = [];
    this.segments.forEachSegment(sequences, (segment, offsets) =>
      entries.push(...offsets.map((offset) => ({ segment, offset }))),
    );
    return entries;
  }

  /** Up to `limit` messages from `start` on, in log order; fewer if they are large. */
  listFrom(start: number, limit: number, filter: ListFilter): Entry[] {
    const page = new Page(limit);
    const visibleBy = filter.includeDelayed ? Number.MAX_SAFE_INTEGER : filter.now;
    let at = start;
    for (let rows = READ_ROWS_MIN; !page.isFull; rows = Math.min(2 * rows, READ_ROWS_MAX)) {
      if (!filter.includeClaimed) at = this.inFlight.nextFree(at);
      const segments = this.segments.listedFrom(at, rows, { now: filter.now, without: filter.without, visibleBy });
      for (const segment of segments) {
        for (const entry of entriesOf(segment, at)) {
          if (page.isFull || !isAlive(entry, filter.now)) continue;
          if (!filter.includeClaimed && this.inFlight.slotOf(sequenceOf(entry)) !== null) continue;
          if (!filter.includeReleasedLater && isReleasedLater(entry, filter.now)) continue;
          if (page.admits(segment)) page.add(entry);
        }
      }
      const last = segments.at(-1);
      if (last === undefined || segments.length < rows) break;
      at = last.first + last.count;
    }
    return page.entries;
  }

  /** Where the messages of a segment come from if they are dead letters, else null. */
  deadLetterOf(segment: Segment): DeadLetterOrigin | null {
    return this.segments.deadLetterOf(segment);
  }

  /** The newest visible message, or null. */
  newest(now: EpochMs): Entry | null {
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const segments = this.segments.newestBefore(before, READ_ROWS_MIN, now);
      for (const segment of segments) {
        const entry = entriesOf(segment, segment.first).findLast((each) => isAlive(each, now));
        if (entry !== undefined) return entry;
        before = segment.first;
      }
      if (segments.length < READ_ROWS_MIN) return null;
    }
  }

  /** The undeleted messages in ranges, which may come in any order. */
  stored(ranges: readonly Range[]): ReadonlySet<number> {
    const merged = new RangeSet();
    for (const range of ranges) merged.add(range);
    const stored = new Set<number>();
    for (const { from, to } of merged.toArray()) {
      for (let at = from; at <= to;) {
        const segments = this.segments.from(at, Math.min(to - at + 1, READ_ROWS_MAX));
        for (const segment of segments) {
          for (const entry of entriesOf(segment, at)) {
            if (sequenceOf(entry) <= to && !isDeleted(entry)) stored.add(sequenceOf(entry));
          }
        }
        const last = segments.at(-1);
        if (last === undefined) break;
        at = last.first + last.count;
      }
    }
    return stored;
  }
}

function covers(segment: Segment, sequence: number): boolean {
  return sequence >= segment.first && sequence < segment.first + segment.count;
}

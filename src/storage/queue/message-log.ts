/**
 * The changes of a queue's message log: assigns sequence numbers, appends segments and deletes messages. It depends on no object
 * and no clock, and on claims only through `InFlight`, so that a queue could be spread over several logs.
 */
import type { ClientId } from "../../domain/id.ts";
import { joinBodies, splitBodies, type CheckedRun } from "../../domain/message.ts";
import type { Range } from "../../mechanisms/range-set.ts";
import { after, type EpochMs } from "../../domain/time.ts";
import type { Traceparent } from "../../domain/traceparent.ts";
import type { Availability } from "./availability.ts";
import type { InFlight } from "./in-flight.ts";
import type { MessageExceptions } from "./exceptions.ts";
import type { Census } from "./census.ts";
import type { LiveCount } from "./live-count.ts";
import type { LogNumbers } from "./log-numbers.ts";
import { Retention } from "./retention.ts";
import {
  bySegment,
  entriesOf,
  isAlive,
  isDeleted,
  SEGMENT_COUNT_MAX,
  SEGMENT_LENGTH_MAX,
  sequenceOf,
  type Entry,
  type NewSegment,
  type Segment,
} from "./segment.ts";
import { READ_ROWS_MAX } from "./segment-rows.ts";
import type { Segments } from "./segments.ts";
import type { Tally } from "./tally.ts";

/** The segments that a purge or a sweep removes in one step: more would block the queue for long. */
const SEGMENTS_PER_STEP = READ_ROWS_MAX;

type ExceptionChange = (entry: Entry, exceptions: MessageExceptions) => void;

const NONE: ReadonlySet<number> = new Set();

export interface MessageLogDeps {
  readonly numbers: LogNumbers;
  readonly segments: Segments;
  readonly inFlight: InFlight;
  readonly availability: Availability;
  readonly liveCount: LiveCount;
  readonly census: Census;
  readonly tally: Tally;
}

export class MessageLog {
  private readonly segments: Segments;
  private readonly inFlight: InFlight;
  private readonly numbers: LogNumbers;
  private readonly availability: Availability;
  private readonly liveCount: LiveCount;
  private readonly census: Census;
  private readonly tally: Tally;
  private readonly retention: Retention;

  constructor(deps: MessageLogDeps) {
    this.numbers = deps.numbers;
    this.segments = deps.segments;
    this.inFlight = deps.inFlight;
    this.availability = deps.availability;
    this.liveCount = deps.liveCount;
    this.census = deps.census;
    this.tally = deps.tally;
    this.retention = new Retention(deps.segments);
  }

  /** Assigns the next `count` sequence numbers and returns the first. */
  allocate(count: number): number {
    const first = this.numbers.allocate(count);
    this.availability.extend(this.numbers.next);
    return first;
  }

  /** Gives no number up to `last` from now on. */
  raise(last: number): void {
    this.numbers.raise(last);
    this.availability.skipTo(this.numbers.next);
  }

  /** Appends a post: one row for each run, or several if it is too large for one. Returns the first sequence number. */
  append(runs: readonly CheckedRun[], client: ClientId, traceparent: Traceparent | null, now: EpochMs): number {
    let first = this.allocate(runs.reduce((total, run) => total + run.count, 0));
    const start = first;
    for (const run of runs) {
      const times = { postedAt: now, visibleAt: after(now, run.delay), expiresAt: after(now, run.ttl) };
      for (const { count, bodies } of pieces(run)) {
        const own = { client, origin: null, moves: 0, deadLetter: null, traceparent };
        this.insert({ first, count, ttl: run.ttl, ...times, ...own, bodies });
        first += count;
      }
    }
    return start;
  }

  insert(segment: NewSegment): void {
    this.segments.insert(segment);
    this.liveCount.add(segment.count, segment.expiresAt);
    this.census.append(segment);
  }

  /**
   * Deletes messages that were just read, and ignores those already deleted. Writes one row per segment affected, none per
   * message.
   */
  remove(entries: readonly Entry[]): void {
    for (const { segment, offsets } of bySegment(entries)) this.removeFrom(segment, offsets);
  }

  /**
   * Deletes messages, and changes the exceptions of others that are not deleted. Writes one row per segment affected, also where
   * both happen to it.
   */
  removeAndChange(removed: ReadonlySet<number>, changed: readonly number[], change: ExceptionChange): void {
    this.segments.forEachSegment([...removed, ...changed], (segment, offsets) => {
      const entries = offsets.map((offset) => ({ segment, offset })).filter((entry) => !isDeleted(entry));
      const kept = entries.filter((entry) => !removed.has(sequenceOf(entry)));
      const changeKept = (exceptions: MessageExceptions): void => {
        for (const entry of kept) change(entry, exceptions);
      };
      if (kept.length < entries.length) {
        const gone = entries.filter((entry) => removed.has(sequenceOf(entry)));
        this.removeFrom(
          segment,
          gone.map(({ offset }) => offset),
          changeKept,
        );
      } else if (kept.length > 0) {
        this.segments.changeExceptions(segment, changeKept);
      }
    });
  }

  /** Changes the exceptions of undeleted messages. Writes one row per segment affected. */
  changeExceptions(sequences: readonly number[], change: ExceptionChange): void {
    this.removeAndChange(NONE, sequences, change);
  }

  /** Deletes unclaimed messages between two numbers, in a bounded step. Returns the number to continue at, or null when done. */
  purge(range: Range, now: EpochMs): number | null {
    // Some of the deleted messages have expired and were no longer counted. A new count is simpler than to tell them apart.
    this.liveCount.invalidate();
    const segments = this.segments.from(range.from, SEGMENTS_PER_STEP);
    for (const segment of segments) {
      if (segment.first > range.to) return null;
      const free = entriesOf(segment, segment.first).filter(
        (entry) => !isDeleted(entry) && this.inFlight.slotOf(sequenceOf(entry)) === null,
      );
      const alive = free.filter((entry) => isAlive(entry, now)).length;
      this.tally.add("deleted", alive);
      this.tally.add("expired", free.length - alive);
      this.removeFrom(
        segment,
        free.map((entry) => entry.offset),
      );
    }
    const last = segments.at(-1);
    return last === undefined || segments.length < SEGMENTS_PER_STEP ? null : last.first + last.count;
  }

  /** The last assigned number. */
  get last(): number {
    return this.numbers.next - 1;
  }

  /** Keeps the segments with messages after a cursor, also when these are deleted or expired: the outbox has yet to read them. */
  keepAfter(cursor: number): void {
    this.retention.keepAfter(cursor);
  }

  /** Removes a bounded number of segments without live messages. Returns whether there may be more. */
  sweep(now: EpochMs): boolean {
    const expired = this.segments.expired(now, SEGMENTS_PER_STEP, this.retention.cursor);
    for (const segment of expired) {
      this.tally.add("expired", segment.count - (segment.exceptions?.deleted.size ?? 0));
      this.census.removeRow(segment);
      this.segments.remove(segment);
      this.availability.noteDeletion({ from: segment.first, to: segment.first + segment.count - 1 });
    }
    return expired.length === SEGMENTS_PER_STEP;
  }

  /** `change` changes the exceptions of other messages of the segment, in the same row. */
  private removeFrom(
    segment: Segment,
    offsets: readonly number[],
    change?: (exceptions: MessageExceptions) => void,
  ): void {
    const fresh = offsets.filter((offset) => !isDeleted({ segment, offset }));
    if (fresh.length === 0) return;
    const deletedBefore = segment.exceptions?.deleted.size ?? 0;
    const isEmptied = segment.isDamaged || deletedBefore + fresh.length === segment.count;
    this.census.remove(segment, fresh);
    if (isEmptied) this.census.removeRow(segment);
    if (isEmptied && !this.retention.keeps(segment)) {
      this.segments.remove(segment);
    } else {
      if (isEmptied) this.retention.noteEmptied(segment);
      this.segments.changeExceptions(segment, (exceptions) => {
        for (const offset of fresh) {
          exceptions.deleted.add(offset);
          exceptions.claimCounts.delete(offset);
          exceptions.lives.delete(offset);
          exceptions.delays.delete(offset);
        }
        change?.(exceptions);
      });
    }
    for (const offset of fresh)
      this.availability.noteDeletion({ from: segment.first + offset, to: segment.first + offset });
    this.liveCount.subtract(fresh.length);
  }
}

/** Cuts a run into pieces that fit into a row. */
function pieces(run: CheckedRun): readonly Pick<CheckedRun, "count" | "bodies">[] {
  if (run.count <= SEGMENT_COUNT_MAX && run.bodies.length <= SEGMENT_LENGTH_MAX) return [run];
  const cut: Pick<CheckedRun, "count" | "bodies">[] = [];
  let piece: ReturnType<typeof splitBodies> = [];
  let length = 0;
  const close = (): void => {
    if (piece.length > 0) cut.push({ count: piece.length, bodies: joinBodies(piece) });
    piece = [];
    length = 0;
  };
  for (const body of splitBodies(run.bodies)) {
    if (piece.length === SEGMENT_COUNT_MAX || length + body.length > SEGMENT_LENGTH_MAX) close();
    piece.push(body);
    length += body.length + 1;
  }
  close();
  return cut;
}

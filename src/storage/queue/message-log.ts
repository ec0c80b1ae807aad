/**
 * The message log of one queue, as far as it changes: it gives numbers to messages, appends segments and deletes messages. It
 * depends on no object and no clock, and on claims only through `InFlight`, so that a queue could be spread over several logs.
 */
import type { ClientId } from "../../domain/id.ts";
import { joinBodies, splitBodies, type CheckedRun } from "../../domain/message.ts";
import type { Range } from "../../mechanisms/range-set.ts";
import { after, type EpochMs } from "../../domain/time.ts";
import type { Availability } from "./availability.ts";
import type { InFlight } from "./in-flight.ts";
import type { MessageExceptions } from "./exceptions.ts";
import type { LiveCount } from "./live-count.ts";
import { Retention } from "./retention.ts";
import {
  entriesOf,
  isGone,
  SEGMENT_COUNT_MAX,
  SEGMENT_LENGTH_MAX,
  sequenceOf,
  type Entry,
  type NewSegment,
  type Segment,
} from "./segment.ts";
import { READ_ROWS_MAX } from "./segment-rows.ts";
import type { Segments } from "./segments.ts";

/** Where the log continues when its object wakes. */
export interface LogState {
  /** The next number to give. */
  readonly next: number;
  /** Numbers below it are reserved in the queue's row, so a restart does not give them again. */
  readonly reserved: number;
}

/** Numbers reserved at once: one row is written for so many messages, and a restart skips at most so many numbers. */
export const RESERVATION = 4096;

/** The segments that a purge or a sweep removes in one step: more would block the queue for long. */
const STEP = READ_ROWS_MAX;

export class MessageLog {
  private readonly segments: Segments;
  private readonly inFlight: InFlight;
  private readonly reserve: (upTo: number) => void;
  private readonly availability: Availability;
  private readonly liveCount: LiveCount;
  private readonly retention: Retention;
  private next: number;
  private reserved: number;

  constructor(parts: {
    readonly state: LogState;
    readonly segments: Segments;
    readonly inFlight: InFlight;
    readonly availability: Availability;
    readonly liveCount: LiveCount;
    /** Writes that numbers below `upTo` are reserved. */
    readonly reserve: (upTo: number) => void;
  }) {
    this.next = parts.state.next;
    this.reserved = parts.state.reserved;
    this.segments = parts.segments;
    this.inFlight = parts.inFlight;
    this.reserve = parts.reserve;
    this.availability = parts.availability;
    this.liveCount = parts.liveCount;
    this.retention = new Retention(parts.segments);
  }

  /** Gives the next `count` sequence numbers and returns the first. */
  allocate(count: number): number {
    const first = this.next;
    this.next += count;
    this.availability.extend(this.next);
    if (this.next > this.reserved) {
      this.reserved = this.next + RESERVATION;
      this.reserve(this.reserved);
    }
    return first;
  }

  /** Appends a post: one row for each run, or several if it is too large for one. Returns the first sequence number. */
  append(runs: readonly CheckedRun[], client: ClientId, now: EpochMs): number {
    let first = this.allocate(runs.reduce((total, run) => total + run.count, 0));
    const start = first;
    for (const run of runs) {
      const times = { postedAt: now, visibleAt: after(now, run.delay), expiresAt: after(now, run.ttl) };
      for (const { count, bodies } of pieces(run)) {
        this.insert({ first, count, ttl: run.ttl, ...times, client, origin: null, bodies, moves: 0 });
        first += count;
      }
    }
    return start;
  }

  insert(segment: NewSegment): void {
    this.segments.insert(segment);
    this.liveCount.add(segment.count, segment.expiresAt);
  }

  /** Deletes messages, and ignores those already deleted. Writes one row per segment affected, none per message. */
  drop(sequences: readonly number[]): void {
    this.segments.group(sequences, (segment, offsets) => this.dropFrom(segment, offsets));
  }

  /** Changes the exceptions of undeleted messages. Writes one row per segment affected. */
  mark(sequences: readonly number[], change: (entry: Entry, exceptions: MessageExceptions) => void): void {
    this.segments.group(sequences, (segment, offsets) => {
      const entries = offsets.map((offset) => ({ segment, offset })).filter((entry) => !isGone(entry));
      if (entries.length === 0) return;
      this.segments.mark(segment, (exceptions) => {
        for (const entry of entries) change(entry, exceptions);
      });
    });
  }

  /** Deletes unclaimed messages between two numbers, in a bounded step. Returns the number to continue at, or null when done. */
  purge(range: Range): number | null {
    // Some of the deleted messages have expired and were not counted any more. Counting anew is simpler than telling them apart.
    this.liveCount.forget();
    const segments = this.segments.from(range.from, STEP);
    for (const segment of segments) {
      if (segment.first > range.to) return null;
      const free = entriesOf(segment, segment.first).filter(
        (entry) => !isGone(entry) && this.inFlight.slotOf(sequenceOf(entry)) === null,
      );
      this.dropFrom(
        segment,
        free.map((entry) => entry.offset),
      );
    }
    const last = segments.at(-1);
    return last === undefined || segments.length < STEP ? null : last.first + last.count;
  }

  /** The last number given. */
  get last(): number {
    return this.next - 1;
  }

  /** Keeps the segments with messages after a cursor, also when these are deleted or expired: the outbox has yet to read them. */
  keepAfter(cursor: number): void {
    this.retention.keepAfter(cursor);
  }

  /** Removes a bounded number of segments without live messages. Returns whether there may be more. */
  sweep(now: EpochMs): boolean {
    const expired = this.segments.expired(now, STEP, this.retention.cursor);
    for (const segment of expired) {
      this.segments.remove(segment);
      this.availability.forget({ from: segment.first, to: segment.first + segment.count - 1 });
    }
    return expired.length === STEP;
  }

  private dropFrom(segment: Segment, offsets: readonly number[]): void {
    const fresh = offsets.filter((offset) => !isGone({ segment, offset }));
    if (fresh.length === 0) return;
    const goneBefore = segment.exceptions?.gone.size ?? 0;
    const isEmptied = segment.isDamaged || goneBefore + fresh.length === segment.count;
    if (isEmptied && !this.retention.keeps(segment)) {
      this.segments.remove(segment);
    } else {
      if (isEmptied) this.retention.noteEmptied(segment);
      this.segments.mark(segment, (exceptions) => {
        for (const offset of fresh) {
          exceptions.gone.add(offset);
          exceptions.claims.delete(offset);
          exceptions.lives.delete(offset);
        }
      });
    }
    for (const offset of fresh) this.availability.forget({ from: segment.first + offset, to: segment.first + offset });
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

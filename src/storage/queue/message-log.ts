/**
 * The message log of one queue: numbered segments that are appended, found, listed and dropped. It depends on no object and no
 * clock, and on claims only through `InFlight`, so that a queue could be spread over several logs.
 */
import type { ClientId, Epoch, MessagePosition } from "../../domain/id.ts";
import { joinBodies, splitBodies, type CheckedRun } from "../../domain/message.ts";
import { RangeSet, type Range } from "../../mechanisms/range-set.ts";
import { after, toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { Availability } from "./availability.ts";
import type { InFlight } from "./in-flight.ts";
import { Page } from "./page.ts";
import type { MessageExceptions } from "./exceptions.ts";
import {
  entriesOf,
  isAlive,
  isGone,
  SEGMENT_COUNT_MAX,
  SEGMENT_LENGTH_MAX,
  sequenceOf,
  type Entry,
  type NewSegment,
  type Segment,
} from "./segment.ts";
import { LOOK_MAX, type Segments } from "./segments.ts";

/** Where the log continues when its object wakes. */
export interface LogState {
  readonly epoch: Epoch;
  /** The next number to give. */
  readonly next: number;
  /** Numbers below it are reserved in the queue's row, so a restart does not give them again. */
  readonly reserved: number;
}

/** The messages that a listing excludes. */
export interface ListFilter {
  readonly now: EpochMs;
  readonly without: ClientId | null;
  readonly includeClaimed: boolean;
  readonly includeDelayed: boolean;
}

/** Numbers reserved at once: one row is written for so many messages, and a restart skips at most so many numbers. */
export const RESERVATION = 4096;

/** Segments in a first read: a few rows too many cost less than another statement. */
const LOOK_MIN = 4;

/** Segments that a purge or a sweep removes in one step, so that neither blocks its queue for long. */
const STEP = LOOK_MAX;

export class MessageLog {
  readonly epoch: Epoch;
  private readonly segments: Segments;
  private readonly inFlight: InFlight;
  private readonly reserve: (upTo: number) => void;
  private readonly availability: Availability;
  private next: number;
  private reserved: number;
  /** The number of live messages, exact until the instant; null: not counted yet. */
  private alive: { count: number; until: EpochMs } | null = null;
  /** Segments that reach beyond this number stay, also when all their messages are deleted or expired. */
  private kept = Infinity;
  /** The first numbers of segments that stay although all their messages are deleted. */
  private emptied: number[] = [];

  constructor(parts: {
    readonly state: LogState;
    readonly segments: Segments;
    readonly inFlight: InFlight;
    readonly availability: Availability;
    /** Writes that numbers below `upTo` are reserved. */
    readonly reserve: (upTo: number) => void;
  }) {
    this.epoch = parts.state.epoch;
    this.next = parts.state.next;
    this.reserved = parts.state.reserved;
    this.segments = parts.segments;
    this.inFlight = parts.inFlight;
    this.reserve = parts.reserve;
    this.availability = parts.availability;
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

  /** Appends a post: one row for each run, more only if a run is too large for one. Returns the first sequence number. */
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
    if (this.alive === null) return;
    this.alive.count += segment.count;
    this.alive.until = toEpochMs(Math.min(this.alive.until, segment.expiresAt));
  }

  /**
   * The messages at positions of this log, or of the logs they were first posted to, in the order asked. Deleted and unknown ones
   * are left out; some may have expired. Successive positions in one segment take one read.
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
      const entry = own === null || isGone(own) ? this.segments.byOrigin(position) : own;
      if (entry !== null && !isGone(entry)) found.push(entry);
    }
    return found;
  }

  /**
   * The sequence number that a marker stands for, or null. A marker stays valid after its message is deleted. The exception is
   * the id of a dead letter, whose number in this log only its row shows.
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
    this.bySegment(sequences, (segment, offsets) => entries.push(...offsets.map((offset) => ({ segment, offset }))));
    return entries;
  }

  /** Up to `limit` messages from `start` on, in log order; fewer that are large. */
  listFrom(start: number, limit: number, filter: ListFilter): Entry[] {
    const page = new Page(limit);
    const visibleBy = filter.includeDelayed ? Number.MAX_SAFE_INTEGER : filter.now;
    let at = start;
    for (let look = LOOK_MIN; !page.isFull; look = Math.min(2 * look, LOOK_MAX)) {
      if (!filter.includeClaimed) at = this.inFlight.nextFree(at);
      const segments = this.segments.listedFrom(at, look, { now: filter.now, without: filter.without, visibleBy });
      for (const segment of segments) {
        for (const entry of entriesOf(segment, at)) {
          if (page.isFull || !isAlive(entry, filter.now)) continue;
          if (!filter.includeClaimed && this.inFlight.slotOf(sequenceOf(entry)) !== null) continue;
          if (page.admits(segment)) page.add(entry);
        }
      }
      const last = segments.at(-1);
      if (last === undefined || segments.length < look) break;
      at = last.first + last.count;
    }
    return page.entries;
  }

  /** The newest visible message, or null. */
  newest(now: EpochMs): Entry | null {
    for (let before = this.next; ;) {
      const segments = this.segments.newestBefore(before, LOOK_MIN, now);
      for (const segment of segments) {
        const entry = entriesOf(segment, segment.first).findLast((each) => isAlive(each, now));
        if (entry !== undefined) return entry;
        before = segment.first;
      }
      if (segments.length < LOOK_MIN) return null;
    }
  }

  /** The number of live messages. */
  count(now: EpochMs): number {
    if (this.alive === null || this.alive.until <= now) this.alive = { ...this.segments.countAlive(now) };
    return this.alive.count;
  }

  /** Limits the count's validity to `instant`, because a counted message now expires then. */
  recountAt(instant: EpochMs): void {
    if (this.alive !== null) this.alive.until = toEpochMs(Math.min(this.alive.until, instant));
  }

  /** The undeleted messages in ranges, which may come in any order. */
  stored(ranges: readonly Range[]): ReadonlySet<number> {
    const merged = new RangeSet();
    for (const range of ranges) merged.add(range);
    const stored = new Set<number>();
    for (const { from, to } of merged.toArray()) {
      for (let at = from; at <= to;) {
        const segments = this.segments.from(at, Math.min(to - at + 1, LOOK_MAX));
        for (const segment of segments) {
          for (const entry of entriesOf(segment, at)) {
            if (sequenceOf(entry) <= to && !isGone(entry)) stored.add(sequenceOf(entry));
          }
        }
        const last = segments.at(-1);
        if (last === undefined) break;
        at = last.first + last.count;
      }
    }
    return stored;
  }

  /** Deletes messages, and ignores those already deleted. Writes one row per segment affected, none per message. */
  drop(sequences: readonly number[]): void {
    this.bySegment(sequences, (segment, offsets) => this.dropFrom(segment, offsets));
  }

  /** Changes the exceptions of undeleted messages. Writes one row per segment affected. */
  mark(sequences: readonly number[], change: (entry: Entry, exceptions: MessageExceptions) => void): void {
    this.bySegment(sequences, (segment, offsets) => {
      const entries = offsets.map((offset) => ({ segment, offset })).filter((entry) => !isGone(entry));
      if (entries.length === 0) return;
      this.segments.mark(segment, (exceptions) => {
        for (const entry of entries) change(entry, exceptions);
      });
    });
  }

  /**
   * Deletes unclaimed messages between two numbers, in a bounded step. Returns the number to continue at, or null when done.
   */
  purge(range: Range): number | null {
    // Some of the deleted messages have expired and were not counted any more. Counting anew is simpler than telling them apart.
    this.alive = null;
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

  /** Keeps segments that reach beyond a cursor, because the outbox has yet to read them. Removes emptied ones kept until now. */
  keepAfter(cursor: number): void {
    this.kept = cursor;
    // Only emptied segments up to the cursor are read: beyond it there may be very many, while one subscriber takes nothing.
    const reached = this.emptied.filter((first) => first <= cursor);
    if (reached.length === 0) return;
    const segments = reached.map((first) => this.segments.at(first)).filter((segment) => segment !== null);
    const kept = segments.filter((segment) => this.isKept(segment)).map(({ first }) => first);
    this.emptied = [...kept, ...this.emptied.filter((first) => first > cursor)];
    for (const segment of segments) if (!this.isKept(segment)) this.segments.remove(segment);
  }

  /** Removes a bounded number of segments without live messages. Returns whether there may be more. */
  sweep(now: EpochMs): boolean {
    const expired = this.segments.expired(now, STEP, this.kept);
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
    if (isEmptied && !this.isKept(segment)) {
      this.segments.remove(segment);
    } else {
      if (isEmptied) this.emptied.push(segment.first);
      this.segments.mark(segment, (exceptions) => {
        for (const offset of fresh) {
          exceptions.gone.add(offset);
          exceptions.claims.delete(offset);
          exceptions.lives.delete(offset);
        }
      });
    }
    for (const offset of fresh) this.availability.forget({ from: segment.first + offset, to: segment.first + offset });
    if (this.alive !== null) this.alive.count -= fresh.length;
  }

  private isKept({ first, count }: Segment): boolean {
    return first + count - 1 > this.kept;
  }

  /** Groups numbers by their stored segments. These are read again, because an earlier change may have altered them. */
  private bySegment(sequences: readonly number[], each: (segment: Segment, offsets: readonly number[]) => void): void {
    const ascending = [...new Set(sequences)].toSorted((a, b) => a - b);
    for (let index = 0; index < ascending.length;) {
      const segment = this.segments.at(ascending[index] ?? 0);
      const end = segment === null ? 0 : segment.first + segment.count;
      const offsets: number[] = [];
      do {
        offsets.push((ascending[index] ?? 0) - (segment?.first ?? 0));
        index++;
      } while (index < ascending.length && (ascending[index] ?? 0) < end);
      if (segment !== null) each(segment, offsets);
    }
  }
}

function covers(segment: Segment, sequence: number): boolean {
  return sequence >= segment.first && sequence < segment.first + segment.count;
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

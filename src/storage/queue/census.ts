/**
 * Bounds of the numbers of stored and delayed messages. Messages of this life of the object are counted as they come and go.
 * Those that earlier lives stored are counted a page at a time, each with one answer; until then there are at most as many as
 * numbers are between the first and the last of them. So no answer reads more than a page, and no column of a row is needed.
 */
import type { Bounds, QueueFigures, Skipped, Span } from "../../domain/figures.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import { DeadlineCounts } from "../../mechanisms/deadline-counts.ts";
import { LogHead } from "./log-head.ts";
import { isDeleted, lifeOf, type Entry, type Segment } from "./segment.ts";
import { READ_ROWS_MAX } from "./segment-rows.ts";
import type { Segments } from "./segments.ts";

export type CensusFigures = Pick<QueueFigures, "stored" | "delayed" | "expiry" | "visibility" | "oldest">;

type Times = Pick<Segment, "first" | "count" | "postedAt" | "visibleAt" | "expiresAt" | "origin">;

const UNKNOWN: Span = { first: -Infinity, last: Infinity };

export class Census {
  private readonly segments: Pick<Segments, "from" | "headAfter">;
  private readonly head: LogHead;
  private readonly expiries = new DeadlineCounts();
  private readonly delays = new DeadlineCounts();
  /** The messages from `uncountedFrom` to `uncountedTo` were stored by earlier lives and are not counted yet. */
  private uncountedFrom = 1;
  private readonly uncountedTo: number;
  /** Numbers that no message has. Messages that were not handed over are kept, so none of these waits to be. */
  readonly skipped: Skipped;
  /** The number of the newest message that was stored. */
  lastPosted: number;

  /** `lastStored`: the number of the newest message in the log. `next`: that of the first message of this life. */
  constructor(
    segments: Pick<Segments, "from" | "headAfter">,
    { lastStored, next }: { readonly lastStored: number; readonly next: number },
  ) {
    this.segments = segments;
    this.head = new LogHead(segments);
    this.uncountedTo = lastStored;
    this.lastPosted = lastStored;
    this.skipped = { after: lastStored, upTo: next - 1 };
  }

  /** Notes a new row. */
  append(segment: Times): void {
    this.head.append(segment);
    this.lastPosted = segment.first + segment.count - 1;
    this.expiries.add(segment.expiresAt, segment.count);
    const delayedUntil = bornDelay(segment);
    if (delayedUntil !== null) this.delays.add(delayedUntil, segment.count);
  }

  /** Notes that messages of a row are about to be deleted. */
  remove(segment: Segment, offsets: readonly number[]): void {
    if (!this.isCounted(segment)) return;
    if (segment.exceptions === null) {
      this.expiries.remove(segment.expiresAt, offsets.length);
      const delayedUntil = bornDelay(segment);
      if (delayedUntil !== null) this.delays.remove(delayedUntil, offsets.length);
      return;
    }
    for (const offset of offsets) {
      const entry = { segment, offset };
      this.expiries.remove(lifeOf(entry).expiresAt, 1);
      const delayedUntil = delayOf(entry);
      if (delayedUntil !== null) this.delays.remove(delayedUntil, 1);
    }
  }

  /** Notes that a row has no messages any more. */
  removeRow({ first }: Segment): void {
    this.head.remove(first);
  }

  /** Notes that the life of a message is about to change. */
  changeLife(entry: Entry, expiresAt: EpochMs): void {
    if (!this.isCounted(entry.segment)) return;
    this.expiries.remove(lifeOf(entry).expiresAt, 1);
    this.expiries.add(expiresAt, 1);
  }

  /** Notes that a message is about to be released with a delay. */
  delay(entry: Entry, until: EpochMs): void {
    if (this.isCounted(entry.segment)) this.delays.add(earlier(until, lifeOf(entry).expiresAt), 1);
  }

  /** Whether messages of earlier lives are left to count. */
  get isBehind(): boolean {
    return this.uncountedFrom <= this.uncountedTo;
  }

  /** Counts the next page of the messages of earlier lives. */
  countPage(): void {
    const page = this.segments.from(this.uncountedFrom, READ_ROWS_MAX).filter(({ first }) => first <= this.uncountedTo);
    const last = page.at(-1);
    for (const segment of page) this.count(segment);
    const isLast = last === undefined || page.length < READ_ROWS_MAX;
    this.uncountedFrom = isLast ? this.uncountedTo + 1 : last.first + last.count;
  }

  /** `claimed`: the number of messages under live claims. */
  at(now: EpochMs, claimed: number): CensusFigures {
    const { first: head } = this.head;
    const uncounted = Math.max(0, this.uncountedTo + 1 - Math.max(this.uncountedFrom, head?.first ?? Infinity));
    const expiries = this.expiries.leftAt(now);
    const delays = this.delays.leftAt(now);
    const stored = toBounds(Math.max(expiries.min, claimed), expiries.max + uncounted);
    return {
      stored,
      delayed: toBounds(delays.min, Math.min(delays.max + uncounted, stored.max - claimed)),
      expiry: uncounted > 0 ? UNKNOWN : this.expiries.span,
      visibility: uncounted > 0 ? UNKNOWN : this.delays.span,
      oldest:
        head === null || stored.max === 0
          ? null
          : { min: head.postedAt, max: head.expiresAt > now ? head.postedAt : now },
    };
  }

  private isCounted({ first }: Segment): boolean {
    return first < this.uncountedFrom || first > this.uncountedTo;
  }

  private count(segment: Segment): void {
    for (let offset = 0; offset < segment.count; offset++) {
      const entry = { segment, offset };
      if (isDeleted(entry)) continue;
      this.expiries.add(lifeOf(entry).expiresAt, 1);
      const delayedUntil = delayOf(entry);
      if (delayedUntil !== null) this.delays.add(delayedUntil, 1);
    }
  }
}

/** When the delay with which a segment was posted ends, or its messages expire before; null: it was not posted with a delay. */
function bornDelay({ origin, postedAt, visibleAt, expiresAt }: Omit<Times, "first" | "count">): EpochMs | null {
  return origin === null && visibleAt > postedAt ? earlier(visibleAt, expiresAt) : null;
}

function delayOf(entry: Entry): EpochMs | null {
  const released = entry.segment.exceptions?.delays.get(entry.offset);
  return released === undefined ? bornDelay(entry.segment) : earlier(released, lifeOf(entry).expiresAt);
}

function earlier(one: EpochMs, other: EpochMs): EpochMs {
  return toEpochMs(Math.min(one, other));
}

function toBounds(min: number, max: number): Bounds {
  return { min, max: Math.max(min, max) };
}

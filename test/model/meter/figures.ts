/** The figures in an answer, and what they still say at a later time. */
import { SKEW_MS, type Rule } from "./rules.ts";

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** All times are of the object's clock, in milliseconds. */
export interface Figures {
  readonly name: string;
  /** The start of the life that counted, its random id, and the number of changes in it. */
  readonly boot: number;
  readonly bootId: string;
  readonly version: number;
  readonly takenAt: number;
  readonly exists: boolean;
  readonly stored: Range;
  readonly delayed: Range;
  readonly claimed: number;
  readonly firstExpiry: number;
  readonly lastExpiry: number;
  readonly firstLapse: number;
  readonly lastLapse: number;
  readonly firstVisible: number;
  readonly lastVisible: number;
  readonly waiting: number;
  readonly lastWait: number;
  /** Messages posted in this life. */
  readonly posted: number;
  /** An earlier life adopted messages, and may not have told that it counted them. */
  readonly isShort: boolean;
  /** The life of the queue, in which sequence numbers begin with 1. Of a delivery: that of the message it took last. */
  readonly epoch: number;
  /** Of a queue: the newest sequence number. Of a delivery: the newest that it took. */
  readonly sequence: number;
  /** Of a delivery: the notifications that it has to send. */
  readonly pending: number;
  /** Their place among all that happened, which only the oracle reads. */
  readonly order: number;
}

export interface Shown {
  readonly stored: Range;
  readonly claimed: Range;
  readonly delayed: Range;
  readonly free: Range;
  readonly waiting: Range;
  readonly pending: Range;
}

const exactly = (value: number): Range => ({ min: value, max: value });
const NOTHING = exactly(0);

/** What holds at `now` of any clock, if nothing has changed but by time. */
export function shownAt(figures: Figures, now: number, keeps: (rule: Rule) => boolean): Omit<Shown, "pending"> {
  if (!figures.exists) return { stored: NOTHING, claimed: NOTHING, delayed: NOTHING, free: NOTHING, waiting: NOTHING };
  const reaches = (instant: number) => now + SKEW_MS >= instant;
  const isOver = (instant: number) => now - SKEW_MS > instant;
  const claimed = isOver(figures.lastLapse)
    ? NOTHING
    : { min: reaches(figures.firstLapse) ? 0 : figures.claimed, max: figures.claimed };
  const stored = isOver(figures.lastExpiry)
    ? NOTHING
    : { min: reaches(figures.firstExpiry) ? claimed.min : figures.stored.min, max: figures.stored.max };
  const delayed = isOver(figures.lastVisible)
    ? NOTHING
    : {
        min: reaches(figures.firstVisible) || reaches(figures.firstExpiry) ? 0 : figures.delayed.min,
        max: Math.min(figures.delayed.max, stored.max),
      };
  const free = {
    min: Math.max(0, stored.min - claimed.max - delayed.max),
    max: Math.max(0, stored.max - claimed.min - delayed.min),
  };
  const atMost = Math.max(0, figures.stored.max - figures.claimed - figures.delayed.min);
  return {
    stored,
    claimed,
    delayed,
    free: keeps("free is an interval around what may lapse") ? free : { min: 0, max: atMost },
    waiting: isOver(figures.lastWait) ? NOTHING : { min: 0, max: figures.waiting },
  };
}

/**
 * Neither the queue nor its delivery has to know what the other said last: what was posted after the newest message that the
 * delivery took may be pending as well. What it took of an earlier life of the queue, it may not have said.
 */
export function pendingOf(queue: Figures, delivery: Figures | null, keeps: (rule: Rule) => boolean): Range {
  // The subscription is older than all lives of the queue but the first.
  const isOfThisLife = (delivery?.epoch ?? 1) === queue.epoch;
  if (!isOfThisLife && keeps("only a delivery of this life of the queue bounds")) return { min: 0, max: Infinity };
  const untaken = Math.max(0, queue.sequence - (delivery?.sequence ?? 0));
  const rest = keeps("pending notifications are bounded by sequence numbers") ? untaken : 0;
  return { min: 0, max: (delivery?.pending ?? 0) + rest };
}

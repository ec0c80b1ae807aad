/** What figures still say at a later time, if nothing but time has changed the queue. */
import { FAILED_KEPT, PENDING_MAX } from "./delivery.ts";
import {
  exactly,
  LOAD_MS,
  NO_MESSAGES,
  NOTHING,
  type Bounds,
  type DeliveryFigures,
  type QueueFigures,
} from "./figures.ts";
import { SKEW_MS } from "./metering.ts";

export interface Shown {
  readonly stored: Bounds;
  readonly claimed: Bounds;
  readonly delayed: Bounds;
  /** Messages that a claim can take. A lapse makes it grow, so it is an interval and no upper bound. */
  readonly free: Bounds;
  readonly waiting: Bounds;
}

const NOTHING_SHOWN: Shown = {
  stored: NOTHING,
  claimed: NOTHING,
  delayed: NOTHING,
  free: NOTHING,
  waiting: NOTHING,
};

/** `now` may be of any clock. */
export function shownAt(figures: QueueFigures, now: number): Shown {
  const { expiry, lapse, visibility } = figures;
  if (figures.epoch === null) return NOTHING_SHOWN;
  const reaches = (instant: number): boolean => now + SKEW_MS >= instant;
  const isOver = (instant: number): boolean => now - SKEW_MS > instant;
  const claimed = isOver(lapse.last)
    ? NOTHING
    : { min: reaches(lapse.first) ? 0 : figures.claimed, max: figures.claimed };
  const stored = isOver(expiry.last)
    ? NOTHING
    : { min: reaches(expiry.first) ? claimed.min : figures.stored.min, max: figures.stored.max };
  const delayed = isOver(visibility.last)
    ? NOTHING
    : {
        min: reaches(visibility.first) || reaches(expiry.first) ? 0 : figures.delayed.min,
        max: Math.min(figures.delayed.max, stored.max),
      };
  const free = {
    min: Math.max(0, stored.min - claimed.max - delayed.max),
    max: Math.max(0, stored.max - claimed.min - delayed.min),
  };
  return {
    stored,
    claimed,
    delayed,
    free,
    waiting: isOver(figures.lastWait) ? NOTHING : { min: 0, max: figures.waiting },
  };
}

/** The mean load of an object that has done nothing since. null: an older version has told the figures. */
export function loadAt({ load, takenAt }: QueueFigures, now: number): number | null {
  return load === undefined ? null : load * Math.exp(Math.min(0, takenAt - now) / LOAD_MS);
}

/** When the oldest message was posted. Once messages may have expired, a younger one may be the oldest. */
export function oldestAt({ oldest, expiry }: QueueFigures, now: number): Bounds | null {
  if (oldest === null || now - SKEW_MS > expiry.last) return null;
  return now + SKEW_MS >= expiry.first ? { min: oldest.min, max: Math.max(oldest.max, now) } : oldest;
}

/** When the first message expires. */
export function firstExpiryAt({ expiry }: QueueFigures, now: number): Bounds | null {
  if (expiry.first > expiry.last || now - SKEW_MS > expiry.last) return null;
  return now + SKEW_MS >= expiry.first ? { min: now, max: expiry.last } : exactly(expiry.first);
}

/**
 * The notifications of a subscription that are to be sent. Neither the queue nor its DeliveryObject has to know what the other
 * said last: what was posted after the newest message that the DeliveryObject took may be pending as well. The numbers begin
 * again with each life of the queue, and what the DeliveryObject took of an earlier one it may not have said: until it has told
 * of this one, only its own bounds hold. null: it has told nothing yet. One that knows of no messages sends events only, or will
 * tell of the first message that it takes.
 */
export function pendingOf(queue: QueueFigures, delivery: DeliveryFigures | null): Bounds {
  if (delivery?.epoch === NO_MESSAGES) return { min: 0, max: delivery.pending };
  if (delivery === null && queue.hasOlderSubscriptions !== true) return { min: 0, max: postedAfter(0, queue) };
  if (delivery?.epoch !== queue.epoch) return { min: 0, max: PENDING_MAX + FAILED_KEPT };
  return { min: 0, max: delivery.pending + postedAfter(delivery.sequence, queue) };
}

/** The number of messages after a sequence number, at most. */
function postedAfter(number: number, { sequence, skipped = { after: 0, upTo: 0 } }: QueueFigures): number {
  const skippedCount = Math.max(0, Math.min(skipped.upTo, sequence) - Math.max(skipped.after, number));
  return Math.max(0, sequence - number - skippedCount);
}

/**
 * A redrive moves messages out of a dead-letter queue, back to their original queues or to a target queue, at a limited rate.
 * It covers the messages that are in the queue when it begins. Ours; upstream has none.
 */
import type { NewPlaceFailure } from "./failure.ts";
import type { QueueName } from "./id.ts";
import { toEpochMs, type EpochMs } from "./time.ts";

/** The request for a redrive. null: no limit, for both numbers. */
export interface RedriveOptions {
  /** null: each message to the queue it was first posted to. */
  readonly target: QueueName | null;
  readonly maxMessages: number | null;
  readonly messagesPerSecond: number | null;
}

export type RedriveStatus = "running" | "done" | "canceled";

/** The failures of the start of a redrive. A missing target is created. */
export type RedriveFailure = "queue-not-found" | "redrive-running" | "queue-spread" | NewPlaceFailure;

/** The state of a redrive. */
export interface Redrive extends RedriveOptions {
  readonly status: RedriveStatus;
  readonly moved: number;
  /** Messages that it has not processed yet, at most as many as `maxMessages` still allows. 0 when it has ended. */
  readonly remaining: number;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
}

/** The state of a redrive's rate limit: a token bucket, stored as one instant. */
export interface RateState {
  /** Messages per second; null: any number. */
  readonly rate: number | null;
  /** The rate is used up to this instant, which may be in the future. */
  readonly usedUpTo: EpochMs;
}

/**
 * Milliseconds of unused rate that can be saved: a burst has at most the messages of one second, and a redrive that was
 * interrupted does not catch up.
 */
const SAVED_MAX = 1000;

/** The state of the rate limit at the start: a burst of one second is allowed at once. */
export function initialRate(rate: number | null, now: EpochMs): RateState {
  return { rate, usedUpTo: toEpochMs(now - SAVED_MAX) };
}

/** The number of messages that may move at `now`. */
export function allowedCount({ rate, usedUpTo }: RateState, now: EpochMs): number {
  if (rate === null) return Infinity;
  return Math.max(0, Math.floor((Math.min(now - usedUpTo, SAVED_MAX) * rate) / 1000));
}

/** The state after `count` messages have moved. */
export function recordMoved({ rate, usedUpTo }: RateState, count: number, now: EpochMs): RateState {
  const from = Math.max(usedUpTo, now - SAVED_MAX);
  return { rate, usedUpTo: toEpochMs(rate === null ? from : from + Math.ceil((count * 1000) / rate)) };
}

/** Milliseconds until a full burst is allowed again. The next step waits that long, because every step costs a commit. */
export function msUntilFullBurst({ usedUpTo }: RateState, now: EpochMs): number {
  return Math.max(0, usedUpTo + SAVED_MAX - now);
}

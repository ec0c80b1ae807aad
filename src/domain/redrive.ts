/**
 * A redrive: messages on their way back out of a dead-letter queue, as many as were there when it began, at a pace that
 * their receivers can bear. Ours: upstream has none.
 */
import type { QueueName } from "./id.ts";
import { toEpochMs, type EpochMs } from "./time.ts";

/** What a redrive is asked to do; null is "no bound" for both numbers. */
export interface RedriveOrder {
  /** null: each message to the queue it was first posted to. */
  readonly target: QueueName | null;
  readonly maxMessages: number | null;
  readonly messagesPerSecond: number | null;
}

export type RedriveStatus = "running" | "done" | "canceled";

/** A redrive as it is at some moment. */
export interface Redrive extends RedriveOrder {
  readonly status: RedriveStatus;
  readonly moved: number;
  /** Messages it has yet to look at, no more than it may still move; 0 when it has ended. */
  readonly remaining: number;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
}

/** How much of its rate a redrive has used. */
export interface RateState {
  /** Messages per second; null: any number. */
  readonly rate: number | null;
  /** The rate is used up to this instant, which may lie ahead. */
  readonly usedUpTo: EpochMs;
}

/**
 * Milliseconds of the rate that can be saved up: one second's worth of messages may move at once, and a redrive that has
 * slept does not make up for it.
 */
const SAVED_MAX = 1000;

/** One that may move a second's worth at once. */
export function freshRate(rate: number | null, now: EpochMs): RateState {
  return { rate, usedUpTo: toEpochMs(now - SAVED_MAX) };
}

/** How many messages may move at `now`. */
export function allowanceOf({ rate, usedUpTo }: RateState, now: EpochMs): number {
  if (rate === null) return Infinity;
  return Math.max(0, Math.floor((Math.min(now - usedUpTo, SAVED_MAX) * rate) / 1000));
}

/** The pace after `count` messages have moved. */
export function spend({ rate, usedUpTo }: RateState, count: number, now: EpochMs): RateState {
  const from = Math.max(usedUpTo, now - SAVED_MAX);
  return { rate, usedUpTo: toEpochMs(rate === null ? from : from + Math.ceil((count * 1000) / rate)) };
}

/** Milliseconds until a full second's worth may move again: to come for each message would cost a commit each. */
export function restOf({ usedUpTo }: RateState, now: EpochMs): number {
  return Math.max(0, usedUpTo + SAVED_MAX - now);
}

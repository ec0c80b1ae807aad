/** Waiting: time-outs, pauses, and the delays between attempts. */
import { SukkalError } from "./error.ts";

/** Milliseconds. */
const RETRY_FIRST = 200;
const RETRY_MAX = 30_000;
/** The longest time of a timer. A longer one would end at once. */
const TIMER_MAX = 2 ** 31 - 1;

/**
 * The reason of signals by which the client ends its own pauses and requests. `abort()` without a reason makes a
 * DOMException with a stack, which takes 3 µs, even if it has aborted before.
 */
export const ENDED = "ended";

/** Milliseconds of a clock that no change of the wall clock affects. */
export function now(): number {
  return performance.now();
}

/** A timer that may be asked for any time. */
export function after(milliseconds: number, action: () => void): ReturnType<typeof setTimeout> {
  return setTimeout(action, Math.min(milliseconds, TIMER_MAX));
}

/** Resolves after the time, or at once when the signal aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = after(milliseconds, end);
    signal?.addEventListener("abort", end);
  });
}

/**
 * Milliseconds before the next attempt: what the server asked for with the error, else a random part of a doubling time ("full
 * jitter"), so that clients that failed together do not come back together. `attempt`: from 0.
 */
export function backOff(attempt: number, error: unknown): number {
  if (error instanceof SukkalError && error.retryAfter !== null) return error.retryAfter * 1000;
  return Math.random() * Math.min(RETRY_MAX, RETRY_FIRST * 2 ** attempt);
}

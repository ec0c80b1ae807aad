/**
 * The clock of the Worker, its objects and the test, which share one isolate. Only `Date` is moved: timers and alarms
 * go on in real time, which is what shows that nothing but the time itself decides what has expired.
 */
import { afterEach, beforeEach, onTestFinished, vi } from "vitest";

export interface Duration {
  readonly hours?: number;
  readonly seconds?: number;
  readonly ms?: number;
}

export const clock = {
  /** Moves the clock; negative durations move it back. */
  advance(duration: Duration): void {
    vi.setSystemTime(Date.now() + toMs(duration));
  },
};

/** Stops the clock, on a whole second, in every test of the file that calls this. */
export function freezeClock(): void {
  beforeEach(() => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    vi.useFakeTimers({ toFake: ["Date"], now });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Counts the timers that are set from now on, until the end of the test: an object with one to come is not let asleep. */
export function trackTimers(): { readonly pending: number } {
  const pending = new Set<unknown>();
  const set = globalThis.setTimeout;
  const clear = globalThis.clearTimeout;
  vi.stubGlobal("setTimeout", (callback: () => void, ms = 0): unknown => {
    const timer = set(() => {
      pending.delete(timer);
      callback();
    }, ms);
    pending.add(timer);
    return timer;
  });
  vi.stubGlobal("clearTimeout", (timer: Parameters<typeof clear>[0]) => {
    pending.delete(timer);
    clear(timer);
  });
  onTestFinished(() => void vi.unstubAllGlobals());
  return {
    get pending() {
      return pending.size;
    },
  };
}

function toMs({ hours = 0, seconds = 0, ms = 0 }: Duration): number {
  return hours * 3_600_000 + seconds * 1000 + ms;
}

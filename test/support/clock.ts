/**
 * The clock that the Worker, its objects and the test share, because they share one isolate. Only `Date` is moved. Timers and
 * alarms go on in real time, which shows that the time alone decides what has expired.
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

/** Stops the clock, on a whole second, in every test of the calling file. */
export function freezeClock(): void {
  beforeEach(() => {
    const now = Math.floor(Date.now() / 1000) * 1000;
    vi.useFakeTimers({ toFake: ["Date"], now });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Waits in real time for background work, also if the clock is frozen. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 400; look++) {
    if (await isSo()) return;
    await scheduler.wait(5);
  }
  throw new Error("It has not happened within two seconds.");
}

/** Milliseconds in which timers notice that the clock was moved. */
export const LOOK_MS = 5;

/**
 * Lets `performance.now` and timers that are set from now on follow the clock, until the end of the test. Each timer looks at it every
 * `LOOK_MS` from where it was set, because workerd lets nobody end a timer of another request or object.
 */
export function moveTimers(): void {
  const measured = vi.spyOn(performance, "now").mockImplementation(() => Date.now());
  const set = globalThis.setTimeout;
  const clear = globalThis.clearTimeout;
  const timers = new Map<unknown, unknown>();
  vi.stubGlobal("setTimeout", (callback: () => void, ms = 0): unknown => {
    const due = Date.now() + ms;
    const look = (): void => {
      if (Date.now() >= due) {
        timers.delete(first);
        callback();
      } else timers.set(first, set(look, LOOK_MS));
    };
    const first = set(look, Math.min(ms, LOOK_MS));
    timers.set(first, first);
    return first;
  });
  vi.stubGlobal("clearTimeout", (timer: Parameters<typeof clear>[0]) => {
    clear((timers.get(timer) ?? timer) as typeof timer);
    timers.delete(timer);
  });
  onTestFinished(() => {
    measured.mockRestore();
    vi.unstubAllGlobals();
  });
}

/** Counts the timers that are set from now on, until the end of the test. An object with a pending timer does not sleep. */
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

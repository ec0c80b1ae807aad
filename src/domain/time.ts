import type { Brand } from "./brand.ts";

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = Brand<number, "EpochMs">;

/** A duration in seconds: ttl, grace, delay, age. On the wire these are whole seconds. */
export type Seconds = Brand<number, "Seconds">;

export function toEpochMs(value: number): EpochMs {
  return value as EpochMs;
}

export function toSeconds(value: number): Seconds {
  return value as Seconds;
}

export function after(start: EpochMs, duration: Seconds): EpochMs {
  return toEpochMs(start + duration * 1000);
}

/** The duration between two instants, exact to the millisecond: `after(start, secondsBetween(start, end))` is `end`. */
export function secondsBetween(start: EpochMs, end: EpochMs): Seconds {
  return toSeconds((end - start) / 1000);
}

/** Whole seconds since `start`. 0 when `now` is earlier, because the clock may step back. */
export function ageOf(start: EpochMs, now: EpochMs): Seconds {
  return toSeconds(Math.max(0, Math.floor((now - start) / 1000)));
}

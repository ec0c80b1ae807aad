import type { Brand } from "./brand.ts";

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = Brand<number, "EpochMs">;

/** A duration in seconds, whole ones on the wire: ttls, graces, delays and ages. */
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

/** How long it is from one instant to another, to the millisecond: `after(start, …)` is `end` again. */
export function secondsBetween(start: EpochMs, end: EpochMs): Seconds {
  return toSeconds((end - start) / 1000);
}

/** Whole seconds since `start`, never negative: a clock that steps back must not show a negative age. */
export function ageOf(start: EpochMs, now: EpochMs): Seconds {
  return toSeconds(Math.max(0, Math.floor((now - start) / 1000)));
}

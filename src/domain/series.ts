/** Figures of the past, at equal intervals. */
import type { Bounds, Counters } from "./figures.ts";
import { toSeconds, type EpochMs, type Seconds } from "./time.ts";

/** Seconds between two points, and the seconds for which they are kept: an hour, and a week. */
export const SERIES_STEPS = { 10: 3_600, 300: 604_800 } as const;
export type SeriesStep = keyof typeof SERIES_STEPS;

export interface Series {
  /** The instant of the first point. */
  readonly from: EpochMs;
  readonly step: Seconds;
  /** null: a gap. It is not 0. */
  readonly points: readonly (SeriesPoint | null)[];
}

export interface SeriesPoint {
  readonly stored: Bounds;
  readonly free: Bounds;
  readonly claimed: Bounds;
  readonly delayed: Bounds;
  readonly waiting: Bounds;
  readonly oldestAt: Bounds | null;
  /** The growth since the last known point, or since the counters began within the series; null: not known. */
  readonly counters: Counters | null;
}

/** A series without figures: gaps. */
export function noSeries({
  from,
  until,
  step,
}: {
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly step: SeriesStep;
}): Series {
  const count = Math.max(0, Math.ceil((until - from) / (step * 1000)));
  return { from, step: toSeconds(step), points: Array.from({ length: count }, () => null) };
}

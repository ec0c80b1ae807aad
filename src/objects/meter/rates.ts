/** Messages per second over the last 60 to 70 seconds, since a point of the series. */
import { NO_COUNTS, type Counters } from "../../domain/figures.ts";
import type { Held } from "./places.ts";
import type { PointSeries } from "./point-series.ts";
import { growthSince, mapCounters } from "./point.ts";

const MINUTE_MS = 60_000;

/** null: it is not known what happened in that time. */
export function ratesOf(held: Held, series: PointSeries, now: number): Counters | null {
  const { queue } = held;
  if (queue.figures === null || !queue.isConfirmed) return null;
  // Nothing has happened since its figures arrived.
  if (queue.hotUntil === 0) return NO_COUNTS;
  const { point, at } = series.recentPoint(held, now - MINUTE_MS);
  const grown = growthSince(point, queue, at);
  return grown === null ? null : mapCounters((name) => (grown[name] * 1000) / (now - at));
}

/** How many free messages queues had in the last hour, by the service. */
import type { Overview, PlaceFigures } from "sukkal/client";
import { most } from "../text/amounts.ts";
import { riseOf } from "../text/series.ts";
import { keyOf } from "./figures.ts";

/** Milliseconds between two points. */
const STEP = 300_000;

export interface Trends {
  /** The instant of the last points. Milliseconds since 1970. */
  readonly at: number;
  /** The newest last; null: a gap. */
  readonly byKey: ReadonlyMap<string, readonly (number | null)[]>;
}

export function trendsOf({ at, places }: Overview): Trends {
  return {
    at: Math.floor(Date.parse(at) / STEP) * STEP,
    byKey: new Map(
      places.flatMap((place) => (place.trend === undefined ? [] : [[keyOf(place), place.trend.map(most)]])),
    ),
  };
}

/** Those of a queue, until now; empty: nothing is known but now. */
export function trendOf({ byKey }: Trends, place: PlaceFigures): readonly (number | null)[] {
  const past = byKey.get(keyOf(place)) ?? [];
  return past.every((value) => value === null) ? [] : [...past, most(place.messages.free)];
}

/** When free messages began to grow to what they are now, to 5 minutes; null: they did not, or before. */
export function risesSince(trends: Trends, place: PlaceFigures): number | null {
  const trend = trendOf(trends, place);
  const index = riseOf(trend);
  // The last point is that of now.
  return index === null ? null : trends.at - (trend.length - 2 - index) * STEP;
}

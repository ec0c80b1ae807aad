/** One point of a series as it is kept: what was shown, and the counters until then. */
import { COUNTERS, NO_COUNTS, NOTHING, type Bounds, type Counters, type QueueFigures } from "../../domain/figures.ts";
import type { SeriesPoint } from "../../domain/series.ts";
import { oldestAt, shownAt, type Shown } from "../../domain/shown-figures.ts";
import type { MeterEntry } from "./meter-entry.ts";

export interface KeptPoint extends Shown {
  readonly oldestAt: Bounds | null;
  readonly counts: Counters;
  /** The start of the counters. */
  readonly since: number;
}

/** null, a gap: what is known at `at` arrived later, or something was lost. */
export function pointOf(entry: MeterEntry<QueueFigures>, at: number): KeptPoint | null {
  const { figures, isConfirmed, arrivedAt, counts, since } = entry;
  if (figures === null || !isConfirmed || arrivedAt > at) return null;

  return { ...shownAt(figures, at), oldestAt: oldestAt(figures, at), counts: counts, since };
}

/** The start of the counters of no place. */
const NEVER = Number.MAX_SAFE_INTEGER;

const NOTHING_YET: KeptPoint = {
  stored: NOTHING,
  free: NOTHING,
  claimed: NOTHING,
  delayed: NOTHING,
  waiting: NOTHING,
  oldestAt: null,
  counts: NO_COUNTS,
  since: NEVER,
};

/** The sum over queues. A gap if it is one for any of them. */
export function sumOf(points: readonly (KeptPoint | null)[]): KeptPoint | null {
  let sum = NOTHING_YET;
  for (const point of points) {
    if (point === null) return null;
    sum = {
      stored: addBounds(sum.stored, point.stored),
      free: addBounds(sum.free, point.free),
      claimed: addBounds(sum.claimed, point.claimed),
      delayed: addBounds(sum.delayed, point.delayed),
      waiting: addBounds(sum.waiting, point.waiting),
      oldestAt: earliest(sum.oldestAt, point.oldestAt),
      counts: addCounters(sum.counts, point.counts),
      since: Math.min(sum.since, point.since),
    };
  }
  return sum;
}

export function addBounds(one: Bounds, other: Bounds): Bounds {
  return { min: one.min + other.min, max: one.max + other.max };
}

export function addCounters(one: Counters, other: Counters): Counters {
  return mapCounters((name) => one[name] + other[name]);
}

export function mapCounters(value: (name: (typeof COUNTERS)[number]) => number): Counters {
  const counters = { ...NO_COUNTS };
  for (const name of COUNTERS) counters[name] = value(name);
  return counters;
}

export type Counted = Pick<KeptPoint, "counts" | "since">;

export function hasBegun({ since }: Counted): boolean {
  return since < NEVER;
}

/** The growth between two points; null: the counters began anew. */
export function growth(before: Counted | null, after: Counted): Counters | null {
  if (before === null || before.since !== after.since) return null;
  return mapCounters((name) => after.counts[name] - before.counts[name]);
}

/** The growth since the last known point. Without one, counters that began after `from` grew since then. */
export function growthSince(before: Counted | null, after: Counted, from: number): Counters | null {
  return growth(before, after) ?? (after.since >= from ? after.counts : null);
}

export function toSeriesPoint({ counts: _, since: __, ...point }: KeptPoint, counters: Counters | null): SeriesPoint {
  return { ...point, counters };
}

export function earliest(one: Bounds | null, other: Bounds | null): Bounds | null {
  if (one === null || other === null) return one ?? other;
  return { min: Math.min(one.min, other.min), max: Math.min(one.max, other.max) };
}

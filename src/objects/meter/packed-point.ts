/** A point as JSON in the rows of the series. */
import { COUNTERS, type Bounds } from "../../domain/figures.ts";
import { mapCounters, type KeptPoint } from "./point.ts";

type PackedBounds = readonly [number, number];
export type PackedPoint = readonly [
  stored: PackedBounds,
  free: PackedBounds,
  claimed: PackedBounds,
  delayed: PackedBounds,
  waiting: PackedBounds,
  oldestAt: PackedBounds | null,
  counts: readonly number[],
  since: number,
];

export function packPoint(point: KeptPoint): PackedPoint {
  const { stored, free, claimed, delayed, waiting, counts, since } = point;
  const oldest = point.oldestAt === null ? null : packBounds(point.oldestAt);
  return [
    packBounds(stored),
    packBounds(free),
    packBounds(claimed),
    packBounds(delayed),
    packBounds(waiting),
    oldest,
    COUNTERS.map((name) => counts[name]),
    since,
  ];
}

export function readPoint([stored, free, claimed, delayed, waiting, oldest, counts, since]: PackedPoint): KeptPoint {
  return {
    stored: toBounds(stored),
    free: toBounds(free),
    claimed: toBounds(claimed),
    delayed: toBounds(delayed),
    waiting: toBounds(waiting),
    oldestAt: oldest === null ? null : toBounds(oldest),
    counts: mapCounters((name) => counts[COUNTERS.indexOf(name)] ?? 0),
    since,
  };
}

const packBounds = ({ min, max }: Bounds): PackedBounds => [min, max];
const toBounds = ([min, max]: PackedBounds): Bounds => ({ min, max });

/**
 * Points of the past: every 10 s for an hour, every 5 minutes for a week. The project has one series, and each of the queues and
 * topics of which something was heard last. The runtime ends an idle meter after seconds, so both are in rows. All times are of
 * the meter's clock.
 */
import { POINT_MS } from "../../domain/metering.ts";
import type { Bounds } from "../../domain/figures.ts";
import type { Place } from "../../domain/place.ts";
import { SERIES_STEPS, type Series, type SeriesStep } from "../../domain/series.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import { bucketOf, keyOf, type Held, type Places } from "./places.ts";
import { PointRows, type PointKey, type SeriesRows } from "./point-rows.ts";
import {
  addCounters,
  growthSince,
  hasBegun,
  pointOf,
  sumOf,
  toSeriesPoint,
  type Counted,
  type KeptPoint,
} from "./point.ts";

const TRACKED_MAX = 500;
const HOUR_MS = 3_600_000;
const ROW_MS = 300_000;
const HOURS_OF_WEEK = 168;
/** After a longer sleep the points before are gaps. */
const SLEEP_MS_MAX = 24 * HOUR_MS;
/** The points of queues that one call computes after a sleep: 50 ms. The earlier ones are gaps. */
const COMPUTED_MAX = 50_000;
/** Stored points that rates need. Those of an hour are 117 MB of memory with 500 busy queues, and the platform has 128. */
const KEPT_MS = 120_000;
/** The project's series. No name of a place is empty. */
const PROJECT_KEY = "";
const PROJECT_BUCKET = -1;
/** So many buckets share a row of points every 10 s: an active meter writes up to 9 such rows, each below 1 MB. */
const GROUP_BUCKETS = 8;
const PROJECT: PointKey = { key: PROJECT_KEY, bucket: PROJECT_BUCKET };

/** Between `from` (inclusive) and `until` (exclusive). */
interface Asked {
  readonly place: Place | null;
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly step: SeriesStep;
}

interface Due {
  readonly known: readonly Held[];
  readonly tracked: readonly Held[];
  readonly at: number;
  readonly counted: Map<string, Counted>;
}

export class PointSeries {
  /** The instant of the last point. */
  until: number;
  /** Every 10 s, and every 5 minutes. The rows of the former are numbered after those of the hours. */
  private readonly recent: PointRows;
  private readonly weekly: PointRows;
  /** The counters of all places until the last point of each that is known. null: nobody has called since the start. */
  private counted: Map<string, Counted> | null = null;

  constructor(rows: SeriesRows, until: number) {
    this.recent = new PointRows(rows, {
      stepMs: POINT_MS,
      spanMs: ROW_MS,
      numberOf: (start) => HOURS_OF_WEEK + (start % HOUR_MS) / ROW_MS,
    });
    this.weekly = new PointRows(rows, {
      stepMs: ROW_MS,
      spanMs: HOUR_MS,
      numberOf: (start) => (start / HOUR_MS) % HOURS_OF_WEEK,
    });
    this.until = until;
  }

  /** Before figures change, or are looked at: later ones say nothing about an earlier point. */
  advance(places: Places, now: number): void {
    const before = this.until;
    const start = Math.max(before, now - SLEEP_MS_MAX);
    const due: number[] = [];
    for (let at = Math.floor(start / POINT_MS) * POINT_MS + POINT_MS; at <= now; at += POINT_MS) {
      if (at > now - SERIES_STEPS[10] * 1000 || at % ROW_MS === 0) due.push(at);
      this.until = at;
    }
    const counted = (this.counted ??= this.countedBefore(places, before));
    if (due.length === 0) return;
    const known = [...places.all()].filter(({ queue }) => queue.figures?.epoch != null);
    const tracked = tracks(known);
    const count = Math.max(1, Math.floor(COMPUTED_MAX / (known.length + 1)));
    for (const at of due.slice(-count)) this.addPoints({ known, tracked, at, counted });
    forgetGone(places, counted);
    this.recent.forget(now - KEPT_MS);
    this.weekly.forget(Number.POSITIVE_INFINITY);
  }

  /** Stores the points since the last write. */
  write(): void {
    this.recent.write();
    this.weekly.write();
  }

  /** The point at or before an instant, and its own instant. */
  recentPoint(held: Held, instant: number): { readonly point: KeptPoint | null; readonly at: number } {
    const at = Math.floor(instant / POINT_MS) * POINT_MS;
    return { point: this.recent.get(inGroup(held), at), at };
  }

  read({ place, from, until, step }: Asked): Series {
    const stepMs = step * 1000;
    const start = Math.ceil(from / stepMs) * stepMs;
    const asked = place === null ? PROJECT : { key: keyOf(place), bucket: bucketOf(keyOf(place)) };
    const pointAt = (at: number): KeptPoint | null =>
      step === 10 ? this.recent.get(inGroup(asked), at) : this.weekly.get(asked, at);
    // The one in front, for the growth to the first.
    let before = pointAt(start - stepMs);
    const points: Series["points"][number][] = [];
    for (let at = start; at < until; at += stepMs) {
      const point = pointAt(at);
      points.push(point === null ? null : toSeriesPoint(point, growthSince(before, point, start - stepMs)));
      before = point ?? before;
    }
    this.weekly.forget(Number.POSITIVE_INFINITY);
    return { from: toEpochMs(start), step: toSeconds(step), points };
  }

  /** Free messages at the points of 5 minutes within the last hour. */
  trends(places: readonly Place[], now: number): readonly (readonly (Bounds | null)[])[] {
    const last = Math.floor(now / ROW_MS) * ROW_MS;
    const instants = Array.from({ length: HOUR_MS / ROW_MS }, (_, index) => last - HOUR_MS + (index + 1) * ROW_MS);
    const trends = places.map((place) => {
      const asked = { key: keyOf(place), bucket: bucketOf(keyOf(place)) };
      return this.weekly.column(asked, instants).map((point) => point?.free ?? null);
    });
    this.weekly.forget(Number.POSITIVE_INFINITY);
    return trends;
  }

  private addPoints({ known, tracked, at, counted }: Due): void {
    const points = new Map(known.map((held) => [held, pointOf(held.queue, at)]));
    const project = this.projectPoint(points, counted);
    this.add(PROJECT, at, project);
    for (const held of tracked) this.add(held, at, points.get(held) ?? null);
    // The project has not counted what a gap hides.
    if (project === null) return;
    counted.set(PROJECT_KEY, project);
    for (const [held] of points) counted.set(held.key, countedOf(held));
  }

  private add(where: PointKey, at: number, point: KeptPoint | null): void {
    this.recent.put(inGroup(where), at, point);
    if (at % ROW_MS === 0) this.weekly.put(where, at, point);
  }

  /** Its counters add the growth of each place: with the sum of theirs, a place that comes or goes would look like messages. */
  private projectPoint(points: ReadonlyMap<Held, KeptPoint | null>, counted: Map<string, Counted>): KeptPoint | null {
    const sum = sumOf([...points.values()]);
    if (sum === null) return null;
    const total = counted.get(PROJECT_KEY) ?? null;
    if (total === null || !hasBegun(total)) return sum;
    const { since } = total;
    let { counts } = total;
    for (const [{ key }, point] of points) {
      const grown = point === null ? null : growthSince(counted.get(key) ?? null, point, since);
      if (grown !== null) counts = addCounters(counts, grown);
    }
    return { ...sum, counts, since };
  }

  /** What was counted until the last point before this start. Nothing has entered since then. */
  private countedBefore(places: Places, before: number): Map<string, Counted> {
    const at = Math.floor(before / POINT_MS) * POINT_MS;
    const counted = new Map<string, Counted>();
    for (const held of places.all()) counted.set(held.key, this.recent.get(inGroup(held), at) ?? countedOf(held));
    for (let past = at; past > at - HOUR_MS; past -= POINT_MS) {
      const total = this.recent.get(inGroup(PROJECT), past);
      if (total === null) continue;
      counted.set(PROJECT_KEY, total);
      break;
    }
    return counted;
  }
}

/** A place that is only deleted stays: its counters go on if it comes back. */
function forgetGone(places: Places, counted: Map<string, Counted>): void {
  if (counted.size <= places.size + 1) return;
  const keys = new Set([...places.all()].map(({ key }) => key));
  for (const key of counted.keys()) if (key !== PROJECT_KEY && !keys.has(key)) counted.delete(key);
}

function countedOf({ queue: { counts, since } }: Held): Counted {
  return { counts, since };
}

function inGroup({ key, bucket }: PointKey): PointKey {
  return { key, bucket: Math.floor(bucket / GROUP_BUCKETS) };
}

/** The queues and topics with series of their own. */
function tracks(known: readonly Held[]): readonly Held[] {
  if (known.length <= TRACKED_MAX) return known;
  return known.toSorted((one, other) => other.queue.arrivedAt - one.queue.arrivedAt).slice(0, TRACKED_MAX);
}

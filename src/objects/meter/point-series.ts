/**
 * Points of the past: every 10 s in memory for an hour, every 5 minutes in rows for a week. The project has one series, and each
 * of the queues and topics of which something was heard last. All times are of the meter's clock.
 */
import { POINT_MS } from "../../domain/metering.ts";
import type { Place } from "../../domain/place.ts";
import { SERIES_STEPS, type Series, type SeriesStep } from "../../domain/series.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import { bucketOf, keyOf, type Held, type Places } from "./places.ts";
import {
  growth,
  packPoint,
  pointOf,
  readPoint,
  sumOf,
  toSeriesPoint,
  type PackedPoint,
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
/** The project's series. No name of a place is empty. */
const PROJECT_KEY = "";
const PROJECT_BUCKET = -1;

/** The rows of the series. */
export interface SeriesRows {
  hour(bucket: number, hour: number): string | null;
  putHour(bucket: number, hour: number, points: string): void;
}

/** The points of an hour and a bucket. */
interface Hour {
  readonly start: number;
  readonly places: Record<string, (PackedPoint | null)[]>;
}

/** Between `from` (inclusive) and `until` (exclusive). */
interface Asked {
  readonly place: Place | null;
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly step: SeriesStep;
}

export class PointSeries {
  /** The instant of the last point. */
  until: number;
  private readonly recent = new Map<string, Map<number, KeptPoint | null>>();
  private readonly rows: SeriesRows;
  /** Hours with points that are not stored. */
  private readonly changed = new Map<string, { readonly bucket: number; readonly hour: Hour }>();

  constructor(rows: SeriesRows, until: number) {
    this.rows = rows;
    this.until = until;
  }

  /** Before figures change, or are looked at: later ones say nothing about an earlier point. */
  advance(places: Places, now: number): void {
    const start = Math.max(this.until, now - SLEEP_MS_MAX);
    const due: number[] = [];
    for (let at = Math.floor(start / POINT_MS) * POINT_MS + POINT_MS; at <= now; at += POINT_MS) {
      if (at > now - SERIES_STEPS[10] * 1000 || at % ROW_MS === 0) due.push(at);
      this.until = at;
    }
    if (due.length === 0) return;
    const known = [...places.all()].filter(({ queue }) => queue.figures?.epoch != null);
    const tracked = tracks(known);
    const count = Math.max(1, Math.floor(COMPUTED_MAX / (known.length + 1)));
    for (const at of due.slice(-count)) this.addPoints(known, tracked, at);
    this.forgetOld(now);
  }

  /** Stores the points of 5 minutes. */
  write(): void {
    for (const { bucket, hour } of this.changed.values()) {
      this.rows.putHour(bucket, hourOfWeek(hour.start), JSON.stringify(hour));
    }
    this.changed.clear();
  }

  /** The point at or before an instant. */
  recentPoint({ key }: Held, at: number): KeptPoint | null {
    return this.recent.get(key)?.get(Math.floor(at / POINT_MS) * POINT_MS) ?? null;
  }

  read({ place, from, until, step }: Asked): Series {
    const stepMs = step * 1000;
    const start = Math.ceil(from / stepMs) * stepMs;
    const hours = new Map<number, Hour | null>();
    const key = place === null ? PROJECT_KEY : keyOf(place);
    const points: (KeptPoint | null)[] = [];
    // One more in front, for the growth to the first.
    for (let at = start - stepMs; at < until; at += stepMs) {
      points.push(step === 10 ? (this.recent.get(key)?.get(at) ?? null) : this.storedPoint(key, at, hours));
    }
    const shown = points.map((point, index) =>
      point === null ? null : toSeriesPoint(point, growth(points[index - 1] ?? null, point)),
    );
    return { from: toEpochMs(start), step: toSeconds(step), points: shown.slice(1) };
  }

  /** `hours`: those that this look has read. */
  private storedPoint(key: string, at: number, hours: Map<number, Hour | null>): KeptPoint | null {
    const start = at - (at % HOUR_MS);
    const bucket = key === PROJECT_KEY ? PROJECT_BUCKET : bucketOf(key);
    const hour = hours.get(start) ?? (hours.has(start) ? null : this.hourAt(bucket, at));
    hours.set(start, hour);
    const packed = hour?.places[key]?.[(at % HOUR_MS) / ROW_MS] ?? null;
    return packed === null ? null : readPoint(packed);
  }

  private addPoints(known: readonly Held[], tracked: readonly Held[], at: number): void {
    const add = (key: string, bucket: number, point: KeptPoint | null): void => {
      this.recentOf(key).set(at, point);
      if (at % ROW_MS === 0) this.store(bucket, key, at, point);
    };
    add(PROJECT_KEY, PROJECT_BUCKET, sumOf(known.map(({ queue }) => pointOf(queue, at))));
    for (const { key, bucket, queue } of tracked) add(key, bucket, pointOf(queue, at));
  }

  private recentOf(key: string): Map<number, KeptPoint | null> {
    const known = this.recent.get(key) ?? new Map<number, KeptPoint | null>();
    this.recent.set(key, known);
    return known;
  }

  private forgetOld(now: number): void {
    const oldest = now - SERIES_STEPS[10] * 1000;
    for (const [key, points] of this.recent) {
      for (const at of points.keys()) {
        if (at >= oldest) break;
        points.delete(at);
      }
      if (points.size === 0) this.recent.delete(key);
    }
  }

  private store(bucket: number, key: string, at: number, point: KeptPoint | null): void {
    const start = at - (at % HOUR_MS);
    const name = `${bucket} ${start}`;
    const hour = this.changed.get(name)?.hour ?? this.hourAt(bucket, at) ?? { start, places: {} };
    const points = (hour.places[key] ??= Array.from({ length: HOUR_MS / ROW_MS }, () => null));
    points[(at % HOUR_MS) / ROW_MS] = point === null ? null : packPoint(point);
    this.changed.set(name, { bucket, hour });
  }

  /** The row of an hour of the week may be of an earlier week. */
  private hourAt(bucket: number, at: number): Hour | null {
    const start = at - (at % HOUR_MS);
    const changed = this.changed.get(`${bucket} ${start}`);
    if (changed !== undefined) return changed.hour;
    const text = this.rows.hour(bucket, hourOfWeek(start));
    // Only `write` writes this column.
    const hour = text === null ? null : (JSON.parse(text) as Hour);
    return hour?.start === start ? hour : null;
  }
}

function hourOfWeek(start: number): number {
  return (start / HOUR_MS) % HOURS_OF_WEEK;
}

/** The queues and topics with series of their own. */
function tracks(known: readonly Held[]): readonly Held[] {
  if (known.length <= TRACKED_MAX) return known;
  return known.toSorted((one, other) => other.queue.arrivedAt - one.queue.arrivedAt).slice(0, TRACKED_MAX);
}

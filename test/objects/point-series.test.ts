/** Points of the past: which are gaps, what they count, and how long they are kept. */
import { expect, test } from "vitest";
import { NO_COUNTS } from "../../src/domain/figures.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { Places } from "../../src/objects/meter/places.ts";
import type { SeriesRows } from "../../src/objects/meter/point-rows.ts";
import { PointSeries } from "../../src/objects/meter/point-series.ts";
import { ratesOf } from "../../src/objects/meter/rates.ts";
import { figuresOf, placeNamed } from "../support/objects/meter.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WEEK_MS = 168 * HOUR_MS;
/** The start of an hour. */
const START = Math.floor(Date.UTC(2026, 0, 1) / HOUR_MS) * HOUR_MS;

class Rows implements SeriesRows {
  readonly texts = new Map<string, string>();

  hour(bucket: number, hour: number): string | null {
    return this.texts.get(`${bucket} ${hour}`) ?? null;
  }

  putHour(bucket: number, hour: number, points: string): void {
    this.texts.set(`${bucket} ${hour}`, points);
  }
}

/** A queue with figures that arrived at an instant, and say so. */
function placesAt(at: number, free: number): Places {
  const places = new Places(() => undefined);
  const held = places.enter(placeNamed("orders"), at);
  const far = at + 2 * WEEK_MS;
  held?.queue.hear(
    figuresOf(free, { boot: toEpochMs(at), takenAt: toEpochMs(at), expiry: { first: far, last: far } }),
    at,
  );
  return places;
}

const asked = (from: number, until: number, step: 10 | 300 = 10) =>
  ({ place: placeNamed("orders"), from: toEpochMs(from), until: toEpochMs(until), step }) as const;

test("a point before the figures arrived is a gap, and so is one after a loss", () => {
  const series = new PointSeries(new Rows(), START);
  const places = placesAt(START + 25_000, 3);
  series.advance(places, START + 40_000);
  places.find(placeNamed("orders"))?.queue.doubt(START + 100_000);
  series.advance(places, START + 50_000);
  const { points } = series.read(asked(START + 10_000, START + 60_000));
  expect(points.map((point) => point?.stored.max ?? null)).toEqual([null, null, 3, 3, null]);
});

test("a point has the growth of the counters since the one before", () => {
  const series = new PointSeries(new Rows(), START);
  const places = placesAt(START, 3);
  series.advance(places, START + 10_000);
  const at = START + 15_000;
  const later = { boot: toEpochMs(START), version: 2, takenAt: toEpochMs(at) };
  places.find(placeNamed("orders"))?.queue.hear(figuresOf(8, later), at);
  series.advance(places, START + 20_000);
  const { points } = series.read(asked(START + 10_000, START + 30_000));
  expect(points.map((point) => point?.counters?.posted ?? null)).toEqual([null, 5]);
});

test("points of 5 minutes survive the object, for a week, and a week is read in a moment", () => {
  const rows = new Rows();
  const places = placesAt(START, 3);
  const series = new PointSeries(rows, START);
  for (let at = START; at <= START + WEEK_MS; at += HOUR_MS) {
    series.advance(places, at);
    series.write();
  }
  // One row an hour for the queue, and one for the project; and as many for each 5 minutes of the last hour.
  expect(rows.texts.size).toBe(2 * (168 + 12));
  const reread = new PointSeries(rows, START + WEEK_MS);
  const start = performance.now();
  const { points } = reread.read(asked(START + HOUR_MS, START + WEEK_MS, 300));
  expect(performance.now() - start).toBeLessThan(1_000);
  expect(points).toHaveLength(167 * 12);
  expect(points.filter((point) => point?.stored.max === 3)).toHaveLength(167 * 12);
  // The row of the first hour is of the next week by now.
  expect(reread.read(asked(START, START + HOUR_MS - 1, 300)).points.every((point) => point === null)).toBe(true);
});

test("a trend has the last hour at every 5 minutes, also after the object has slept", () => {
  const rows = new Rows();
  const places = placesAt(START + 12 * MINUTE_MS, 3);
  const series = new PointSeries(rows, START);
  series.advance(places, START + 31 * MINUTE_MS);
  series.write();
  const now = START + 31 * MINUTE_MS;
  const asleep = [placeNamed("orders"), placeNamed("mails")];
  const [orders, mails] = new PointSeries(rows, now).trends(asleep, now);
  expect(orders?.map((bounds) => bounds?.max ?? null)).toEqual([...Array<null>(8).fill(null), 3, 3, 3, 3]);
  expect(mails?.every((bounds) => bounds === null)).toBe(true);
});

test("after a sleep the points in between are computed, but none that would take too long", () => {
  const places = placesAt(START, 3);
  const series = new PointSeries(new Rows(), START);
  series.advance(places, START + 10 * MINUTE_MS);
  expect(series.read(asked(START + 10_000, START + 10 * MINUTE_MS)).points).not.toContain(null);
});

test("points of 10 seconds survive the object, and all growth is counted once", () => {
  const rows = new Rows();
  const places = new Places(() => undefined);
  let series = new PointSeries(rows, START);
  for (let posted = 2; posted <= 24; posted += 2) {
    const at = START + posted * 4_000;
    series.advance(places, at);
    const { queue } = places.enter(placeNamed("orders"), at) ?? {};
    const stamp = { boot: toEpochMs(START + 5_000), version: posted, takenAt: toEpochMs(at) };
    queue?.hear(figuresOf(posted, { ...stamp, expiry: { first: at + WEEK_MS, last: at + WEEK_MS } }), at);
    series.write();
    // The runtime ends the object, and its rows are read again.
    if (posted % 8 === 0) series = new PointSeries(rows, series.until);
  }
  series.advance(places, START + 120_000);
  for (const place of [placeNamed("orders"), null]) {
    const { points } = series.read({ ...asked(START + 10_000, START + 120_001), place });
    expect(points.map((point) => point?.stored.max ?? null).slice(-11)).toEqual([
      4, 6, 8, 12, 14, 16, 18, 22, 24, 24, 24,
    ]);
    expect(points.reduce((sum, point) => sum + (point?.counters?.posted ?? 0), 0)).toBe(24);
  }
});

test("points that are stored leave the memory of the object, but those that rates need", () => {
  const rows = new Rows();
  const series = new PointSeries(rows, START);
  const places = placesAt(START, 3);
  const until = START + 30 * MINUTE_MS;
  for (let at = START; at <= until; at += 10_000) {
    series.advance(places, at);
    series.write();
  }
  rows.texts.clear();
  const { points } = series.read(asked(START, until));
  const kept = points.map((point) => point !== null);
  expect(kept.lastIndexOf(false)).toBe(149);
  expect(kept.slice(0, 150)).not.toContain(true);
});

test("a place that comes or goes is no growth of the project, and a gap hides none", () => {
  const rows = new Rows();
  const places = new Places(() => undefined);
  const series = new PointSeries(rows, START);
  const hear = (name: string, posted: number, at: number): void => {
    const stamp = { boot: toEpochMs(START + 5_000), version: posted, takenAt: toEpochMs(at) };
    places.enter(placeNamed(name), at)?.queue.hear(figuresOf(posted, stamp), at);
  };
  const growth = (at: number) => {
    series.advance(places, at);
    const { points } = series.read({ place: null, from: toEpochMs(START), until: toEpochMs(at + 1), step: 10 });
    return points.slice(1).map((point) => point?.counters?.posted ?? null);
  };
  hear("one", 5, START + 8_000);
  expect(growth(START + 10_000)).toEqual([5]);
  hear("two", 3, START + 12_000);
  expect(growth(START + 20_000)).toEqual([5, 3]);
  const two = places.find(placeNamed("two"));
  two?.queue.doubt(START + 25_000);
  hear("one", 6, START + 22_000);
  expect(growth(START + 30_000)).toEqual([5, 3, null]);
  hear("two", 7, START + 32_000);
  expect(growth(START + 40_000)).toEqual([5, 3, null, 5]);
  if (two !== null) places.remove(two);
  expect(growth(START + 50_000)).toEqual([5, 3, null, 5, 0]);
});

test.each([60_000, 64_000, 69_999])(
  "a rate is of the time since its point: one message a second, %i ms after it",
  (ms) => {
    const series = new PointSeries(new Rows(), START);
    const places = placesAt(START, 3);
    const held = places.find(placeNamed("orders"));
    if (held === null) throw new Error("The place is missing.");
    held.queue.hotUntil = START + HOUR_MS;
    series.advance(places, START + 10_000);
    const now = START + 10_000 + ms;
    const posted = { ...NO_COUNTS, posted: 3 + ms / 1000 };
    const later = { boot: toEpochMs(START), version: 2, takenAt: toEpochMs(now), counters: posted };
    held.queue.hear(figuresOf(8, later), now);
    series.advance(places, now);
    expect(ratesOf(held, series, now)?.posted).toBeCloseTo(1);
  },
);

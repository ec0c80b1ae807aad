/** The rows of a meter: none is larger than the platform accepts, whatever the names and subscriptions of a project are. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { exactly } from "../../src/domain/figures.ts";
import type { SubscriptionId } from "../../src/domain/id.ts";
import { packDelivery } from "../../src/domain/packed-figures.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { Meter } from "../../src/objects/meter/meter.ts";
import { bucketOf, keyOf, Places } from "../../src/objects/meter/places.ts";
import { mapCounters } from "../../src/objects/meter/point.ts";
import { PointSeries } from "../../src/objects/meter/point-series.ts";
import { METER_MIGRATIONS } from "../../src/storage/meter/schema.ts";
import { MeterStore } from "../../src/storage/meter/meter-rows.ts";
import { project } from "../support/drivers/zaqar-client.ts";
import { freezeClock } from "../support/clock.ts";
import { withStorage } from "../support/objects/bare-storage.ts";
import { figuresOf, LOOK, meterOf, meterStub, placeNamed, reportOf } from "../support/objects/meter.ts";

freezeClock();

/** Bytes of a row that Cloudflare refuses. The runtime of the tests accepts more. */
const REFUSED = 2_000_000;
const SUBSCRIPTIONS = 200;
/** Any number of an object that has been in use for long. */
const LARGE = 1e15;

/** Names whose hashes are the same. */
function namesOfOneBucket(count: number): readonly string[] {
  const names: string[] = [];
  for (let index = 0; names.length < count; index++) {
    const name = `${index}-${"x".repeat(50)}`;
    if (bucketOf(keyOf(placeNamed(name))) === 0) names.push(name);
  }
  return names;
}

function bucketRows(id: string): Promise<readonly { readonly number: number; readonly bytes: number }[]> {
  return runInDurableObject(meterStub(id), (_, { storage }) =>
    storage.sql
      .exec<{ number: number; bytes: number }>("SELECT number, length(entries) AS bytes FROM bucket ORDER BY number")
      .toArray(),
  );
}

describe("a bucket", () => {
  test("of queues with many subscriptions is stored in several rows, and read from them", async () => {
    const { id } = project();
    const names = namesOfOneBucket(40);
    const queue = figuresOf(1, { subscriptions: SUBSCRIPTIONS, sequence: 1 });
    const counters = { delivered: LARGE, failed: LARGE, givenUp: LARGE };
    const deliveries = names.flatMap((name) =>
      Array.from({ length: SUBSCRIPTIONS }, (_, index) => {
        const subscription = index.toString(16).padStart(24, "0") as SubscriptionId;
        const told = { ...queue, bootId: LARGE, subscription, sequence: LARGE, pending: 0, kept: 0, counters };
        return { place: placeNamed(name), packed: packDelivery(told) };
      }),
    );
    await meterOf(id).report({ ...reportOf(names.map((name) => [name, queue])), deliveries });
    const before = await meterOf(id).overview(LOOK);
    const rows = await bucketRows(id);
    expect(Math.max(...rows.map(({ bytes }) => bytes))).toBeLessThan(REFUSED);
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.map(({ number }) => number % 64)).toEqual(rows.map(() => 0));
    await evictDurableObject(meterStub(id));
    expect(await meterOf(id).overview(LOOK)).toEqual(before);
    expect(before.places.map(({ place, subscriptions }) => [place.name, subscriptions?.count])).toEqual(
      names.toSorted().map((name) => [name, SUBSCRIPTIONS]),
    );
  });

  test("of a few is one row to write, and none is left of its former parts", () =>
    withStorage(METER_MIGRATIONS, (sql) => {
      const store = new MeterStore(sql);
      store.putBucket(1, ["[]"]);
      store.putBucket(0, ["[1]", "[2]", "[3]"]);
      const written = sql.rowsWritten;
      store.putBucket(1, ["[4]"]);
      expect(sql.rowsWritten - written).toBe(1);
      store.putBucket(0, ["[5]"]);
      expect(store.buckets()).toEqual([
        { number: 0, entries: "[5]" },
        { number: 1, entries: "[4]" },
      ]);
    }));
});

test("a part that an earlier version has left behind is not taken for the present one", () => {
  const [written, left] = [3, 5].map((free) => {
    const held = new Places(() => undefined).enter(placeNamed("orders"), 0);
    held?.queue.hear(figuresOf(free), Date.now());
    return held;
  });
  const rows = {
    read: () => ({ openPace: 0, held: [written, left].flatMap((held) => held ?? []) }),
    write: () => undefined,
  };
  const meter = new Meter({ rows, era: "", hotMs: 0, callsMax: 1, advance: () => undefined }, Date.now());
  expect(meter.places.inBucket(bucketOf(keyOf(placeNamed("orders"))))).toEqual([written]);
});

test("the points of queues that share a row are stored as far as the row can have them, the first queues first", () => {
  const rows = new Map<string, string>();
  const stored = {
    hour: (bucket: number, hour: number) => rows.get(`${bucket} ${hour}`) ?? null,
    putHour: (bucket: number, hour: number, points: string) => void rows.set(`${bucket} ${hour}`, points),
  };
  const start = Math.floor(Date.now() / 300_000) * 300_000;
  const names = namesOfOneBucket(500);
  const places = new Places(() => undefined);
  const [at, far] = [toEpochMs(start), start + 3_600_000];
  const stamp = { boot: at, takenAt: at, expiry: { first: far, last: far }, oldest: exactly(start) };
  const counters = mapCounters(() => LARGE);
  const figures = figuresOf(2 * LARGE, { ...stamp, claimed: LARGE, lapse: stamp.expiry, waiting: LARGE, counters });
  for (const name of names) places.enter(placeNamed(name), start)?.queue.hear(figures, start);
  const series = new PointSeries(stored, start);
  const until = start + 290_000;
  series.advance(places, until);
  series.write();
  expect(Math.max(...[...rows.values()].map((text) => text.length))).toBeLessThan(REFUSED);
  const reread = new PointSeries(stored, until);
  const pointsOf = (name = "") =>
    reread.read({ place: placeNamed(name), from: at, until: toEpochMs(until + 1), step: 10 }).points.slice(1);
  expect(pointsOf(names[0])).not.toContain(null);
  expect(pointsOf(names.at(-1))).toContain(null);
});

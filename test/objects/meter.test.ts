/** The figures of queues and topics, from the answers of their objects to what the meter of their project shows. */
import { abortAllDurableObjects, evictDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { NO_DELIVERIES } from "../../src/domain/figures.ts";
import type { Epoch, SubscriptionId } from "../../src/domain/id.ts";
import { HOT_MS } from "../../src/domain/metering.ts";
import type { PlaceOverview } from "../../src/domain/overview.ts";
import { packDelivery } from "../../src/domain/packed-figures.ts";
import type { Place } from "../../src/domain/place.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { clock, freezeClock, moveTimers, trackTimers, until } from "../support/clock.ts";
import { startService } from "../support/drivers/service.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import {
  figuresOf,
  LOOK,
  meterOf,
  meterRowsWritten,
  meterStub,
  placeNamed,
  reportOf,
} from "../support/objects/meter.ts";
import { inside, storedText } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/** What the meter shows of a queue. `asks`: it may ask the object. */
async function shown({ project: { id }, name }: Queue, asks = false): Promise<PlaceOverview | undefined> {
  const { places } = await meterOf(id).overview({ ...LOOK, asks });
  return places.find(({ place }) => place.name === name);
}

/** Lets the Worker report what it knows by now. */
async function reported(queue: Queue): Promise<PlaceOverview> {
  const since = Date.now();
  clock.advance({ seconds: 9 });
  await until(async () => ((await shown(queue))?.asOf ?? 0) >= since);
  const overview = await shown(queue);
  if (overview === undefined) throw new Error("The queue is not shown.");
  return overview;
}

describe("what clients do", () => {
  test("is shown once the Worker has reported it, 8 s after the first news", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    await orders.post("a", "b", "c");
    await orders.claim({ ttl: 60, grace: 60, limit: 2 });
    expect(await shown(orders)).toBeUndefined();
    expect(await reported(orders)).toMatchObject({
      certainty: "current",
      stored: { min: 3, max: 3 },
      claimed: { min: 2, max: 2 },
      free: { min: 1, max: 1 },
      counters: { isExact: true, values: { posted: 3, claimed: 2, deleted: 0 } },
    });
    clock.advance({ seconds: 120 });
    expect(await shown(orders)).toMatchObject({ claimed: { min: 0, max: 0 }, free: { min: 3, max: 3 } });
  });

  test("names who claims, and what they delete under their claims", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    await orders.post("a", "b");
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    const [message] = claim?.messages ?? [];
    if (message === undefined) throw new Error("Nothing was claimed.");
    await orders.project.send("DELETE", message.href);
    await reported(orders);
    const look = { ...LOOK, consumers: true } as const;
    const [first] = (await meterOf(orders.project.id).overview(look)).places;
    expect(first?.consumers).toMatchObject([{ claimedPerMinute: 2 / 5, deletedPerMinute: 1 / 5 }]);
  });

  test("makes a queue hot before the answer leaves, with two rows for the first change and none for the next", async () => {
    const orders = await project().queue("orders");
    const { id } = orders.project;
    const written = await meterRowsWritten(id);
    await orders.post("a");
    await orders.post("b");
    expect(await meterRowsWritten(id)).toBe(written);
    // The row of the meter, and that of the bucket; the first write made the tables.
    expect(await storedText(meterStub(id))).toContain("orders");
  });

  test("a deleted queue is not shown, and a late report does not revive it", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    await orders.post("a");
    await reported(orders);
    const { id } = orders.project;
    await meterOf(id).report(
      reportOf([["orders", figuresOf(0, { epoch: null, bootId: 2, boot: toEpochMs(Date.now() + 5_000) })]]),
    );
    expect(await shown(orders)).toBeUndefined();
    await meterOf(id).report(reportOf([["orders", figuresOf(7, { bootId: 3, boot: toEpochMs(Date.now() - 60_000) })]]));
    expect(await shown(orders)).toBeUndefined();
  });

  test("leaves no timer pending in the object of the queue", async () => {
    const orders = await project().queue("orders");
    const timers = trackTimers();
    await inside(orders, (object) =>
      object.callIfHere({ method: "purge", request: undefined, isSettled: true, withFigures: true }),
    );
    expect(timers.pending).toBe(0);
  });
});

describe("after a loss", () => {
  test("what a Worker did not report is unconfirmed once its session is over, is asked then, and is right", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    const { id } = orders.project;
    await orders.post("a");
    await reported(orders);
    interceptObjects("METERS", id, () => ({ report: () => Promise.reject(new Error("lost")) }));
    await orders.post("b", "c");
    clock.advance({ seconds: 20 });
    expect(await shown(orders)).toMatchObject({ certainty: "unconfirmed", counters: { isExact: false } });
    // Before a late call may have arrived, a question could be too early.
    expect(await shown(orders, true)).toMatchObject({ certainty: "unconfirmed" });
    clock.advance({ seconds: 12 });
    expect(await shown(orders, true)).toMatchObject({ certainty: "current", stored: { min: 3, max: 3 } });
  });

  test("of a meter that had news, hot queues are unconfirmed and counters begin anew", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    await orders.post("a", "b");
    const before = await reported(orders);
    await orders.post("c");
    await evictDurableObject(meterStub(orders.project.id));
    const after = await shown(orders);
    expect(after).toMatchObject({ certainty: "unconfirmed", counters: { isExact: false, values: { posted: 0 } } });
    expect(after?.counters?.since).toBeGreaterThan(before.counters?.since ?? Infinity);
    // Those who held news may still have reported.
    clock.advance({ seconds: 31 });
    expect(await shown(orders, true)).toMatchObject({ certainty: "current", stored: { min: 3, max: 3 } });
  });

  test("of a meter that had none, nothing is lost", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    await orders.post("a", "b");
    const before = await reported(orders);
    await evictDurableObject(meterStub(orders.project.id));
    expect(await shown(orders)).toEqual(before);
  });

  test("of a meter that had none, the series of a busy queue is complete", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    const from = toEpochMs(Date.now() - 60_000);
    for (let posts = 0; posts < 4; posts++) {
      await orders.post("a", "b");
      await reported(orders);
      clock.advance({ seconds: 11 });
    }
    await shown(orders);
    const look = async (place: Place | null) => {
      return meterOf(orders.project.id).series({ place, from, until: toEpochMs(Date.now()), step: 10 });
    };
    const places = [placeNamed("orders"), null];
    const before = await Promise.all(places.map(look));
    for (const { points } of before) {
      expect(points.reduce((sum, point) => sum + (point?.counters?.posted ?? 0), 0)).toBe(8);
      expect(points.slice(8)).not.toContain(null);
    }
    await evictDurableObject(meterStub(orders.project.id));
    expect(await Promise.all(places.map(look))).toEqual(before);
  });

  test("of all objects, queues are asked and are right", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    await orders.post("a", "b");
    await reported(orders);
    await orders.post("c");
    await abortAllDurableObjects();
    expect(await shown(orders)).toMatchObject({ certainty: "unconfirmed" });
    clock.advance({ seconds: 31 });
    expect(await shown(orders, true)).toMatchObject({ stored: { min: 3, max: 3 }, free: { min: 3, max: 3 } });
  });

  test("the usage asks as the overview does", async () => {
    moveTimers();
    const orders = await project().queue("orders");
    await reported(orders);
    await orders.post("a", "b");
    await abortAllDurableObjects();
    await shown(orders);
    clock.advance({ seconds: 31 });
    const usage = await orders.project.send("GET", "/v2/usage", { headers: { "X-Roles": "admin" } });
    expect(usage.json).toMatchObject({ unconfirmed: 0, messages: { total: 2 } });
  });

  test("a queue that cannot answer is asked more and more seldom, and the sums are at least those of the others", async () => {
    moveTimers();
    const owner = project();
    const [orders, bills] = [await owner.queue("orders"), await owner.queue("bills")];
    await reported(bills);
    await orders.post({ body: "a", ttl: 86_400 });
    await bills.post({ body: "b", ttl: 86_400 });
    let questions = 0;
    const figures = async () => {
      questions += 1;
      return {};
    };
    const repair = interceptObjects("QUEUES", `${owner.id}/orders`, () => ({ figures }));
    await abortAllDurableObjects();
    await shown(orders);
    clock.advance({ seconds: 31 });
    for (let looks = 0; looks < 240; looks++) {
      const { totals } = await meterOf(owner.id).overview({ ...LOOK, asks: true });
      expect(totals).toMatchObject({ stored: { min: 1, max: Infinity }, unconfirmed: 1 });
      clock.advance({ seconds: 15 });
      // The runtime ends an idle meter.
      if (looks % 20 === 0) await evictDurableObject(meterStub(owner.id));
    }
    // In an hour: after 30 s, and then each time twice as late.
    expect(questions).toBeLessThan(10);
    expect(questions).toBeGreaterThan(5);
    repair();
    clock.advance({ seconds: 1_800 });
    expect(await shown(orders, true)).toMatchObject({ certainty: "current", stored: { min: 1, max: 1 } });
  });

  test("a look with a small page asks the others as well, because the sums contain them", async () => {
    moveTimers();
    const owner = project();
    const [bills, orders] = [await owner.queue("bills"), await owner.queue("orders")];
    await reported(orders);
    await bills.post("a");
    await orders.post("b");
    await abortAllDurableObjects();
    await shown(orders);
    clock.advance({ seconds: 31 });
    const { places, totals } = await meterOf(owner.id).overview({ ...LOOK, limit: 1, asks: true });
    expect(places).toHaveLength(1);
    expect(totals).toMatchObject({ stored: { min: 2, max: 2 }, unconfirmed: 0 });
  });
});

describe("a request does not depend on the meter", () => {
  test.each([
    ["throws", () => Promise.reject(new Error("broken"))],
    ["hangs", () => new Promise<never>(() => undefined)],
  ])("that %s: it succeeds, and waits 300 ms at most", async (_, begin) => {
    const owner = project();
    interceptObjects("METERS", owner.id, () => ({ begin, report: begin }));
    const orders = await owner.queue("orders");
    vi.useRealTimers();
    const start = Date.now();
    await orders.post("a");
    expect(Date.now() - start).toBeLessThan(1_000);
  });

  test("and waits for a begin that comes in time", async () => {
    const owner = project();
    let isOver = false;
    interceptObjects("METERS", owner.id, (stub) => ({
      begin: async (request) => {
        await scheduler.wait(100);
        isOver = true;
        return stub.begin(request);
      },
    }));
    await owner.queue("orders");
    expect(isOver).toBe(true);
  });
});

test("with METER=off no meter is called", async () => {
  const calls = countCalls(["METERS"]);
  const service = startService({ AUTH_STRATEGY: "none", METER: "off" });
  const headers = { "X-Project-ID": crypto.randomUUID(), "Client-ID": crypto.randomUUID() };
  const url = "http://zaqar.test/v2/queues/orders";
  expect((await service.fetch(new Request(url, { method: "PUT", headers }))).status).toBe(201);
  expect((await service.fetch(new Request(`${url}/stats`, { headers }))).status).toBe(200);
  expect(calls()).toEqual([]);
});

describe("an overview", () => {
  test("of 1,000 idle queues calls none of them", async () => {
    const { id } = project();
    const names = Array.from({ length: 1_000 }, (_, index) => `q${index}`);
    await meterOf(id).report(reportOf(names.map((name) => [name, figuresOf(2)])));
    const calls = countCalls();
    const { places, matched, totals } = await meterOf(id).overview({ ...LOOK, asks: true });
    expect(calls()).toEqual([]);
    expect([places.length, matched, totals.stored]).toEqual([1_000, 1_000, { min: 2_000, max: 2_000 }]);
  });

  test("is sorted, filtered and limited, and its totals are of all that it matches", async () => {
    const { id } = project();
    const all = [3, 1, 2].map((free, index) => [`orders.${index}`, figuresOf(free)] as const);
    await meterOf(id).report(reportOf([...all, ["other", figuresOf(100)]]));
    const { places, matched, totals } = await meterOf(id).overview({
      ...LOOK,
      prefix: "orders.",
      sort: "free",
      limit: 2,
    });
    expect(places.map(({ place }) => place.name)).toEqual(["orders.0", "orders.2"]);
    expect([matched, totals.free]).toEqual([3, { min: 6, max: 6 }]);
  });

  test("of a queue does not count a subscription that is over, neither as failing nor for one of which nothing was heard", async () => {
    const { id } = project();
    const orders = figuresOf(5, { subscriptions: 1, sequence: 5 });
    const over = { ...orders, subscription: "s1" as SubscriptionId, sequence: 3, pending: 2, kept: 0 };
    const counters = { delivered: 3, failed: 1, givenUp: 0 };
    const tell = (changes: object) => {
      const packed = packDelivery({ ...over, counters, ...changes });
      return meterOf(id).report({
        ...reportOf([["orders", orders]]),
        deliveries: [{ place: placeNamed("orders"), packed }],
      });
    };
    const subscriptions = async () => (await meterOf(id).overview(LOOK)).places[0]?.subscriptions;
    await tell({});
    expect(await subscriptions()).toMatchObject({ pending: { max: 4 }, failing: [{ subscription: "s1" }] });
    await tell({ version: 2, epoch: null, pending: 0 });
    const after = { pending: { max: 5 }, failing: [], counters: { values: counters } };
    expect(await subscriptions()).toMatchObject(after);
    clock.advance({ ms: HOT_MS + 120_000 });
    // The counter does not fall when the meter forgets the subscription.
    expect(await subscriptions()).toMatchObject(after);
  });

  test.each([
    ["gets events only has its own pending ones", "", {}, 2, ["s1"]],
    ["is a connection has none", null, { connections: 1 }, 0, []],
  ])("a subscription that %s", async (_, epoch, changes, max, failing) => {
    const { id } = project();
    const orders = figuresOf(5, { subscriptions: 1, sequence: 5, ...changes });
    const told = {
      ...orders,
      subscription: "s1" as SubscriptionId,
      epoch: epoch as Epoch | null,
      sequence: 0,
      kept: 0,
    };
    const packed = packDelivery({ ...told, pending: epoch === null ? 0 : 2, counters: NO_DELIVERIES });
    await meterOf(id).report({
      ...reportOf([["orders", orders]]),
      deliveries: [{ place: placeNamed("orders"), packed }],
    });
    const { subscriptions } = (await meterOf(id).overview(LOOK)).places[0] ?? {};
    expect(subscriptions?.pending).toEqual({ min: 0, max });
    expect(subscriptions?.failing.map(({ subscription }) => subscription)).toEqual(failing);
  });

  test("asks for a queue that the meter has never heard of, and creates nothing for one that does not exist", async () => {
    const orders = await project().queue("orders");
    const { id } = orders.project;
    const look = { ...LOOK, fresh: true } as const;
    expect((await meterOf(id).overview({ ...look, place: placeNamed("orders") })).places).toHaveLength(1);
    expect((await meterOf(id).overview({ ...look, place: placeNamed("none") })).places).toEqual([]);
  });
});

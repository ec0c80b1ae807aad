/** What the meter shows of notifications: from the reports of DeliveryObjects, whether or not their queue has said more. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { NO_DELIVERIES } from "../../src/domain/figures.ts";
import type { SubscriptionId } from "../../src/domain/id.ts";
import { packDelivery } from "../../src/domain/packed-figures.ts";
import type { SubscriptionsOverview } from "../../src/domain/overview.ts";
import { clock, freezeClock, moveTimers, until } from "../support/clock.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { figuresOf, LOOK, meterOf, placeNamed, reportOf } from "../support/objects/meter.ts";
import { queueStub } from "../support/objects/stubs.ts";

freezeClock();
interceptCalls();

async function shown({ project: { id }, name }: Queue): Promise<SubscriptionsOverview | null> {
  const { places } = await meterOf(id).overview(LOOK);
  return places.find(({ place }) => place.name === name)?.subscriptions ?? null;
}

/** Lets the Worker report what it knows by now. */
async function reported({ project: { id } }: Queue): Promise<void> {
  const since = Date.now();
  clock.advance({ seconds: 9 });
  await until(async () => ((await meterOf(id).overview(LOOK)).places[0]?.asOf ?? 0) >= since);
}

/** Posts so many messages, and lets the Worker and the DeliveryObject report. */
async function posted(queue: Queue, count: number): Promise<void> {
  await queue.post(...Array.from({ length: count }, (_, index) => `${index}`));
  await reported(queue);
}

describe("attempts of a receiver that answers at once", () => {
  test.each([
    ["200", 200, { delivered: 5, failed: 0, givenUp: 0 }],
    ["400", 400, { delivered: 0, failed: 5, givenUp: 5 }],
  ])("with %s are counted without a further request", async (_, status, values) => {
    moveTimers();
    const queue = await project().queue("orders");
    await queue.subscribe(new Receiver(status).url);
    for (const count of [3, 1, 1]) await posted(queue, count);
    await until(async () => (await shown(queue))?.counters.values[status === 200 ? "delivered" : "failed"] === 5);
    expect(await shown(queue)).toMatchObject({ pending: { min: 0, max: 0 }, counters: { isExact: true, values } });
  });

  test("are not counted exactly while notifications are pending", async () => {
    moveTimers();
    const queue = await project().queue("orders");
    await queue.subscribe(new Receiver(500).url);
    await posted(queue, 1);
    await until(async () => (await shown(queue))?.pending.max === 1);
    expect(await shown(queue)).toMatchObject({ counters: { isExact: false } });
  });
});

describe("a new subscription", () => {
  test("of a deep queue has nothing to send", async () => {
    const queue = await project().queue("orders");
    await queue.post("a", "b", "c");
    await queue.subscribe(new Receiver(500).url);
    const pending = async (): Promise<unknown> => {
      const { json } = await queue.project.send("GET", "/v2/overview");
      return (json as { places: { subscriptions: { pending: unknown } }[] }).places[0]?.subscriptions.pending;
    };
    expect(await pending()).toBe(0);
    await queue.post("d");
    await until(async () => (await pending()) !== 0);
    expect(await pending()).toEqual({ min: 0, max: 1 });
  });

  test("of a connection has none either, and takes no exactness", async () => {
    const { id } = project();
    const orders = figuresOf(9, { sequence: 9, subscriptions: 2, connections: 2 });
    await meterOf(id).report(reportOf([["orders", orders]]));
    const { places } = await meterOf(id).overview(LOOK);
    expect(places[0]?.subscriptions).toMatchObject({ pending: { min: 0, max: 0 }, counters: { isExact: true } });
  });
});

test.each([
  [16, true],
  [17, false],
])(
  "of %i subscriptions: are counts exact? %s, because more report so seldom that an eviction loses some",
  async (count, isExact) => {
    const { id } = project();
    const deliveries = Array.from({ length: count }, (_, index) => {
      const subscription = `${index}`.padStart(24, "0") as SubscriptionId;
      const figures = { ...figuresOf(0), subscription, pending: 0, kept: 0, counters: NO_DELIVERIES };
      return { place: placeNamed("orders"), packed: packDelivery(figures) };
    });
    const report = reportOf([["orders", figuresOf(0, { subscriptions: count })]]);
    await meterOf(id).report({ ...report, deliveries });
    const { places } = await meterOf(id).overview(LOOK);
    expect(places[0]?.subscriptions?.counters).toMatchObject({ isExact });
  },
);

test("numbers that a queue has skipped when it woke are not pending", async () => {
  moveTimers();
  const queue = await project().queue("orders");
  const hook = new Receiver(200, 200, "silent");
  await queue.subscribe(hook.url);
  await posted(queue, 2);
  await until(async () => (await shown(queue))?.counters.values.delivered === 2);
  await evictDurableObject(queueStub(queue));
  // The DeliveryObject has taken the message, and has not reported it yet.
  await queue.post("after the eviction");
  await reported(queue);
  expect((await shown(queue))?.pending).toEqual({ min: 0, max: 1 });
});

/** `_concurrency`: a subscriber with concurrent attempts and without order, and the size of its hand-overs. */
import { describe, expect, test } from "vitest";
import { freezeClock, until } from "../support/clock.ts";
import { DeliveryDriver } from "../support/objects/delivery-driver.ts";
import { between } from "../support/objects/queue-outbox.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { numbered, project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

const MESSAGES = Array.from({ length: 40 }, (_, number) => number);

describe("a subscription that asks for several attempts at a time", () => {
  test.each([2, 16])("has %i under way, and never more", async (concurrency) => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver, { options: { _concurrency: concurrency } });
    expect(await delivery.post(...MESSAGES)).toBe("taken");
    expect(receiver.bodies).toEqual(MESSAGES.slice(0, concurrency));
    receiver.speak();
    await until(async () => (await delivery.report()).delivered === MESSAGES.length);
    expect(receiver.waitingMax).toBe(concurrency);
    expect(receiver.bodies.toSorted((one, other) => Number(one) - Number(other))).toEqual(MESSAGES);
  });

  test("has as many after its object restarted", async () => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver, { options: { _concurrency: 3 } });
    await delivery.post(...MESSAGES);
    await delivery.crash();
    receiver.received.length = 0;
    await delivery.passToAlarm();
    expect(receiver.received).toHaveLength(3);
  });
});

test.each([{}, { _concurrency: 1 }, { _concurrency: null }, { _concurrency: 17 }, { _concurrency: "2" }])(
  "a subscription with %j keeps the order",
  async (options) => {
    const receiver = new Receiver("silent");
    const delivery = new DeliveryDriver(receiver, { options });
    await delivery.post("a", "b", "c");
    expect(receiver.bodies).toEqual(["a"]);
    receiver.speak();
    await until(() => receiver.received.length === 3);
    expect(receiver.bodies).toEqual(["a", "b", "c"]);
  },
);

test("a change of _concurrency applies to what was handed over before", async () => {
  const receiver = new Receiver("silent");
  const delivery = new DeliveryDriver(receiver, { options: { _concurrency: 2 } });
  await delivery.post(...MESSAGES);
  const next = new Receiver("silent");
  await delivery.rpc.redirect({ ...delivery.target, subscriber: next.url, options: '{"_concurrency":9}' as never });
  receiver.speak();
  await until(() => next.waiting === 9);
  next.speak();
  await until(async () => (await delivery.report()).pending === 0);
  expect(next.waitingMax).toBe(9);
});

test("a PATCH of _concurrency applies to what waits", async () => {
  const [orders, hook, next] = [await project().queue(), new Receiver("silent"), new Receiver("silent")];
  const id = await orders.subscribe(hook.url, { options: { _concurrency: 2 } });
  await orders.post(...numbered(12));
  await until(() => hook.waiting === 2);
  const body = { subscriber: next.url, options: { _concurrency: 5 } };
  expect(await orders.send("PATCH", `/subscriptions/${id}`, { body })).toAnswer(204);
  hook.speak();
  await until(() => next.waiting === 5);
  next.speak();
  await until(() => next.received.length === 10);
  expect([hook.waitingMax, next.waitingMax]).toEqual([2, 5]);
});

describe("a queue hands over", () => {
  test.each([
    [1, 4],
    [2, 8],
    [16, 64],
  ])("to a subscriber that takes %i at a time no more than %i posts at once", async (concurrency, posts) => {
    const orders = await project().queue();
    const batches = await batchesBehind(orders, concurrency, async () => {
      for (const body of numbered(posts + 1)) await orders.post(body);
    });
    expect(batches).toEqual([1, posts, 1]);
  });

  test("no more messages than four full segments hold, however many are taken at a time", async () => {
    const orders = await project().queue();
    const batches = await batchesBehind(orders, 16, async () => {
      for (let post = 0; post < 30; post++) await orders.post(...numbered(20));
    });
    expect(batches).toEqual([1, 500, 100]);
  });

  test("no more than a megabyte, but for four segments", async () => {
    const orders = await project().queue();
    const batches = await batchesBehind(orders, 16, async () => {
      for (let post = 0; post < 12; post++) await orders.post("x".repeat(100_000));
    });
    expect(batches).toEqual([1, 10, 2]);
  });
});

/** The number of messages in each batch. The first batch is not answered before `post` has ended. */
async function batchesBehind(
  orders: Queue,
  concurrency: number,
  post: () => Promise<void>,
): Promise<readonly number[]> {
  const hook = new Receiver();
  await orders.subscribe(hook.url, { options: { _concurrency: concurrency } });
  const batches: number[] = [];
  let isHeld = true;
  between(orders, (stub) => ({
    accept: async (batch) => {
      batches.push(batch.parcels.length);
      await until(() => !isHeld);
      return stub.accept(batch);
    },
  }));
  await orders.post("first");
  await until(() => batches.length === 1);
  await post();
  isHeld = false;
  const sum = (): number => batches.reduce((total, each) => total + each, 0);
  const total = (await orders.stats()).total;
  await until(() => sum() === total && hook.received.length === total);
  return batches;
}

/** Pauses of notifications: nothing is handed over, and nothing is lost. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { Outbox } from "../../src/objects/queue/outbox.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { SubscribedQueue } from "../support/fakes/subscribed-queue.ts";
import { alarmIn, between, broken, ring, rows } from "../support/objects/queue-outbox.ts";
import { queueStub } from "../support/objects/stubs.ts";

freezeClock();
interceptCalls();

const PAUSE = { op: "add", path: "/metadata/_paused", value: ["notifications"] };
const RESUME = { op: "remove", path: "/metadata/_paused" };

async function subscribed(metadata = {}): Promise<readonly [Queue, Receiver]> {
  const [orders, hook] = [await project().queue("orders", metadata), new Receiver()];
  await orders.subscribe(hook.url, { ttl: 100_000 });
  return [orders, hook];
}

describe("a queue that pauses notifications", () => {
  test("hands nothing over until it goes on, and then everything in post order", async () => {
    const [orders, hook] = await subscribed();
    await orders.post("a");
    await expect.poll(() => hook.bodies).toEqual(["a"]);
    await orders.patch(PAUSE);
    await orders.post("b");
    await orders.post("c");
    await ring(orders);
    expect(hook.bodies).toEqual(["a"]);
    await orders.patch(RESUME);
    await expect.poll(() => hook.bodies).toEqual(["a", "b", "c"]);
  });

  test("stays so when its object restarts", async () => {
    const [orders, hook] = await subscribed({ _paused: ["notifications"] });
    await orders.post("a");
    await evictDurableObject(queueStub(orders));
    await ring(orders);
    await orders.post("b");
    await evictDurableObject(queueStub(orders));
    expect(hook.bodies).toEqual([]);
    await orders.patch(RESUME);
    await expect.poll(() => hook.bodies).toEqual(["a", "b"]);
  });

  test("goes on although its object restarts right after the change", async () => {
    const [orders, hook] = await subscribed({ _paused: ["notifications"] });
    await orders.post("a");
    const repair = between(orders, () => ({ accept: broken }));
    await orders.patch(RESUME);
    await evictDurableObject(queueStub(orders));
    repair();
    await ring(orders);
    await expect.poll(() => hook.bodies).toEqual(["a"]);
  });

  test("keeps messages for its subscribers that are deleted or expire meanwhile", async () => {
    const [orders, hook] = await subscribed({ _paused: ["notifications"] });
    const deleted = await orders.postOne("deleted");
    await orders.post({ body: "expired", ttl: 60 });
    await orders.delete(deleted);
    clock.advance({ seconds: 61 });
    await ring(orders);
    await ring(orders);
    expect(await orders.list()).toHoldBodies();
    await orders.patch(RESUME);
    await expect.poll(() => hook.bodies).toEqual(["deleted", "expired"]);
  });

  test("pushes nothing to connections", async () => {
    const orders = await project().queue("orders", { _paused: ["notifications"] });
    const socket = await connect(orders.project.id);
    await socket.subscribe("orders");
    await orders.post("a");
    // A reply, and no push before it.
    expect(await socket.ask("queue_get", { queue_name: "orders" })).toMatchObject({ headers: { status: 200 } });
    await orders.patch(RESUME);
    expect(await socket.pushed()).toMatchObject({ body: "a" });
  });

  test("wakes at intervals of ten minutes while it keeps what has expired, and removes it after the hand-over", async () => {
    const [orders, hook] = await subscribed({ _paused: ["notifications"] });
    await orders.post({ body: "a", ttl: 60 });
    clock.advance({ seconds: 61 });
    await ring(orders);
    expect(await alarmIn(orders)).toBe(600_000);
    await orders.patch(RESUME);
    await expect.poll(() => hook.bodies).toEqual(["a"]);
    clock.advance({ seconds: 600 });
    await ring(orders);
    expect(await rows(orders, "segment")).toEqual([]);
  });

  test("does not wake again and again for what it keeps", async () => {
    const [orders] = await subscribed({ _paused: ["notifications"] });
    await orders.post({ body: "a", ttl: 3600 });
    await ring(orders);
    expect(await alarmIn(orders)).toBeGreaterThan(60_000);
  });

  test("can be claimed from", async () => {
    const [orders] = await subscribed({ _paused: ["notifications"] });
    await orders.post("a");
    expect(await orders.claim()).toHoldBodies("a");
  });
});

test("a topic pauses notifications too", async () => {
  const [news, hook] = [await project().topic("news", { _paused: ["notifications"] }), new Receiver()];
  await news.subscribe(hook.url);
  await news.post("a");
  await ring(news);
  expect(hook.bodies).toEqual([]);
  await news.patch(RESUME);
  await expect.poll(() => hook.bodies).toEqual(["a"]);
});

describe("a pause that begins during a hand-over", () => {
  test.each([
    ["an up-to-date", false],
    ["a lagging", true],
  ])("lets %s subscription go on where it was, and skips nothing", async (_, lagging) => {
    const queue = new SubscribedQueue();
    queue.subscribe(1, { lagging });
    // Another subscription that has everything moves the shared cursor.
    queue.subscribe(2);
    queue.post("a", "b", "c", "d", "e", "f");
    const outbox = new Outbox(queue.deps());
    queue.accept = (subscription) => {
      if (subscription === 1) queue.isPaused = true;
      return "taken";
    };
    outbox.start({ lagging: true });
    await outbox.settle(1000);
    const before = bodiesTo(queue, 1);
    expect(before.length).toBeGreaterThan(0);
    expect(before.length).toBeLessThan(6);
    expect(outbox.isBehind).toBe(false);
    queue.isPaused = false;
    queue.accept = () => "taken";
    expect(outbox.isBehind).toBe(true);
    outbox.start({ lagging: true });
    await outbox.settle(1000);
    expect(bodiesTo(queue, 1)).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(bodiesTo(queue, 2)).toEqual(["a", "b", "c", "d", "e", "f"]);
  });

  test("does not make a subscription lag whose object fails then", async () => {
    const queue = new SubscribedQueue();
    queue.subscribe(1);
    queue.post("a");
    const outbox = new Outbox(queue.deps());
    queue.accept = () => {
      queue.isPaused = true;
      throw new Error("The object cannot be reached.");
    };
    outbox.start({ lagging: true });
    await outbox.settle(1000);
    expect(queue.entry(1).lagging).toBe(false);
  });
});

function bodiesTo(queue: SubscribedQueue, subscription: number): readonly unknown[] {
  const batches = queue.handedOver.filter(([number]) => number === subscription);
  return batches.flatMap(([, ...bodies]) => bodies.map((body) => JSON.parse(body) as unknown));
}

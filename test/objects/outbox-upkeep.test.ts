/** After hand-overs: rows are kept only as long as they are needed, and alarms are set only if they are needed. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub, rowCounts } from "../support/objects/stubs.ts";
import { alarmIn, between, broken, ring, rows } from "../support/objects/queue-outbox.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { numbered, project } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

describe("messages without a subscriber", () => {
  test("are not kept for a subscriber of later ones", async () => {
    const [orders, hook] = [await project().queue(), new Receiver(410, 200)];
    await orders.subscribe(hook.url, { ttl: 1_000_000 });
    await orders.post("refused");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ disabled: 1 }]);
    await orders.post({ body: "expires", ttl: 60 });
    await orders.post("popped");
    await orders.subscribe(hook.url);
    await orders.pop(5);
    clock.advance({ seconds: 61 });
    await runDurableObjectAlarm(queueStub(orders));
    expect(await rows(orders, "segment")).toEqual([]);
    await ring(orders);
    expect(await alarmIn(orders)).toBeGreaterThan(600_000);
  });
});

test("an object that cannot be told of its subscription's end does not keep others from being told", async () => {
  const orders = await project().queue();
  const ids: string[] = [];
  for (const path of numbered(3)) ids.push(await orders.subscribe(`${new Receiver().url}/${path}`));
  const ended: string[] = [];
  between(orders, (_, id) => ({
    end: async () => (id === ids[0] ? broken() : void ended.push(id)),
  }));
  await orders.purge("subscriptions");
  expect(ended).toEqual(ids.slice(1));
  expect(await rows(orders, "farewell")).toEqual([{ id: ids[0], finish: 0 }]);
  expect(await alarmIn(orders)).toBe(10_000);
});

test("expired messages without a subscriber are removed, also when the object sleeps in between", async () => {
  const [orders, hook] = [await project().queue(), new Receiver(200, 410)];
  await orders.subscribe(hook.url, { ttl: 10_000_000 });
  await orders.post({ body: "lasts", ttl: 1_000_000 });
  await expect.poll(() => rows(orders, "outbox")).toMatchObject([{ handed: 1 }]);
  // From now on a row says that nothing expires soon.
  await ring(orders);
  await orders.post({ body: "refused", ttl: 1_000_000 });
  await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ disabled: 1 }]);
  for (const body of numbered(3)) {
    await orders.post({ body, ttl: 60 });
    await evictDurableObject(queueStub(orders));
    clock.advance({ seconds: 120 });
    await runDurableObjectAlarm(queueStub(orders));
  }
  expect(await rows(orders, "segment")).toHaveLength(2);
});

test("messages kept for a lagging subscriber cost the others no reads", async () => {
  const [orders, slow, quick] = [await project().queue(), new Receiver(), new Receiver()];
  const lagging = await orders.subscribe(slow.url);
  await orders.subscribe(quick.url);
  let isFull = true;
  between(orders, (stub, id) => ({
    accept: async (batch) => (id === lagging && isFull ? "full" : stub.accept(batch)),
  }));
  const reads: number[] = [];
  for (const body of numbered(20)) {
    const before = (await rowCounts(orders)).read;
    await orders.post(body);
    await orders.pop(1);
    await expect.poll(() => rows(orders, "outbox")).toMatchObject([{ handed: reads.length + 1 }]);
    reads.push((await rowCounts(orders)).read - before);
  }
  expect(await rows(orders, "segment")).toHaveLength(20);
  expect(reads.at(-1)).toBeLessThan((reads.at(1) ?? 0) + 10);
  isFull = false;
  await ring(orders);
  await expect.poll(() => rows(orders, "segment")).toEqual([]);
  expect(slow.bodies).toEqual(numbered(20));
});

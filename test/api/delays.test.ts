/** Delayed queues. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

function delayedQueue(): Promise<Queue> {
  return project().queue("orders", { _default_message_delay: 100 });
}

test("a message of a delayed queue stays hidden until its delay is over, to the millisecond", async () => {
  const orders = await delayedQueue();
  await orders.post("a");
  clock.advance({ seconds: 99, ms: 999 });
  expect(await orders.list()).toHoldBodies();
  expect(await orders.claim()).toHoldBodies();
  expect(await orders.pop()).toHoldBodies();
  clock.advance({ ms: 1 });
  expect(await orders.list()).toHoldBodies("a");
  expect(await orders.claim()).toHoldBodies("a");
});

test("it is shown by its id, and in lists with include_delayed", async () => {
  const orders = await delayedQueue();
  const id = await orders.postOne("a");
  expect(await orders.get(id)).toMatchObject({ body: "a", age: 0 });
  expect(await orders.getMany([id])).toHoldBodies("a");
  expect(await orders.list({ include_delayed: true })).toHoldBodies("a");
  expect(await orders.list({ include_delayed: false })).toHoldBodies();
});

test("its age and its ttl count from the post", async () => {
  const orders = await delayedQueue();
  await orders.post({ body: "a", ttl: 110 });
  clock.advance({ seconds: 100 });
  expect(await orders.list()).toMatchObject([{ age: 100, ttl: 110 }]);
  clock.advance({ seconds: 10 });
  expect(await orders.list()).toHoldBodies();
});

test("a message whose life ends within its delay is never seen", async () => {
  const orders = await delayedQueue();
  await orders.post({ body: "a", ttl: 60 });
  clock.advance({ seconds: 100 });
  expect(await orders.list({ include_delayed: true })).toHoldBodies();
  expect(await orders.claim()).toHoldBodies();
});

test("a message's own delay has precedence over the queue's", async () => {
  const orders = await delayedQueue();
  await orders.post({ body: "now", delay: 0 }, { body: "soon", delay: 10 }, "later", { body: "last", delay: 900 });
  expect(await orders.list()).toHoldBodies("now");
  clock.advance({ seconds: 10 });
  expect(await orders.list()).toHoldBodies("now", "soon");
  clock.advance({ seconds: 90 });
  expect(await orders.list()).toHoldBodies("now", "soon", "later");
  clock.advance({ seconds: 800 });
  expect(await orders.list()).toHoldBodies("now", "soon", "later", "last");
});

test("a message keeps its place in the order when its delay is over", async () => {
  const orders = await delayedQueue();
  await orders.post("first");
  await orders.post({ body: "second", delay: 0 });
  const claim = await orders.claim();
  expect(claim).toHoldBodies("second");
  await claim.release();
  clock.advance({ seconds: 100 });
  expect(await orders.claim({ limit: 1 })).toHoldBodies("first");
  expect(await orders.claim({ limit: 1 })).toHoldBodies("second");
});

test("a page passes over delayed messages and is full", async () => {
  const orders = await delayedQueue();
  await orders.post("d", "d", { body: "a", delay: 0 }, "d", { body: "b", delay: 0 });
  expect(await orders.list({ limit: 2 })).toHoldBodies("a", "b");
});

test.each([
  '{"body":1,"delay":"x"}',
  '{"body":1,"delay":901}',
  '{"body":1,"delay":-1}',
  '{"body":1,"delay":null}',
  '{"body":1,"delay":60}',
])("a queue without a default delay ignores a message's delay, whatever it is: %s", async (message) => {
  for (const metadata of [{}, { _default_message_delay: 0 }]) {
    const orders = await project().queue("orders", metadata);
    expect(await orders.send("POST", "/messages", { body: `{"messages":[${message}]}` })).toAnswer(201);
    expect(await orders.list()).toHoldBodies(1);
  }
});

describe("on a delayed queue a delay", () => {
  test.each([0, 900, true])("of %j is accepted", async (delay) => {
    const orders = await delayedQueue();
    expect(await orders.send("POST", "/messages", { body: { messages: [{ body: 1, delay }] } })).toAnswer(201);
  });

  test.each([
    ["-1", "Invalid API request"],
    ["901", "Invalid API request"],
    ['"x"', "Invalid request body"],
    ["null", "Invalid request body"],
    ["60.0", "Invalid request body"],
  ])("of %s is refused", async (delay, title) => {
    const orders = await delayedQueue();
    const answer = await orders.send("POST", "/messages", { body: `{"messages":[{"body":1,"delay":${delay}}]}` });
    expect(answer).toRefuse(400, title);
    expect(await orders.list({ include_delayed: true })).toHoldBodies();
  });

  test("is checked after the ttl and the body", async () => {
    const orders = await delayedQueue();
    const answer = await orders.send("POST", "/messages", { body: '{"messages":[{"delay":"x"}]}' });
    expect(answer.json).toMatchObject({ description: expect.stringMatching(/body/) });
  });
});

describe("the next link", () => {
  test.each([
    [{}, "echo=true"],
    [{ include_delayed: true }, "echo=true&include_delayed=true"],
    [{ include_delayed: false }, "echo=true&include_delayed=false"],
  ])("of a delayed queue's list repeats include_delayed only as asked: %j", async (query, next) => {
    const orders = await delayedQueue();
    const id = await orders.postOne({ body: "a", delay: 0 });
    expect((await orders.page(query)).next).toBe(`/v2/queues/orders/messages?${next}&marker=${id}`);
  });
});

test("a queue that gets its delay later hides only what is posted from then on", async () => {
  const orders = await project().queue();
  await orders.post("before");
  await orders.patch({ op: "add", path: "/metadata/_default_message_delay", value: 100 });
  await orders.post("after");
  expect(await orders.list()).toHoldBodies("before");
});

test("when a queue's delay is removed, hidden messages are listed, and claimed once their delay is over", async () => {
  const orders = await delayedQueue();
  await orders.post("a");
  await orders.patch({ op: "remove", path: "/metadata/_default_message_delay" });
  expect(await orders.list()).toHoldBodies("a");
  clock.advance({ seconds: 100 });
  expect(await orders.claim()).toHoldBodies("a");
});

test("a delayed message that was deleted, or that expired, does not stand in the way of those behind it", async () => {
  const orders = await delayedQueue();
  const deleted = await orders.postOne("deleted");
  await orders.post({ body: "expired", ttl: 60 });
  expect(await orders.claim()).toHoldBodies();
  await orders.delete(deleted);
  clock.advance({ seconds: 60 });
  await runDurableObjectAlarm(queueStub(orders));
  await orders.post({ body: "behind", delay: 0 });
  clock.advance({ seconds: 40 });
  expect(await orders.claim()).toHoldBodies("behind");
});

/** Redrive: dead letters return to their queues. Ours (docs/COMPATIBILITY.md). */
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { bury, ended, order, redrive, shown } from "../support/drivers/redrives.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { bodiesOf, numbered, project } from "../support/drivers/zaqar-client.ts";

freezeClock();

describe("a redrive", () => {
  test("moves the messages to the target, in their order", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a", "b", "c");
    const answer = await order(dead, { target: "second" });
    expect(answer).toAnswer(202);
    expect(answer.headers.get("Location")).toBe("/v2/queues/dead/redrive");
    expect(answer.json).toEqual({
      status: "running",
      moved: 0,
      remaining: 3,
      target: "second",
      max_messages: null,
      messages_per_second: null,
      started_at: new Date().toISOString().replace(".000", ""),
      finished_at: null,
    });
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 3, remaining: 0 });
    expect(await owner.missingQueue("second").list()).toHoldBodies("a", "b", "c");
    expect(await dead.list()).toHoldBodies();
  });

  test("creates its target, which is listed, and does not change one that exists", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a");
    const orders = await owner.queue("kept", { team: "ops" });
    await redrive(dead, { target: "kept" });
    await ended(dead);
    expect(await orders.metadata()).toMatchObject({ team: "ops" });
    await redrive(dead, { target: "new" });
    expect(await owner.queueNames()).toEqual(["dead", "kept", "new", "orders"]);
  });

  test("keeps id, body, age and remaining ttl, and the message can be claimed again", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", { body: { n: 1 }, ttl: 1000 });
    const [{ id } = { id: "" }] = await dead.list();
    clock.advance({ seconds: 400 });
    await redrive(dead);
    await ended(dead);
    const orders = owner.missingQueue("orders");
    const href = `/v2/queues/orders/messages/${id}`;
    expect(await orders.get(id)).toEqual({ id, href, ttl: 1000, age: 400, body: { n: 1 } });
    expect(await dead.get(id)).toBeNull();
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    expect(claim).toHoldBodies({ n: 1 });
    await claim.release();
    expect(await orders.claim()).toHoldBodies();
    await expect.poll(() => dead.get(id)).toMatchObject({ id });
    clock.advance({ seconds: 599 });
    expect(await dead.get(id)).not.toBeNull();
    clock.advance({ seconds: 1 });
    expect(await dead.get(id)).toBeNull();
  });

  test("resets the claim count of moved messages", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a");
    await redrive(dead);
    await ended(dead);
    expect(await owner.missingQueue("orders").pop()).toMatchObject([{ body: "a", claim_count: 0 }]);
  });

  test("moves the messages that were there and free when it began, not claimed or later ones", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "claimed", "a", "b");
    const claim = await dead.claim({ limit: 1 });
    await redrive(dead, { target: "second", messages_per_second: 1 });
    await expect.poll(async () => (await shown(dead)).moved).toBe(1);
    await dead.post("later");
    clock.advance({ seconds: 1 });
    await runDurableObjectAlarm(queueStub(dead));
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 2 });
    expect(await owner.missingQueue("second").list()).toHoldBodies("a", "b");
    await claim.release();
    expect(await dead.list()).toHoldBodies("claimed", "later");
  });

  test("ends although its last messages are gone and many later ones have been posted", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a", "b");
    const [, last] = await dead.list();
    await redrive(dead, { target: "second", messages_per_second: 1 });
    await expect.poll(async () => (await shown(dead)).moved).toBe(1);
    await dead.delete(last?.id ?? "");
    for (const body of numbered(40)) await dead.post(body);
    clock.advance({ seconds: 1 });
    await runDurableObjectAlarm(queueStub(dead));
    expect(await shown(dead)).toMatchObject({ status: "done", moved: 1 });
    expect((await dead.stats()).total).toBe(40);
  });

  test("skips what it does not move, however much that is", async () => {
    const owner = project();
    const dead = await owner.queue("dead");
    for (const body of numbered(70)) await dead.post(body);
    await bury(owner, "orders", "a");
    expect(await redrive(dead)).toMatchObject({ remaining: 71 });
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 1 });
    expect(await owner.missingQueue("orders").list()).toHoldBodies("a");
  });

  test("leaves delayed messages alone", async () => {
    const owner = project();
    const slow = await owner.queue("slow", { _default_message_delay: 100 });
    await slow.post({ body: "delayed", delay: 60 }, { body: "now", delay: 0 });
    await redrive(slow, { target: "second" });
    expect(await ended(slow)).toMatchObject({ moved: 1 });
    expect(await owner.missingQueue("second").list()).toHoldBodies("now");
  });

  test.each([
    [2, 2, ["c"]],
    [3, 3, []],
    [4, 3, []],
  ])("of at most %i messages moves %i of three", async (max, moved, left) => {
    const owner = project();
    const dead = await bury(owner, "orders", "a", "b", "c");
    expect(await redrive(dead, { max_messages: max })).toMatchObject({ remaining: moved, max_messages: max });
    expect(await ended(dead)).toMatchObject({ status: "done", moved });
    expect(await dead.list()).toHoldBodies(...left);
  });

  test("of more messages than one step moves, moves each once", async () => {
    const owner = project();
    const bodies = numbered(150);
    const dead = await bury(owner, "orders", ...bodies);
    await redrive(dead);
    expect(await ended(dead)).toMatchObject({ moved: 150 });
    const popped: unknown[] = [];
    for (let count = 0; count < 8; count++) popped.push(...bodiesOf(await owner.missingQueue("orders").pop(20)));
    expect(popped).toEqual(bodies);
  });

  test("of an empty queue is done at once", async () => {
    const empty = await project().queue("empty");
    expect(await redrive(empty, { target: "second" })).toMatchObject({ remaining: 0 });
    const now = new Date().toISOString().replace(".000", "");
    expect(await ended(empty)).toMatchObject({ status: "done", moved: 0, finished_at: now });
  });
});

describe("without a target", () => {
  test("each message returns to the queue it was posted to", async () => {
    const owner = project();
    await bury(owner, "orders", "o1", "o2");
    const dead = await bury(owner, "invoices", "i1");
    await bury(owner, "orders", "o3");
    await redrive(dead);
    expect(await ended(dead)).toMatchObject({ moved: 4, target: null });
    expect(await owner.missingQueue("orders").list()).toHoldBodies("o1", "o2", "o3");
    expect(await owner.missingQueue("invoices").list()).toHoldBodies("i1");
  });

  test("messages posted to this queue stay, and so do those that came by another queue", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a");
    await dead.post("own");
    const second = owner.missingQueue("second");
    await redrive(dead, { target: "second", max_messages: 1 });
    await ended(dead);
    await redrive(dead);
    expect(await ended(dead)).toMatchObject({ status: "done", moved: 0 });
    expect(await dead.list()).toHoldBodies("own");
    await redrive(second);
    expect(await ended(second)).toMatchObject({ status: "done", moved: 0 });
    expect(await second.list()).toHoldBodies("a");
  });

  test("a queue that is its own dead-letter queue keeps its messages", async () => {
    const round = await project().queue("round", { _max_claim_count: 1, _dead_letter_queue: "round" });
    await round.post("a");
    await (await round.claim()).release();
    await round.claim();
    await expect.poll(() => round.list()).toHaveLength(1);
    await redrive(round);
    expect(await ended(round)).toMatchObject({ moved: 0 });
    expect(await round.list()).toHoldBodies("a");
  });

  test("a queue that was deleted in the meantime is created again", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a");
    const orders = owner.missingQueue("orders");
    await orders.remove();
    await redrive(dead);
    await ended(dead);
    expect(await orders.list()).toHoldBodies("a");
    expect(await owner.queueNames()).toEqual(["dead", "orders"]);
  });
});

test("a limited rate moves one second's worth at once, and the same every second", async () => {
  const owner = project();
  const dead = await bury(owner, "orders", ...numbered(50));
  const second = async (seconds: number): Promise<number> => {
    clock.advance({ seconds });
    await runDurableObjectAlarm(queueStub(dead));
    return (await shown(dead)).moved;
  };
  await redrive(dead, { messages_per_second: 20 });
  await expect.poll(async () => (await shown(dead)).moved).toBe(20);
  expect(await second(0)).toBe(20);
  expect(await second(1)).toBe(40);
  expect(await shown(dead)).toMatchObject({ status: "running", remaining: 10 });
  expect(await second(60)).toBe(50);
  expect(await ended(dead)).toMatchObject({ status: "done", moved: 50 });
});

describe("a running redrive", () => {
  test("refuses another one until it has ended", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a", "b");
    await redrive(dead, { messages_per_second: 1 });
    expect(await order(dead, { target: "elsewhere" })).toRefuse(409, "Resource conflict");
    expect(await owner.queueNames()).not.toContain("elsewhere");
    expect(await dead.send("DELETE", "/redrive")).toAnswer(204);
    expect(await redrive(dead)).toMatchObject({ messages_per_second: null, finished_at: null });
    expect(await ended(dead)).toMatchObject({ status: "done" });
    expect(await owner.missingQueue("orders").list()).toHoldBodies("a", "b");
  });

  test("can be canceled: what was moved stays moved, the rest stays", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a", "b", "c");
    await redrive(dead, { messages_per_second: 1 });
    await expect.poll(async () => (await owner.missingQueue("orders").list()).length).toBe(1);
    expect(await dead.send("DELETE", "/redrive")).toAnswer(204);
    const canceled = await shown(dead);
    expect(canceled).toMatchObject({ status: "canceled", moved: 1, remaining: 0 });
    clock.advance({ seconds: 60 });
    await runDurableObjectAlarm(queueStub(dead));
    expect(await shown(dead)).toEqual(canceled);
    expect(await dead.send("DELETE", "/redrive")).toAnswer(204);
    expect(await shown(dead)).toEqual(canceled);
    expect(await dead.list()).toHoldBodies("b", "c");
  });

  test("ends when a purge removes the rest", async () => {
    const owner = project();
    const dead = await bury(owner, "orders", "a", "b", "c");
    await redrive(dead, { messages_per_second: 1 });
    await expect.poll(async () => (await shown(dead)).moved).toBe(1);
    await dead.purge("messages");
    expect(await shown(dead)).toMatchObject({ status: "running", remaining: 0 });
    clock.advance({ seconds: 1 });
    await runDurableObjectAlarm(queueStub(dead));
    expect(await shown(dead)).toMatchObject({ status: "done", moved: 1 });
  });

  // The signing generation of a queue outlives it, so its other rows are deleted one table after the other.
  test.each([{}, { _signing_generation: 1 }])(
    "ends with its queue, whose successor knows nothing of it",
    async (metadata) => {
      const owner = project();
      const dead = await owner.queue("dead", metadata);
      await bury(owner, "orders", "a", "b");
      await redrive(dead, { messages_per_second: 1 });
      await expect.poll(async () => (await shown(dead)).moved).toBe(1);
      await dead.remove();
      expect(await dead.send("GET", "/redrive")).toRefuse(404, "Not found");
      await owner.queue("dead");
      expect(await dead.send("GET", "/redrive")).toRefuse(404, "Not found");
      expect(await owner.missingQueue("orders").list()).toHoldBodies("a");
    },
  );
});

describe("the request", () => {
  test.each([
    ["a target that is no name", { target: "no name" }],
    ["a target that is no text", { target: 5 }],
    ["a target that no queue can be called any more", { target: ".." }],
    ["the queue itself as target", { target: "dead" }],
    ["no message", { max_messages: 0 }],
    ["half a message", { max_messages: 1.5 }],
    ["a number in quotes", { max_messages: "1" }],
    ["a rate of none", { messages_per_second: 0 }],
    ["a negative rate", { messages_per_second: -1 }],
    ["an unknown member", { targets: "orders" }],
    ["a list", []],
  ])("with %s is refused and changes nothing", async (_, body) => {
    const dead = await project().queue("dead");
    expect(await order(dead, body)).toRefuse(400, "Invalid request body");
    expect(await dead.send("GET", "/redrive")).toRefuse(404, "Not found");
  });

  test.each([
    ["nothing", {}],
    ["nulls", { target: null, max_messages: null, messages_per_second: null }],
    ["the least", { max_messages: 1, messages_per_second: 1 }],
    ["the most", { max_messages: Number.MAX_SAFE_INTEGER, messages_per_second: Number.MAX_SAFE_INTEGER }],
  ])("with %s is accepted", async (_, body) => {
    const dead = await bury(project(), "orders", "a");
    await redrive(dead, body);
    expect(await ended(dead)).toMatchObject({ moved: 1 });
  });

  test("about a queue that does not exist is refused, its cancellation is not", async () => {
    const missing = project().missingQueue("dead");
    for (const body of [{}, { target: "orders" }]) expect(await order(missing, body)).toRefuse(404, "Not found");
    expect(await missing.send("GET", "/redrive")).toRefuse(404, "Not found");
    expect(await missing.send("DELETE", "/redrive")).toAnswer(204);
    expect(await missing.project.queueNames()).toEqual([]);
  });
});

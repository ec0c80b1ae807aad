/** Dead-letter queues: messages that were claimed too often move there. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { project, type Metadata, type Project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/** A queue that sends its messages to `dead` after two claims. */
function queue(owner: Project = project(), metadata: Metadata = {}): Promise<Queue> {
  return owner.queue("orders", { _max_claim_count: 2, _dead_letter_queue: "dead", ...metadata });
}

async function claimAndRelease(orders: Queue, times: number): Promise<void> {
  for (let count = 0; count < times; count++) await (await orders.claim()).release();
}

/** Claims the messages of `queue()` until they move. */
async function wearOut(orders: Queue): Promise<void> {
  await claimAndRelease(orders, 2);
  expect(await orders.claim()).toHoldBodies();
}

/** Messages move to another object after the claim is answered, so the test waits for their arrival. */
function arrived(dead: Queue) {
  return expect.poll(async () => (await dead.list()).map((message) => message.body));
}

test("claim number max + 1 moves the message and is 204 when nothing else is left", async () => {
  const owner = project();
  const orders = await queue(owner);
  await orders.post("a");
  expect(await orders.claim()).toHoldBodies("a");
  clock.advance({ seconds: 300 });
  expect(await orders.claim()).toHoldBodies("a");
  clock.advance({ seconds: 300 });
  expect(await orders.send("POST", "/claims")).toAnswer(204);
  expect(await orders.stats()).toMatchObject({ total: 0 });
  await arrived(owner.missingQueue("dead")).toEqual(["a"]);
});

test("the message keeps its id, body and age, and is unclaimed where it arrives", async () => {
  const owner = project();
  const orders = await queue(owner);
  const id = await orders.postOne({ body: { n: 1 }, ttl: 10_000 });
  await claimAndRelease(orders, 2);
  clock.advance({ seconds: 30 });
  await orders.claim();
  const dead = owner.missingQueue("dead");
  await arrived(dead).toEqual([{ n: 1 }]);
  expect(await dead.get(id)).toEqual({
    id,
    href: `/v2/queues/dead/messages/${id}`,
    ttl: 10_000,
    age: 30,
    body: { n: 1 },
  });
  expect(await orders.get(id)).toBeNull();
  expect(await dead.claim()).toHoldBodies({ n: 1 });
});

test("the move creates the dead-letter queue, listed among the project's queues", async () => {
  const owner = project();
  const orders = await queue(owner);
  await orders.post("a");
  await wearOut(orders);
  await expect.poll(() => owner.queueNames()).toEqual(["dead", "orders"]);
});

test("a dead-letter queue that exists keeps its metadata and its messages", async () => {
  const owner = project();
  const dead = await owner.queue("dead", { team: "ops" });
  await dead.post("first");
  const orders = await queue(owner);
  await orders.post("a");
  await wearOut(orders);
  await arrived(dead).toEqual(["first", "a"]);
  expect(await dead.metadata()).toMatchObject({ team: "ops" });
});

test("moved messages count against the limit, so a claim may get fewer", async () => {
  const orders = await queue();
  await orders.post("old 1", "old 2");
  await claimAndRelease(orders, 2);
  await orders.post("new 1", "new 2");
  expect(await orders.claim({ limit: 3 })).toHoldBodies("new 1");
  expect(await orders.claim({ limit: 3 })).toHoldBodies("new 2");
});

test.each([1, 1500])("a claim that finds only dead letters goes on to the next message: %i of them", async (count) => {
  const owner = project();
  const orders = await queue(owner);
  for (let at = 0; at < count; at += 500)
    await orders.post(...Array.from({ length: Math.min(500, count - at) }, (_, index) => `old ${at + index}`));
  for (let claims = 0; claims < 2; claims++) {
    for (let claimed = 0; claimed < count; claimed += 20) await orders.claim({ limit: 20 });
    clock.advance({ seconds: 300 });
  }
  await orders.post("new");
  expect(await orders.claim({ limit: 1 })).toHoldBodies("new");
  await expect.poll(async () => (await owner.missingQueue("dead").stats()).total).toBe(count);
});

test("messages arrive in their order", async () => {
  const owner = project();
  const orders = await queue(owner);
  await orders.post("a", "b", "c");
  await wearOut(orders);
  await arrived(owner.missingQueue("dead")).toEqual(["a", "b", "c"]);
});

test("with a maximum of 0 the first claim moves the message", async () => {
  const owner = project();
  const orders = await queue(owner, { _max_claim_count: 0 });
  await orders.post("a");
  expect(await orders.claim()).toHoldBodies();
  await arrived(owner.missingQueue("dead")).toEqual(["a"]);
});

test.each([
  ["only the count", { _max_claim_count: 1 }],
  ["only the queue", { _dead_letter_queue: "dead" }],
  ["both, but null", { _max_claim_count: null, _dead_letter_queue: null }],
  ["a count, and null for the queue", { _max_claim_count: 1, _dead_letter_queue: null }],
  ["a queue, and null for the count", { _max_claim_count: null, _dead_letter_queue: "dead" }],
])("with %s nothing is counted and nothing moves", async (_, metadata) => {
  const orders = await project().queue("orders", metadata);
  await orders.post("a");
  await claimAndRelease(orders, 5);
  expect(await orders.pop()).toMatchObject([{ body: "a", claim_count: 0 }]);
});

test.each(["no name", "", 5, { a: 1 }])(
  "a dead-letter queue called %j cannot be, so nothing gets lost",
  async (name) => {
    const orders = await queue(project(), { _dead_letter_queue: name });
    await orders.post("a");
    await claimAndRelease(orders, 5);
    expect(await orders.list()).toHoldBodies("a");
  },
);

describe("the count", () => {
  test("is kept when a claim is released or runs out", async () => {
    const orders = await queue();
    await orders.post("a");
    await claimAndRelease(orders, 1);
    await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 60 });
    expect(await orders.pop()).toMatchObject([{ claim_count: 2 }]);
  });

  test("is kept, and not raised, by a renewal", async () => {
    const orders = await queue();
    await orders.post("a");
    const claim = await orders.claim();
    for (let count = 0; count < 3; count++) await claim.renew();
    await claim.release();
    expect(await orders.pop()).toMatchObject([{ claim_count: 1 }]);
  });

  test("starts when both keys are set", async () => {
    const orders = await project().queue();
    await orders.post("a");
    await claimAndRelease(orders, 3);
    await orders.patch(
      { op: "add", path: "/metadata/_max_claim_count", value: 1 },
      { op: "add", path: "/metadata/_dead_letter_queue", value: "dead" },
    );
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("starts anew in the dead-letter queue", async () => {
    const owner = project();
    const orders = await queue(owner);
    await orders.post("a");
    await wearOut(orders);
    const dead = owner.missingQueue("dead");
    await arrived(dead).toEqual(["a"]);
    expect(await dead.pop()).toMatchObject([{ body: "a", claim_count: 0 }]);
  });
});

describe("the life of a moved message", () => {
  test("is not changed without _dead_letter_queue_messages_ttl", async () => {
    const owner = project();
    const orders = await queue(owner);
    await orders.post({ body: "a", ttl: 1000 });
    await claimAndRelease(orders, 2);
    clock.advance({ seconds: 500 });
    await orders.claim();
    const dead = owner.missingQueue("dead");
    await arrived(dead).toEqual(["a"]);
    clock.advance({ seconds: 499 });
    expect(await dead.list()).toHoldBodies("a");
    clock.advance({ seconds: 1 });
    expect(await dead.list()).toHoldBodies();
  });

  test("is _dead_letter_queue_messages_ttl, counted from the move", async () => {
    const owner = project();
    const orders = await queue(owner, { _dead_letter_queue_messages_ttl: 5000 });
    const id = await orders.postOne({ body: "a", ttl: 1000 });
    await claimAndRelease(orders, 2);
    clock.advance({ seconds: 500 });
    await orders.claim();
    const dead = owner.missingQueue("dead");
    await arrived(dead).toEqual(["a"]);
    clock.advance({ seconds: 4999 });
    expect(await dead.get(id)).toMatchObject({ ttl: 5000, age: 5499 });
    clock.advance({ seconds: 1 });
    expect(await dead.get(id)).toBeNull();
  });
});

test("a queue may be its own dead-letter queue", async () => {
  const orders = await queue(project(), { _dead_letter_queue: "orders" });
  await orders.post("a");
  await wearOut(orders);
  await arrived(orders).toEqual(["a"]);
});

test("dead letters of dead letters move on", async () => {
  const owner = project();
  const orders = await queue(owner, { _max_claim_count: 0 });
  const dead = await owner.queue("dead", { _max_claim_count: 0, _dead_letter_queue: "deader" });
  await orders.post("a");
  await orders.claim();
  await arrived(dead).toEqual(["a"]);
  await dead.claim();
  await arrived(owner.missingQueue("deader")).toEqual(["a"]);
});

describe("queues that are each other's dead-letter queues", () => {
  /** Two queues, each the dead-letter queue of the other. A message moves when it is claimed for the second time. */
  async function cycle(): Promise<readonly [Queue, Queue]> {
    const owner = project();
    const link = { _max_claim_count: 1, _dead_letter_queue_messages_ttl: 60 };
    const a = await owner.queue("a", { ...link, _dead_letter_queue: "b" });
    return [a, await owner.queue("b", { ...link, _dead_letter_queue: "a" })];
  }

  /** Claims a message twice wherever it is. Returns whether both claims got it, so that it has not moved. */
  async function workOn(place: Queue): Promise<boolean> {
    const bodies: number[] = [];
    for (let time = 0; time < 2; time++) {
      const claim = await place.claim();
      bodies.push(claim.messages.length);
      if (claim.messages.length > 0) await claim.release();
    }
    return bodies.every((count) => count === 1);
  }

  test("pass a message on five times; then it stays, can be claimed, and expires", async () => {
    const [a, b] = await cycle();
    const id = await a.postOne("round");
    for (let move = 0; move < 5; move++) {
      const [from, to] = move % 2 === 0 ? [a, b] : [b, a];
      expect(await workOn(from)).toBe(false);
      await expect.poll(async () => (await to.stats()).total).toBe(1);
    }
    expect(await workOn(b)).toBe(true);
    expect(await workOn(b)).toBe(true);
    expect(await b.get(id)).toMatchObject({ body: "round" });
    // Its claims have extended its life until then.
    clock.advance({ seconds: 360 });
    expect(await b.get(id)).toBeNull();
    expect(await a.stats()).toMatchObject({ total: 0 });
  });

  test("know how often it has moved after their objects slept", async () => {
    const [a, b] = await cycle();
    await a.post("round");
    for (let move = 0; move < 5; move++) {
      const [from, to] = move % 2 === 0 ? [a, b] : [b, a];
      await workOn(from);
      await expect.poll(async () => (await to.stats()).total).toBe(1);
      await evictDurableObject(queueStub(from));
      await evictDurableObject(queueStub(to));
    }
    expect(await workOn(b)).toBe(true);
  });
});

test("a queue stored with a negative _max_claim_count moves nothing, and can be corrected", async () => {
  const orders = await queue();
  await orders.post("a");
  await runInDurableObject(queueStub(orders), (_, state) => {
    const metadata = '{"_max_claim_count":-1,"_dead_letter_queue":"dead"}';
    state.storage.sql.exec("UPDATE queue SET metadata = ?", metadata);
  });
  await evictDurableObject(queueStub(orders));
  for (let time = 0; time < 3; time++) {
    const claim = await orders.claim();
    expect(claim).toHoldBodies("a");
    await claim.release();
  }
  const replaced = [{ op: "replace", path: "/metadata/_max_claim_count", value: -2 }] as const;
  await expect(orders.patch(...replaced)).rejects.toThrow("_max_claim_count must be at least 0");
  await orders.patch({ op: "replace", path: "/metadata/_max_claim_count", value: 0 });
  expect(await orders.claim()).toHoldBodies();
});

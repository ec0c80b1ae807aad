/** Settling a claim: its messages are deleted and released, at once or with a delay, in one request. Ours. */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { bodiesOf, project, type Claim, type Metadata, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/** A queue and a claim over its messages. */
async function claimOf(...bodies: readonly string[]): Promise<{ readonly orders: Queue; readonly claim: Claim }> {
  return claimIn({}, ...bodies);
}

async function claimIn(metadata: Metadata, ...bodies: readonly string[]) {
  const orders = await project().queue("orders", metadata);
  await orders.post(...bodies);
  return { orders, claim: await orders.claim() };
}

/** The id of the claim's message with this body. */
function idOf(claim: Claim, body: string): string {
  return claim.messages.find((message) => message.body === body)?.id ?? "";
}

async function heldBy(claim: Claim): Promise<unknown[]> {
  return bodiesOf((await claim.get())?.messages ?? []);
}

describe("a settlement", () => {
  test("deletes, releases, delays, and leaves the rest under the claim", async () => {
    const { orders, claim } = await claimOf("a", "b", "c", "d");
    const [a = "", b = "", c = ""] = claim.messages.map(({ id }) => id);
    expect(await claim.sendSettlement({ delete: [a], release: [{ ids: [b] }, { ids: [c], delay: 30 }] })).toAnswer(204);
    expect(await heldBy(claim)).toEqual(["d"]);
    expect(await orders.stats()).toMatchObject({ claimed: 1, free: 2, total: 3 });
    expect(await orders.claim()).toHoldBodies("b");
    clock.advance({ seconds: 29, ms: 999 });
    expect(await orders.claim()).toHoldBodies();
    clock.advance({ ms: 1 });
    expect(await orders.claim()).toHoldBodies("c");
  });

  test("of all messages ends the claim", async () => {
    const { claim } = await claimOf("a", "b");
    await claim.settle({ delete: [idOf(claim, "a")], release: [{ ids: [idOf(claim, "b")] }] });
    expect(await claim.get()).toBeNull();
    expect(await claim.send("PATCH", { body: {} })).toRefuse(404);
  });

  test("survives a restart of the queue", async () => {
    const { orders, claim } = await claimOf("a", "b", "c");
    await claim.settle({ delete: [idOf(claim, "a")], release: [{ ids: [idOf(claim, "b")], delay: 30 }] });
    await evictDurableObject(queueStub(orders));
    expect(await heldBy(claim)).toEqual(["c"]);
    expect(await orders.claim()).toHoldBodies();
    clock.advance({ seconds: 30 });
    expect(await orders.claim()).toHoldBodies("b");
  });

  test("may be repeated, also when the messages are claimed again", async () => {
    const { orders, claim } = await claimOf("a", "b");
    const settlement = { delete: [idOf(claim, "a")], release: [{ ids: [idOf(claim, "b")] }] };
    await claim.settle(settlement);
    const next = await orders.claim();
    await claim.settle(settlement);
    expect(await heldBy(next)).toEqual(["b"]);
  });

  test("accepts null for what it leaves out, and ids of no message", async () => {
    const { claim } = await claimOf("a");
    const release = [{ ids: [idOf(claim, "a"), "nothing"], delay: null, count: null }];
    expect(await claim.sendSettlement({ delete: null, release })).toAnswer(204);
    expect(await claim.get()).toBeNull();
  });

  test("of a missing queue has nothing to do, and creates nothing", async () => {
    const orders = project().missingQueue();
    const answer = await orders.send("POST", "/claims/5dfb4ae5/settle", { body: { delete: ["x"] } });
    expect(answer).toAnswer(204);
    expect(await orders.project.queueNames()).toEqual([]);
  });
});

describe("a message that is released with a delay", () => {
  test("is listed with the delayed ones, and shown without a claim", async () => {
    const { orders, claim } = await claimOf("a");
    const id = idOf(claim, "a");
    await claim.settle({ release: [{ ids: [id], delay: 30 }] });
    expect(await orders.list()).toHoldBodies();
    expect(await orders.list({ include_claimed: true })).toHoldBodies();
    expect(await orders.list({ include_delayed: true })).toHoldBodies("a");
    expect((await orders.get(id))?.href).toBe(`/v2/queues/orders/messages/${id}`);
    expect(await orders.pop()).toHoldBodies();
    clock.advance({ seconds: 30 });
    expect(await orders.list()).toHoldBodies("a");
    expect(await orders.pop()).toHoldBodies("a");
  });

  test("is delayed in a queue with a default delay too, by the delay of the release", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 600 });
    await orders.post({ body: "a", delay: 0 });
    const next = await orders.claim();
    await next.settle({ release: [{ ids: [idOf(next, "a")], delay: 1 }] });
    expect(await orders.claim()).toHoldBodies();
    clock.advance({ seconds: 1 });
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("can be deleted without a claim, and purged", async () => {
    const { orders, claim } = await claimOf("a", "b");
    const ids = claim.messages.map(({ id }) => id);
    await claim.settle({ release: [{ ids, delay: 900 }] });
    await orders.delete(ids[0] ?? "");
    expect(await orders.list({ include_delayed: true })).toHoldBodies("b");
    await orders.purge("messages");
    expect(await orders.stats()).toMatchObject({ total: 0 });
  });

  test("expires when it would have expired anyway", async () => {
    const orders = await project().queue();
    await orders.post({ body: "a", ttl: 90 });
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    await claim.settle({ release: [{ ids: [idOf(claim, "a")], delay: 900 }] });
    clock.advance({ seconds: 89 });
    expect(await orders.stats()).toMatchObject({ free: 1 });
    clock.advance({ seconds: 1 });
    expect(await orders.stats()).toMatchObject({ total: 0 });
  });
});

describe("the claim count", () => {
  test.each([
    ["in a queue without dead letters", {}],
    ["in a queue with dead letters", { _max_claim_count: 9, _dead_letter_queue: "dead" }],
  ])("rises with a release, unless it is not to count (%s)", async (_, metadata) => {
    const { orders, claim } = await claimIn(metadata, "a", "b", "c");
    const release = [{ ids: [idOf(claim, "a")] }, { ids: [idOf(claim, "b")], count: false }];
    await claim.settle({ release: [...release, { ids: [idOf(claim, "c")], count: true }] });
    const counts = (await orders.pop()).map((message) => [message.body, message.claim_count]);
    expect(counts).toEqual([
      ["a", 1],
      ["b", 0],
      ["c", 1],
    ]);
  });

  test("of failures that are not to count never reaches the dead-letter queue", async () => {
    const orders = await project().queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" });
    await orders.post("a", "b");
    for (let round = 0; round < 3; round++) {
      const claim = await orders.claim();
      expect(claim).toHoldBodies(...(round === 0 ? ["a", "b"] : ["b"]));
      const counted = claim.messages.filter(({ body }) => body === "a").map(({ id }) => id);
      await claim.settle({ release: [{ ids: counted }, { ids: [idOf(claim, "b")], delay: 1, count: false }] });
      clock.advance({ seconds: 1 });
    }
    await expect.poll(() => orders.project.missingQueue("dead").list()).toHaveLength(1);
  });
});

describe("a settlement changes nothing if it deletes", () => {
  test("a message that another claim holds: 403", async () => {
    const { orders, claim } = await claimOf("a", "b");
    await orders.post("other");
    const other = await orders.claim();
    const settlement = { delete: [idOf(claim, "a"), idOf(other, "other")], release: [{ ids: [idOf(claim, "b")] }] };
    expect(await claim.sendSettlement(settlement)).toRefuse(403, "Unable to delete");
    expect([await heldBy(claim), await heldBy(other)]).toEqual([["a", "b"], ["other"]]);
  });

  test("a message that no claim holds: 400", async () => {
    const { orders, claim } = await claimOf("a");
    const free = await orders.postOne("free");
    expect(await claim.sendSettlement({ delete: [idOf(claim, "a"), free] })).toRefuse(400, "Unable to delete");
    expect(await heldBy(claim)).toEqual(["a"]);
  });

  test("a message of a claim that is over: 404, until the message is gone", async () => {
    const { orders, claim } = await claimOf("a", "b");
    clock.advance({ seconds: 300 });
    const settlement = { delete: [idOf(claim, "a")], release: [{ ids: [idOf(claim, "b")], delay: 30 }] };
    expect(await claim.sendSettlement(settlement)).toRefuse(404, "Not found");
    const next = await orders.claim();
    expect(next).toHoldBodies("a", "b");
    expect(await claim.sendSettlement(settlement)).toRefuse(404, "Not found");
    await next.settle({ delete: [idOf(next, "a")] });
    await claim.settle(settlement);
    expect(await heldBy(next)).toEqual(["b"]);
  });
});

describe("a settlement is refused", () => {
  const release = (members: object): object => ({ release: [{ ids: ["x"], ...members }] });

  test.each([
    ["without an id", {}],
    ["without an id in its lists", { delete: [], release: [{ ids: [] }] }],
    ["with an unknown member", { delete: ["x"], deletes: ["y"] }],
    ["with an unknown member of a release", release({ delays: 1 })],
    ["with a release without ids", { delete: ["x"], release: [{ delay: 3 }] }],
    ["with an id twice", { delete: ["x", "x"] }],
    ["with an id to delete and to release", { delete: ["x"], ...release({}) }],
    ["with ids that are not texts", { delete: [1] }],
    ["with a text for ids", release({ ids: "x" })],
    ["with a delay below 0", release({ delay: -1 })],
    ["with a delay above the maximum", release({ delay: 901 })],
    ["with a delay that is a fraction", release({ delay: 1.5 })],
    ["with a delay that is a text", release({ delay: "1" })],
    ["with a count that is no boolean", release({ count: 1 })],
    ["with more ids than a claim may have", { delete: Array.from({ length: 21 }, (_, index) => `x${index}`) }],
  ])("%s", async (_, body) => {
    const { orders, claim } = await claimOf("a");
    expect(await claim.sendSettlement(body)).toRefuse(400);
    expect(await heldBy(claim)).toEqual(["a"]);
    expect(await orders.stats()).toMatchObject({ total: 1 });
  });

  test.each([
    ["with as many ids as a claim may have", { delete: Array.from({ length: 20 }, (_, index) => `x${index}`) }],
    ["with the longest delay", release({ delay: 900 })],
  ])("but not %s", async (_, body) => {
    const { claim } = await claimOf("a");
    expect(await claim.sendSettlement(body)).toAnswer(204);
  });

  test("with a reason that names the member", async () => {
    const { claim } = await claimOf("a");
    const { json } = await claim.sendSettlement(release({ count: "no" }));
    expect((json as { description: string }).description).toBe(
      '`release.0.count` is not valid: it must be true or false, not "no".',
    );
  });
});

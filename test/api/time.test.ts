/** Messages, claims and delays end exactly at their instants, and a clock that is set back does no harm. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { clock, freezeClock } from "../support/clock.ts";
import { queueStub } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

describe("at the instant a message's ttl ends", () => {
  test("it is in no list, claim or pop, and counts nowhere", async () => {
    const orders = await project().queue();
    const id = await orders.postOne({ body: "a", ttl: 60 });
    await orders.post("b");
    clock.advance({ seconds: 59, ms: 999 });
    expect(await orders.list()).toHoldBodies("a", "b");
    expect(await orders.stats()).toMatchObject({ total: 2 });
    clock.advance({ ms: 1 });
    expect(await orders.list()).toHoldBodies("b");
    expect(await orders.list({ include_claimed: true, include_delayed: true })).toHoldBodies("b");
    expect(await orders.get(id)).toBeNull();
    expect(await orders.getMany([id])).toHoldBodies();
    expect(await orders.stats()).toMatchObject({ total: 1, free: 1 });
    expect(await orders.claim()).toHoldBodies("b");
  });

  test("it leaves the claim that holds it", async () => {
    const orders = await project().queue();
    await orders.post({ body: "a", ttl: 100 }, "b");
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 50 });
    await orders.patch({ op: "add", path: "/metadata/team", value: 1 });
    expect(await claim.get()).toHoldBodies("a", "b");
    clock.advance({ seconds: 10 });
    expect(await orders.list()).toHoldBodies("a", "b");
    clock.advance({ seconds: 40 });
    expect(await orders.list()).toHoldBodies("b");
  });

  test("messages of one post expire by their own ttls", async () => {
    const orders = await project().queue();
    await orders.post({ body: "a", ttl: 60 }, { body: "b", ttl: 120 }, { body: "c", ttl: 60 }, { body: "d", ttl: 180 });
    clock.advance({ seconds: 60 });
    expect(await orders.list()).toHoldBodies("b", "d");
    clock.advance({ seconds: 60 });
    expect(await orders.claim()).toHoldBodies("d");
  });
});

describe("at the instant a claim's ttl ends", () => {
  test("its messages are free again, in their old places", async () => {
    const orders = await project().queue();
    await orders.post("a", "b", "c", "d");
    await orders.claim({ limit: 1, ttl: 120, grace: 60 });
    await orders.claim({ limit: 2, ttl: 60, grace: 60 });
    clock.advance({ seconds: 59, ms: 999 });
    expect(await orders.list()).toHoldBodies("d");
    clock.advance({ ms: 1 });
    expect(await orders.list()).toHoldBodies("b", "c", "d");
    expect(await orders.stats()).toMatchObject({ claimed: 1, free: 3 });
    clock.advance({ seconds: 60 });
    expect(await orders.claim()).toHoldBodies("a", "b", "c", "d");
  });
});

describe("whether the object slept or its alarm rang makes no difference", () => {
  test("to what is alive, claimed and next", async () => {
    const orders = await project().queue();
    const ids = await orders.post({ body: "a", ttl: 60 }, "b", "c", "d");
    await orders.claim({ limit: 2, ttl: 90, grace: 60 });
    await orders.delete(ids[2] ?? "");
    for (const seconds of [0, 59, 1, 29, 1]) {
      clock.advance({ seconds });
      const before = [await orders.list(), await orders.list({ include_claimed: true }), await orders.stats()];
      await evictDurableObject(queueStub(orders));
      expect([await orders.list(), await orders.list({ include_claimed: true }), await orders.stats()]).toEqual(before);
      await runDurableObjectAlarm(queueStub(orders));
      expect([await orders.list(), await orders.list({ include_claimed: true }), await orders.stats()]).toEqual(before);
    }
  });

  test("to order: what is posted afterwards comes last", async () => {
    const orders = await project().queue();
    const first = await orders.postOne("a");
    await orders.delete(first);
    await evictDurableObject(queueStub(orders));
    await orders.post("b");
    await evictDurableObject(queueStub(orders));
    await orders.post("c");
    expect(await orders.list({ marker: first })).toHoldBodies("b", "c");
    expect(await orders.claim()).toHoldBodies("b", "c");
  });
});

describe("when the clock goes back by an hour", () => {
  test("no age is negative, and nothing is lost", async () => {
    const orders = await project().queue();
    const id = await orders.postOne("a");
    const claim = await orders.claim();
    clock.advance({ hours: -1 });
    expect((await orders.get(id))?.age).toBe(0);
    expect(await claim.get()).toMatchObject({ age: 0, messages: [{ body: "a", age: 0 }] });
    expect(await orders.stats()).toMatchObject({ claimed: 1, oldest: { age: 0 } });
  });

  test.each([false, true])(
    "a live claim stays exclusive, and may be renewed and released (object evicted: %s)",
    async (isEvicted) => {
      const orders = await project().queue();
      await orders.post("a");
      const claim = await orders.claim();
      clock.advance({ hours: -1 });
      if (isEvicted) await evictDurableObject(queueStub(orders));
      expect(await orders.claim()).toHoldBodies();
      expect(await orders.pop()).toHoldBodies();
      await claim.renew();
      expect(await orders.claim()).toHoldBodies();
      await claim.release();
      expect(await orders.claim()).toHoldBodies("a");
    },
  );

  test.each([false, true])(
    "what is posted then comes last, and can be claimed at once (object evicted: %s)",
    async (isEvicted) => {
      const orders = await project().queue();
      await orders.post("a");
      clock.advance({ hours: -1 });
      if (isEvicted) await evictDurableObject(queueStub(orders));
      await orders.post("b");
      expect(await orders.list()).toHoldBodies("a", "b");
      expect(await orders.claim()).toHoldBodies("a", "b");
    },
  );

  test.each([false, true])("a lapsed lease does not come back to life (object evicted: %s)", async (isEvicted) => {
    const orders = await project().queue();
    await orders.post("a");
    const lapsed = await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 60 });
    const claim = await orders.claim();
    clock.advance({ hours: -1 });
    if (isEvicted) await evictDurableObject(queueStub(orders));
    expect(await lapsed.get()).toBeNull();
    expect(await claim.get()).toHoldBodies("a");
    expect(await orders.claim()).toHoldBodies();
  });

  test("a queue that is deleted and created again gives different ids", async () => {
    const orders = await project().queue();
    const [id] = await orders.post("a");
    await orders.remove();
    clock.advance({ hours: -1 });
    await orders.post("b");
    expect(await orders.get(id ?? "")).toBeNull();
    expect(await orders.list()).toHoldBodies("b");
  });

  test("when it goes forward again, everything goes on", async () => {
    const orders = await project().queue();
    await orders.post({ body: "a", ttl: 7200 });
    clock.advance({ hours: -1 });
    await orders.post({ body: "b", ttl: 60 });
    clock.advance({ hours: 1 });
    await orders.post("c");
    clock.advance({ seconds: 60 });
    expect(await orders.list()).toHoldBodies("a", "c");
  });
});

describe("when the clock is a day ahead for one post, and then right again", () => {
  /** A queue with a post that was made while the clock was a day ahead. */
  async function glitched(isEvicted: boolean): Promise<Queue> {
    const orders = await project().queue();
    clock.advance({ hours: 24 });
    await orders.post("a");
    clock.advance({ hours: -24 });
    if (isEvicted) await evictDurableObject(queueStub(orders));
    return orders;
  }

  test.each([false, true])("a lease lasts as long as it should (object evicted: %s)", async (isEvicted) => {
    const orders = await glitched(isEvicted);
    const claim = await orders.claim({ ttl: 60, grace: 60 });
    clock.advance({ seconds: 59, ms: 999 });
    expect(await orders.claim()).toHoldBodies();
    expect(await claim.get()).toMatchObject({ age: 59 });
    clock.advance({ ms: 1 });
    expect(await orders.claim()).toHoldBodies("a");
    expect(await claim.get()).toBeNull();
  });

  test.each([false, true])(
    "a ttl lasts as long as it should, and ages go on (object evicted: %s)",
    async (isEvicted) => {
      const orders = await glitched(isEvicted);
      const id = await orders.postOne({ body: "b", ttl: 60 });
      clock.advance({ seconds: 59 });
      expect(await orders.get(id)).toMatchObject({ age: 59 });
      clock.advance({ seconds: 1 });
      expect(await orders.get(id)).toBeNull();
      expect(await orders.list()).toHoldBodies("a");
    },
  );

  test("time that an object sleeps through counts, however often it does", async () => {
    const orders = await glitched(true);
    await orders.claim({ ttl: 60, grace: 60 });
    for (let seconds = 0; seconds < 60; seconds += 12) {
      expect(await orders.claim()).toHoldBodies();
      clock.advance({ seconds: 12 });
      await evictDurableObject(queueStub(orders));
    }
    expect(await orders.claim()).toHoldBodies("a");
  });

  test("the alarm rings by the clock", async () => {
    const orders = await glitched(true);
    await orders.post({ body: "b", ttl: 120 });
    const at = await runInDurableObject(queueStub(orders), (_, state) => state.storage.getAlarm());
    expect((at ?? Infinity) - Date.now()).toBeLessThanOrEqual(120_000);
    clock.advance({ seconds: 121 });
    await runDurableObjectAlarm(queueStub(orders));
    expect(await orders.stats()).toMatchObject({ total: 1 });
  });

  test("an alarm that was set a day ahead is set anew", async () => {
    const orders = await project().queue();
    await orders.post({ body: "a", ttl: 7200 });
    await runDurableObjectAlarm(queueStub(orders));
    clock.advance({ hours: 1 });
    await orders.post("b");
    await runInDurableObject(queueStub(orders), (_, state) => state.storage.setAlarm(Date.now() + 86_400_000));
    clock.advance({ hours: -1 });
    await evictDurableObject(queueStub(orders));
    await orders.list();
    const at = await runInDurableObject(queueStub(orders), (_, state) => state.storage.getAlarm());
    expect((at ?? Infinity) - Date.now()).toBeLessThanOrEqual(7_200_000);
  });

  test("the queue's time is the clock's again when it wakes without a message", async () => {
    const orders = await glitched(false);
    await orders.pop();
    await evictDurableObject(queueStub(orders));
    await orders.post("b");
    const { newest } = (await orders.stats()) as unknown as { readonly newest: { readonly created: string } };
    expect(Date.parse(newest.created)).toBe(Date.now());
  });
});

describe("when the clock is an hour behind, and then put right", () => {
  /** A queue with a message from before the clock was set back. */
  async function behind(isEvicted: boolean): Promise<Queue> {
    const orders = await project().queue();
    await orders.post({ body: "old", ttl: 3700 });
    clock.advance({ hours: -1 });
    if (isEvicted) await evictDurableObject(queueStub(orders));
    expect(await orders.list()).toHoldBodies("old");
    return orders;
  }

  test.each([false, true])("no life and no lease ends before its time (object evicted: %s)", async (isEvicted) => {
    const orders = await behind(isEvicted);
    await orders.post({ body: "new", ttl: 600 });
    const claim = await orders.claim({ limit: 1, ttl: 300, grace: 60 });
    clock.advance({ hours: 1 });
    if (isEvicted) await evictDurableObject(queueStub(orders));
    expect(await claim.get()).toHoldBodies("old");
    expect(await orders.claim()).toHoldBodies("new");
    clock.advance({ seconds: 299 });
    expect(await orders.claim()).toHoldBodies();
    clock.advance({ seconds: 1 });
    expect(await orders.list()).toHoldBodies("old", "new");
  });

  test.each([false, true])("then everything follows the clock again (object evicted: %s)", async (isEvicted) => {
    const orders = await behind(isEvicted);
    clock.advance({ hours: 1, seconds: 3699 });
    if (isEvicted) await evictDurableObject(queueStub(orders));
    expect(await orders.list()).toHoldBodies("old");
    clock.advance({ seconds: 1 });
    expect(await orders.list()).toHoldBodies();
  });
});

/** Pools that say how their queues are spread: `throughput=high` and `order=fifo`. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { clock, freezeClock, until } from "../support/clock.ts";
import { asOperator, placeOf, putFlavor, putPool, removePools } from "../support/drivers/pools.ts";
import { project, type Project, type Queue } from "../support/drivers/zaqar-client.ts";
import { captureLog } from "../support/log.ts";
import { countCalls, interceptObjects } from "../support/objects/calls.ts";
import { rows } from "../support/objects/queue-outbox.ts";
import { CLIENT, Shard } from "../support/objects/shards.ts";
import { inside, queueStub } from "../support/objects/stubs.ts";
import { UNLIMITED_QUOTAS } from "../../src/domain/quota.ts";

freezeClock();
const log = captureLog();

const FIFO = { op: "add", path: "/metadata/_order", value: "fifo" } as const;
const [FAST, ORDERED, PLAIN] = ["fast", "ordered", "plain"].map((name) => `${name}-${crypto.randomUUID()}`) as [
  string,
  string,
  string,
];

let owner: Project;

/** Three pools in one place. A Worker remembers pools for ten seconds, so all tests have the same. */
beforeEach(async () => {
  owner = project();
  await removePools();
  await putPool("fast", "durable-object://?throughput=high");
  await putPool("ordered", "durable-object://?order=fifo");
  await putPool("plain", "durable-object://");
  await putFlavor(owner.id, FAST, "fast");
  await putFlavor(owner.id, ORDERED, "ordered");
  await putFlavor(owner.id, PLAIN, "plain");
});

async function phaseOf(queue: Queue): Promise<unknown> {
  const [row] = await rows(queue, "spread");
  return row?.["phase"];
}

async function ring(queue: Queue): Promise<void> {
  await runDurableObjectAlarm(queueStub(queue));
}

/** Lets minutes pass in which the queue has nothing to do, until it is asked for its load every hour. */
async function rest(queue: Queue): Promise<void> {
  for (let minute = 0; minute <= 12; minute++) {
    await ring(queue);
    await evictDurableObject(queueStub(queue));
    clock.advance({ seconds: 60 });
  }
  await ring(queue);
}

/** Milliseconds until the alarm of its home. */
async function alarmIn(queue: Queue): Promise<number> {
  const at = await runInDurableObject(queueStub(queue), (_, state) => state.storage.getAlarm());
  return (at ?? Infinity) - Date.now();
}

/** So many transactions per second, for some seconds. */
async function load(queue: Queue, perSecond: number, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await runInDurableObject(queueStub(queue), async (object) => {
      const { host } = object as unknown as { readonly host: { write(work: () => null): Promise<null> } };
      await Promise.all(Array.from({ length: perSecond }, () => host.write(() => null)));
    });
    clock.advance({ seconds: 1 });
  }
}

function setFlavor(queue: Queue, value: string): ReturnType<Queue["sendPatch"]> {
  return queue.sendPatch([{ op: "add", path: "/metadata/_flavor", value }]);
}

describe("a queue in a pool with throughput=high", () => {
  test("is spread over SHARDS objects when it is created", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    expect((await rows(orders, "spread"))[0]).toMatchObject({ phase: "spread", objects: 8 });
    expect(log.about(owner.id)).toContainEqual(
      expect.objectContaining({ event: "queue.spread", objects: 8, reason: "pool" }),
    );
    await orders.post("a", "b");
    expect(await orders.list()).toHoldBodies("a", "b");
  });

  test("is not brought back by little load, and is asked for it every hour then, across evictions", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    await rest(orders);
    expect(await phaseOf(orders)).toBe("spread");
    const calls = countCalls(["SHARD_OBJECTS"]);
    expect(await alarmIn(orders)).toBeGreaterThan(3_000_000);
    expect(calls()).toEqual([]);
  });

  test("with little load is brought back within a minute of a post under a quota of messages", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    await rest(orders);
    const posting = { runs: [], defect: null, delayDefect: null };
    const quotas = { ...UNLIMITED_QUOTAS, messages_per_queue: 5 };
    await inside(orders, (object) =>
      object.post({ client: CLIENT, size: 1, posting, idempotency: null, quotas, pool: null }),
    );
    expect(await alarmIn(orders)).toBeLessThanOrEqual(60_000);
    await ring(orders);
    expect(await phaseOf(orders)).toBe("one");
  });

  test("stays on one object while only one can do what it has to, and is spread after that", async () => {
    const ordered = await owner.queue("ordered", { _flavor: FAST, _order: "fifo" });
    const watched = await owner.queue("watched", { _flavor: FAST });
    await ordered.post("a");
    expect(await phaseOf(ordered)).toBeUndefined();
    await watched.subscribe("http://127.0.0.1/hook");
    await watched.post("a");
    expect(await phaseOf(watched)).toBe("one");
    await ordered.patch({ op: "remove", path: "/metadata/_order" });
    await ordered.post("b");
    expect(await phaseOf(ordered)).toBe("spread");
    await ordered.patch(FIFO);
    expect(await phaseOf(ordered)).not.toBe("spread");
  });

  test("that a subscription has outlived is spread when it is gone", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    const id = await orders.subscribe("http://127.0.0.1/hook");
    await orders.remove();
    await evictDurableObject(queueStub(orders));
    await owner.queue("orders");
    expect(await phaseOf(orders)).toBeUndefined();
    await orders.unsubscribe(id);
    await orders.post("a");
    expect(await phaseOf(orders)).toBe("spread");
  });

  test("that a subscription has outlived is not created again with a flavor that is spread otherwise", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    await orders.subscribe("http://127.0.0.1/hook");
    await orders.remove();
    const put = (flavor: string): ReturnType<Queue["send"]> => orders.send("PUT", "", { body: { _flavor: flavor } });
    expect(await put(PLAIN)).toRefuse(409, "Resource conflict");
    expect(await put(FAST)).toAnswer(201);
  });

  test("that is deleted and created with another flavor has the rule of that", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    await orders.remove();
    await owner.queue("orders", { _flavor: ORDERED });
    expect(await placeOf(orders)).toMatchObject({ pool: "ordered" });
    await orders.post("a");
    expect(await phaseOf(orders)).toBeUndefined();
  });

  test("keeps its rule when the URI of the pool changes: only new queues follow", async () => {
    const former = await owner.queue("former", { _flavor: FAST });
    await former.patch(FIFO);
    await asOperator("PATCH", "/v2/pools/plain", { body: { uri: "durable-object://weur" } });
    await asOperator("PATCH", "/v2/pools/fast", { body: { uri: "durable-object://" } });
    clock.advance({ seconds: 11 });
    const later = await owner.queue("later", { _flavor: FAST });
    await evictDurableObject(queueStub(former));
    await former.patch({ op: "remove", path: "/metadata/_order" });
    for (const queue of [former, later]) await queue.post("a");
    expect([await phaseOf(former), await phaseOf(later)]).toEqual(["spread", undefined]);
    clock.advance({ seconds: 11 });
  });

  test("gives its dead letters a queue in the same pool", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST, _max_claim_count: 1, _dead_letter_queue: "dead" });
    // Now the Worker knows that the queue is spread, and posts to a shard.
    await orders.pop();
    await orders.post("a");
    expect(await rows(orders, "segment")).toEqual([]);
    await (await orders.claim()).release();
    await orders.claim();
    const dead = owner.missingQueue("dead");
    await expect.poll(() => dead.list({ echo: true })).toHaveLength(1);
    expect(await placeOf(dead)).toMatchObject({ pool: "fast" });
    await dead.post("b");
    expect(await phaseOf(dead)).toBe("spread");
  });
});

describe("a queue in a pool with order=fifo", () => {
  test("is never spread by its load", async () => {
    const orders = await owner.queue("orders", { _flavor: ORDERED });
    await load(orders, 390, 70);
    await scheduler.wait(20);
    expect(await rows(orders, "spread")).toEqual([]);
  });
});

describe("a change to a flavor of the same place that is spread otherwise", () => {
  test.each([
    ["moves an empty queue off its shards", FAST, PLAIN, "plain", undefined],
    ["spreads an empty queue", PLAIN, FAST, "fast", "spread"],
  ])("%s", async (_, from, to, pool, phase) => {
    const orders = await owner.queue("orders", { _flavor: from, note: 1 });
    expect(await setFlavor(orders, to)).toAnswer(200);
    expect(await orders.metadata()).toMatchObject({ _flavor: to, note: 1 });
    expect([await placeOf(orders), await phaseOf(orders)]).toEqual([{ region: "", pool }, phase]);
    await orders.post("a");
    expect(await orders.list()).toHoldBodies("a");
  });

  test("is 409 for a queue with a message in a shard, which stays spread", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    await orders.post("a");
    await orders.post("b");
    expect(await setFlavor(orders, ORDERED)).toRefuse(409, "Resource conflict");
    expect([await phaseOf(orders), await placeOf(orders)]).toEqual(["spread", { region: "", pool: "fast" }]);
    expect(await orders.list()).toHoldBodies("a", "b");
  });

  test("is 409 if there is a post while the queue is brought back, and keeps the message", async () => {
    const orders = await owner.queue("orders", { _flavor: FAST });
    const body = { messages: [{ body: "meanwhile" }] };
    const posts: Promise<unknown>[] = [];
    interceptObjects("SHARD_OBJECTS", new Shard(orders.project, orders.name, 1).name, (own) => ({
      set: async (command) => {
        if (command.state === "stopped" && posts.length === 0) {
          // With a key it goes to the home.
          const posted = orders.send("POST", "/messages", { body, headers: { "Idempotency-Key": "1" } });
          posts.push(posted);
          await Promise.race([posted, until(async () => (await phaseOf(orders)) === "opening")]);
        }
        return own.set(command);
      },
    }));
    expect(await setFlavor(orders, PLAIN)).toRefuse(409, "Resource conflict");
    await Promise.all(posts);
    expect(await orders.list()).toHoldBodies("meanwhile");
    expect(log.about(owner.id)).not.toContainEqual(expect.objectContaining({ event: "fault" }));
    await orders.post("b");
    expect(await phaseOf(orders)).toBe("spread");
  });
});

/** The hand-overs of a queue to DeliveryObjects, with failures and restarts in between. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { JsonText } from "../../src/domain/json.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { inside, queueStub, rowCounts } from "../support/objects/stubs.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { between, broken, ring, rows } from "../support/objects/queue-outbox.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { numbered, project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();
interceptCalls();

describe("a message", () => {
  test("goes to every subscriber, in post order, and stays in the queue", async () => {
    const orders = await project().queue();
    const hooks = [new Receiver(), new Receiver(), new Receiver()];
    for (const hook of hooks) await orders.subscribe(hook.url);
    for (const body of numbered(30)) await orders.post(body);
    await expect.poll(() => hooks.map((hook) => hook.bodies)).toEqual(hooks.map(() => numbered(30)));
    expect(await orders.list({ limit: 20, echo: true })).toHaveLength(20);
  });

  test("posted before a subscription does not go to it", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.post("before");
    await orders.subscribe(hook.url);
    await orders.post("after");
    await expect.poll(() => hook.bodies).toEqual(["after"]);
  });

  test("is delivered at once although it is delayed", async () => {
    const [orders, hook] = [await project().queue("orders", { _default_message_delay: 60 }), new Receiver()];
    await orders.subscribe(hook.url);
    await orders.post("later");
    await expect.poll(() => hook.bodies).toEqual(["later"]);
    expect(JSON.parse(hook.received[0]?.body ?? "")).toMatchObject({ delay: 60 });
  });

  test("that was claimed too often is delivered to the subscribers of the dead-letter queue", async () => {
    const [owner, hook] = [project(), new Receiver()];
    const orders = await owner.queue("orders", { _max_claim_count: 0, _dead_letter_queue: "dead" });
    await (await owner.queue("dead")).subscribe(hook.url);
    await orders.post("poison");
    expect((await orders.send("POST", "/claims")).status).toBe(204);
    await expect.poll(() => hook.bodies).toEqual(["poison"]);
  });

  test("that has passed through several queues carries their number, and stops at the maximum", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    const post = (hops: string) =>
      orders.send("POST", "/messages", { headers: { "webhook-hops": hops }, body: { messages: [{ body: hops }] } });
    expect(await post("5")).toAnswer(201);
    expect(await post("6")).toRefuse(400, "Invalid API request");
    await orders.post("fresh");
    await expect.poll(() => hook.bodies).toEqual(["5", "fresh"]);
    expect(hook.received.map(({ headers }) => headers["webhook-hops"])).toEqual(["6", "1"]);
  });

  test("is handed over to fast subscribers first and to the slowest last", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    const seconds = new Map<string, number>();
    for (const each of [2, 1, 0]) seconds.set(await orders.subscribe(`${hook.url}/${each}`), each);
    const asked: unknown[] = [];
    between(orders, (_, subscription) => ({
      accept: async () => {
        const taken = seconds.get(subscription) ?? 0;
        asked.push(taken);
        clock.advance({ seconds: taken });
        return "taken";
      },
    }));
    for (const body of ["a", "b"]) {
      await orders.post(body);
      await expect.poll(() => rows(orders, "outbox")).toMatchObject([{ handed: body === "a" ? 1 : 2 }]);
    }
    expect(asked).toEqual([2, 1, 0, 0, 1, 2]);
  });

  test("costs its queue one row more, however many subscribers it has", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    for (const path of numbered(5)) await orders.subscribe(`${hook.url}/${path}`);
    await orders.post("first");
    await expect.poll(() => rows(orders, "outbox")).toMatchObject([{ handed: 1 }]);
    const before = (await rowCounts(orders)).written;
    await orders.post("second");
    await expect.poll(() => rows(orders, "outbox")).toMatchObject([{ handed: 2 }]);
    expect((await rowCounts(orders)).written).toBe(before + 2);
    await expect.poll(() => hook.received.length).toBe(10);
  });
});

describe("a message that has not been handed over", () => {
  const ENDS: readonly { readonly how: string; readonly end: (orders: Queue) => Promise<void> }[] = [
    {
      how: "is claimed and deleted",
      end: async (orders) => {
        const claim = await orders.claim({ limit: 5 });
        for (const { id } of claim.messages) await orders.delete(id, { claim });
      },
    },
    { how: "is popped", end: async (orders) => void (await orders.pop(5)) },
    { how: "is purged", end: (orders) => orders.purge("messages") },
    {
      how: "expires",
      end: async (orders) => {
        clock.advance({ hours: 2 });
        await runDurableObjectAlarm(queueStub(orders));
      },
    },
    { how: "lies there when its object restarts", end: async () => undefined },
  ];

  test.each(ENDS)("is delivered although it $how", async ({ end }) => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url, { ttl: 100_000 });
    const repair = between(orders, () => ({ accept: broken }));
    await orders.post("a", "b");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ lagging: 1 }]);
    repair();
    await end(orders);
    await evictDurableObject(queueStub(orders));
    await ring(orders);
    await expect.poll(() => hook.bodies).toEqual(["a", "b"]);
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ lagging: 0 }]);
  });

  test("leaves no work behind once it was handed over", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url, { ttl: 100_000 });
    await orders.post("a");
    await expect.poll(() => rows(orders, "outbox")).toMatchObject([{ handed: 1 }]);
    await runDurableObjectAlarm(queueStub(orders));
    await evictDurableObject(queueStub(orders));
    await runDurableObjectAlarm(queueStub(orders));
    const at = await runInDurableObject(queueStub(orders), async (_, state) => state.storage.getAlarm());
    expect((at ?? 0) - Date.now()).toBeGreaterThanOrEqual(60_000);
    expect(hook.bodies).toEqual(["a"]);
  });

  test("is kept until it was handed over, and no longer", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    between(orders, () => ({ accept: broken }));
    await orders.post("a", "b");
    await orders.pop(2);
    expect(await rows(orders, "segment")).toHaveLength(1);
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ lagging: 1 }]);
    between(orders, () => ({ accept: async () => "taken" as const }));
    await ring(orders);
    await expect.poll(() => rows(orders, "segment")).toHaveLength(0);
    expect(await orders.stats()).toMatchObject({ total: 0 });
  });

  test("delays no other subscriber, and is sent to none twice", async () => {
    const [orders, slow, quick] = [await project().queue(), new Receiver(), new Receiver()];
    const lagging = await orders.subscribe(slow.url);
    await orders.subscribe(quick.url);
    let isBroken = true;
    between(orders, (stub, id) => ({
      accept: (batch) => (id === lagging && isBroken ? broken() : stub.accept(batch)),
    }));
    for (const body of numbered(3)) await orders.post(body);
    await expect.poll(() => quick.bodies).toEqual(numbered(3));
    expect(slow.bodies).toEqual([]);
    isBroken = false;
    await ring(orders);
    await expect.poll(() => slow.bodies).toEqual(numbered(3));
    await orders.post("next");
    await expect
      .poll(() => [slow.bodies, quick.bodies])
      .toEqual([
        [...numbered(3), "next"],
        [...numbered(3), "next"],
      ]);
  });

  test("is handed over again after a full object has room", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    let isFull = true;
    between(orders, (stub) => ({ accept: async (batch) => (isFull ? "full" : stub.accept(batch)) }));
    await orders.post("a");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ lagging: 1 }]);
    isFull = false;
    await orders.post("b");
    expect(hook.bodies).toEqual([]);
    await ring(orders);
    await expect.poll(() => hook.bodies).toEqual(["a", "b"]);
  });

  test("does not keep the alarm from its other work, however long an object takes", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url, { ttl: 100_000 });
    let answer = (): void => undefined;
    between(orders, () => ({ accept: () => new Promise((resolve) => (answer = () => resolve("taken"))) }));
    await orders.post({ body: "a", ttl: 60 });
    await orders.post({ body: "b", ttl: 7200 });
    clock.advance({ hours: 1 });
    expect(await runDurableObjectAlarm(queueStub(orders))).toBe(true);
    const at = await runInDurableObject(queueStub(orders), async (_, state) => state.storage.getAlarm());
    expect((at ?? 0) - Date.now()).toBe(10_000);
    await inside(orders, () => answer());
  });

  test("is handed over before its queue ends", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    let isBroken = true;
    between(orders, (stub) => ({ accept: (batch) => (isBroken ? broken() : stub.accept(batch)) }));
    await orders.post("last words");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ lagging: 1 }]);
    isBroken = false;
    await orders.remove();
    expect(hook.bodies).toEqual(["last words"]);
  });

  test("is delivered although it was posted while its queue was being deleted", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    interceptObjects("PROJECTS", orders.project.id, (index) => ({
      leave: async (request) => {
        await index.leave(request);
        await orders.post("last words");
      },
    }));
    await orders.remove();
    expect(hook.bodies).toEqual(["last words"]);
  });
});

test("a post that fails notifies nobody", async () => {
  const [orders, hook] = [await project().queue(), new Receiver()];
  await orders.subscribe(hook.url);
  await runInDurableObject(queueStub(orders), (_, state) => {
    state.storage.sql.exec(
      "CREATE TRIGGER full BEFORE INSERT ON segment WHEN NEW.ttl_s = 77 BEGIN SELECT raise(FAIL, 'no room'); END",
    );
  });
  const answer = await orders.send("POST", "/messages", { body: { messages: [{ body: "lost", ttl: 77 }] } });
  expect(answer.status).toBe(503);
  await orders.post("kept");
  await expect.poll(() => hook.bodies).toEqual(["kept"]);
});

describe("a subscription", () => {
  test("outlives its queue, and gets messages of the next queue of that name", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    await orders.subscribe(hook.url);
    for (const body of ["first life", "second life", "third life"]) {
      await orders.post(body);
      await orders.remove();
    }
    expect(hook.bodies).toEqual(["first life", "second life", "third life"]);
    expect((await orders.subscriptions()).subscriptions).toHaveLength(1);
  });

  test("that its subscriber has ended by a 410 gets no messages until a POST repeats it", async () => {
    const [orders, hook] = [await project().queue(), new Receiver(410, 200)];
    await orders.subscribe(hook.url);
    await orders.post("refused");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ disabled: 1 }]);
    await orders.post("unheard");
    await orders.subscribe(hook.url);
    await orders.post("heard");
    await expect.poll(() => hook.bodies).toEqual(["refused", "heard"]);
  });

  test("is not disabled by the 410 of a former subscriber", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    const refuse = (subscriber: string) => inside(orders, (queue) => queue.disableSubscription({ id, subscriber }));
    await refuse(`${hook.url}/former`);
    expect(await rows(orders, "subscription")).toMatchObject([{ disabled: 0 }]);
    await refuse(hook.url);
    expect(await rows(orders, "subscription")).toMatchObject([{ disabled: 1 }]);
  });

  test("that its subscriber has ended by a 410 is not enabled by a POST that is refused", async () => {
    const [orders, hook] = [await project().queue(), new Receiver(410, 200)];
    const id = await orders.subscribe(hook.url);
    await orders.confirm(id);
    await orders.post("refused");
    await expect.poll(() => rows(orders, "subscription")).toMatchObject([{ disabled: 1 }]);
    expect(await orders.send("POST", "/subscriptions", { body: { subscriber: hook.url } })).toAnswer(409);
    await orders.post("unheard");
    await orders.confirm(id);
    await orders.post("heard");
    await expect.poll(() => hook.bodies).toEqual(["refused", "heard"]);
  });

  test("that is changed while a message waits gets it at its new subscriber", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    for (const path of numbered(4)) await orders.subscribe(`${hook.url}/${path}`);
    const [before, after] = [new Receiver(), new Receiver()];
    const id = await orders.subscribe(before.url);
    const document = JSON.stringify({ subscriber: after.url }) as JsonText;
    let change: Promise<unknown> | null = null;
    await inside(orders, async (object) => {
      between(orders, (stub, subscription) => ({
        accept: async (batch) => {
          // The four concurrent calls have begun now, and the fifth waits.
          await Promise.resolve();
          if (subscription !== id) await (change ??= object.updateSubscription({ id, document }));
          return stub.accept(batch);
        },
      }));
    });
    await orders.post("news");
    await expect.poll(() => before.bodies.length + after.bodies.length).toBe(1);
    expect(after.bodies).toEqual(["news"]);
  });

  test("that is deleted gets no more messages, and its object is told", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    const ended: unknown[] = [];
    const id = await orders.subscribe(hook.url);
    between(orders, (_, subscription) => ({ end: async (request) => void ended.push([subscription, request]) }));
    await orders.unsubscribe(id);
    await orders.post("unheard");
    expect(ended).toEqual([[id, { finish: false }]]);
    expect(await rows(orders, "farewell")).toEqual([]);
    expect(hook.bodies).toEqual([]);
  });

  test("whose ttl has ended still gets what it was to get, and its object is told again if that failed", async () => {
    const [orders, hook] = [await project().queue(), new Receiver()];
    const ended: unknown[] = [];
    let isBroken = true;
    const id = await orders.subscribe(hook.url, { ttl: 60 });
    between(orders, (_, subscription) => ({
      end: (request) => (isBroken ? broken() : Promise.resolve(void ended.push([subscription, request]))),
    }));
    clock.advance({ seconds: 60 });
    await orders.post("unheard");
    await runDurableObjectAlarm(queueStub(orders));
    expect(await rows(orders, "subscription")).toEqual([]);
    expect(await rows(orders, "farewell")).toEqual([{ id, finish: 1 }]);
    isBroken = false;
    await ring(orders);
    expect(ended).toEqual([[id, { finish: true }]]);
    expect(hook.bodies).toEqual([]);
  });

  test("that was the last data of a deleted queue leaves nothing behind when it ends", async () => {
    const orders = await project().queue();
    await orders.subscribe(new Receiver().url, { ttl: 60 });
    await orders.remove();
    expect(await rows(orders, "subscription")).toHaveLength(1);
    clock.advance({ seconds: 60 });
    await runDurableObjectAlarm(queueStub(orders));
    expect(await rows(orders, "sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")).toEqual([]);
    expect(await orders.subscriptions()).toMatchObject({ subscriptions: [] });
    await orders.post("a new life");
  });

  test("of a queue without messages wakes the queue's object only when its ttl ends", async () => {
    const orders = await project().queue();
    await orders.subscribe(new Receiver().url, { ttl: 3600 });
    const at = await runInDurableObject(queueStub(orders), async (_, state) => state.storage.getAlarm());
    await ring(orders);
    const next = await runInDurableObject(queueStub(orders), async (_, state) => state.storage.getAlarm());
    expect(at).not.toBeNull();
    expect(next).toBe((at ?? 0) + 3590_000);
  });
});

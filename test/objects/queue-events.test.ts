/** Events of a queue reach their subscribers: once, across restarts, and not as messages. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { readFigures } from "../../src/domain/packed-figures.ts";
import { clock, freezeClock, moveTimers, until } from "../support/clock.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { numbered, project, type Queue } from "../support/drivers/zaqar-client.ts";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { DeliveryDriver } from "../support/objects/delivery-driver.ts";
import { alarmIn, between, broken, ring, rows } from "../support/objects/queue-outbox.ts";
import { inside, queueStub, rowCounts } from "../support/objects/stubs.ts";

freezeClock();
interceptCalls();

async function watched(...events: readonly string[]): Promise<readonly [Queue, Receiver, string]> {
  const [orders, hook] = [await project().queue("orders"), new Receiver()];
  return [orders, hook, await orders.subscribe(hook.url, { ttl: 100_000, options: { _events: events } })];
}

function documents(hook: Receiver): readonly unknown[] {
  return hook.received.map(({ body }) => JSON.parse(body) as unknown);
}

/** What a hook was told, without the names. */
function told(hook: Receiver): readonly (readonly unknown[])[] {
  const events = documents(hook) as readonly Record<string, unknown>[];
  return events.map(({ event, state, value }) => (state === undefined ? [event, value] : [event, state, value]));
}

/** Waits until the queue has looked after all commits, and has written what it told. */
async function settle(orders: Queue): Promise<void> {
  await runInDurableObject(queueStub(orders), async (object) => {
    const { events } = (object as unknown as { subscribers: { events: { look(): Promise<void> } } }).subscribers;
    await scheduler.wait(1);
    await events.look();
  });
}

describe("the depth", () => {
  test("is told when it is above the threshold, and when it is below 80 % of it", async () => {
    const [orders, hook, id] = await watched("depth>10");
    const ids = await orders.post(...numbered(10));
    await settle(orders);
    expect(hook.received).toEqual([]);
    ids.push(await orders.postOne("10"));
    await settle(orders);
    const at = `${new Date().toISOString().slice(0, 19)}Z`;
    const names = { Message_Type: "QueueEvent", queue_name: "orders" };
    expect(documents(hook)).toEqual([{ event: "depth", state: "began", value: 11, threshold: 10, at, ...names }]);
    expect(hook.received[0]?.headers["webhook-id"]).toMatch(new RegExp(`^event_[0-9a-f-]{36}_${id}$`));
    clock.advance({ seconds: 60 });
    await orders.deleteMany(ids.slice(0, 3));
    await settle(orders);
    expect(hook.received).toHaveLength(1);
    const claim = await orders.claim();
    await settle(orders);
    expect(hook.received).toHaveLength(1);
    await claim.release();
    await orders.purge("messages");
    await settle(orders);
    expect(told(hook)).toEqual([
      ["depth", "began", 11],
      ["depth", "ended", 0],
    ]);
  });

  test("is told once although the object restarts, and ends after the restart", async () => {
    const [orders, hook] = await watched("depth>2");
    await orders.post("a", "b", "c");
    await settle(orders);
    await evictDurableObject(queueStub(orders));
    await orders.post("d");
    await settle(orders);
    await ring(orders);
    expect(told(hook)).toEqual([["depth", "began", 3]]);
    clock.advance({ seconds: 60 });
    await evictDurableObject(queueStub(orders));
    await orders.pop(4);
    await settle(orders);
    expect(told(hook)).toEqual([
      ["depth", "began", 3],
      ["depth", "ended", 0],
    ]);
  });

  test("of messages that earlier lives stored is counted", async () => {
    const [orders, hook] = [await project().queue("orders"), new Receiver()];
    for (let post = 0; post < 3; post++) await orders.post(...numbered(20));
    await evictDurableObject(queueStub(orders));
    await orders.subscribe(hook.url, { options: { _events: ["depth>59", "depth>60"] } });
    await settle(orders);
    expect(told(hook)).toEqual([["depth", "began", 60]]);
  });

  test("is told again after the alarm if the object that delivers fails", async () => {
    const [orders, hook] = await watched("depth>1");
    const repair = between(orders, () => ({ announce: broken }));
    await orders.post("a", "b");
    await settle(orders);
    repair();
    await evictDurableObject(queueStub(orders));
    await ring(orders);
    expect(told(hook)).toEqual([["depth", "began", 2]]);
  });

  test("of a deleted queue is 0", async () => {
    const [orders, hook] = await watched("depth>1");
    await orders.post("a", "b");
    await settle(orders);
    clock.advance({ seconds: 60 });
    await orders.remove();
    await settle(orders);
    expect(told(hook)).toEqual([
      ["depth", "began", 2],
      ["depth", "ended", 0],
    ]);
  });

  test("costs a row when it is told, and none before", async () => {
    const [orders] = await watched("depth>3");
    await orders.post("a");
    await settle(orders);
    const { written: before } = await rowCounts(orders);
    await orders.post("b");
    await settle(orders);
    const plain = (await rowCounts(orders)).written - before;
    await orders.post("c", "d");
    await settle(orders);
    expect((await rowCounts(orders)).written - before).toBe(2 * plain + 1);
  });

  test("that crosses the threshold again and again is told once a minute", async () => {
    const [orders, hook] = await watched("depth>1");
    for (let crossing = 0; crossing < 50; crossing++) {
      await orders.post("a", "b");
      await settle(orders);
      await orders.pop(2);
      await settle(orders);
    }
    expect(told(hook)).toEqual([["depth", "began", 2]]);
    clock.advance({ seconds: 60 });
    await ring(orders);
    expect(told(hook)).toHaveLength(2);
  });
});

describe("the age", () => {
  test("is told by the alarm at the instant of its crossing, and ends with the message", async () => {
    const [orders, hook] = await watched("age>300");
    await orders.post({ body: "a", ttl: 3600 });
    await settle(orders);
    await ring(orders);
    expect(await alarmIn(orders)).toBe(290_001);
    clock.advance({ seconds: 280, ms: 1 });
    await ring(orders);
    expect(told(hook)).toEqual([["age", "began", 300]]);
    clock.advance({ seconds: 60 });
    await orders.pop(1);
    await settle(orders);
    expect(told(hook)).toEqual([
      ["age", "began", 300],
      ["age", "ended", 0],
    ]);
  });

  test("ends when the message has expired", async () => {
    const [orders, hook] = await watched("age>300");
    await orders.post({ body: "a", ttl: 400 });
    await settle(orders);
    clock.advance({ seconds: 301 });
    await ring(orders);
    clock.advance({ seconds: 120 });
    await ring(orders);
    await settle(orders);
    expect(told(hook)).toMatchObject([
      ["age", "began", expect.anything()],
      ["age", "ended", 0],
    ]);
  });

  test("arms no alarm of a queue without such a subscription", async () => {
    const [orders] = await watched("depth>1000");
    await orders.post({ body: "a", ttl: 3600 });
    await settle(orders);
    await ring(orders);
    expect(await alarmIn(orders)).toBeGreaterThan(3000_000);
  });
});

describe("dead letters", () => {
  test("are told at once, and then as a number once a minute, also after a restart", async () => {
    const owner = project();
    const orders = await owner.queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" });
    const hook = new Receiver();
    await orders.subscribe(hook.url, { options: { _events: ["dead-letter"] } });
    const wearOut = async (): Promise<void> => {
      await (await orders.claim()).release();
      await orders.claim();
      await settle(orders);
    };
    await orders.post("a", "b");
    await wearOut();
    expect(told(hook)).toEqual([["dead-letter", 2]]);
    await orders.post("c");
    await wearOut();
    await evictDurableObject(queueStub(orders));
    await orders.post("d", "e");
    await wearOut();
    expect(told(hook)).toEqual([["dead-letter", 2]]);
    clock.advance({ seconds: 60 });
    await ring(orders);
    expect(told(hook)).toEqual([
      ["dead-letter", 2],
      ["dead-letter", 3],
    ]);
    clock.advance({ seconds: 60 });
    await ring(orders);
    expect(hook.received).toHaveLength(2);
  });

  test("that come one after the other cost a row every 5 s, and none is forgotten", async () => {
    moveTimers();
    const orders = await project().queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" });
    const hook = new Receiver();
    await orders.subscribe(hook.url, { options: { _events: ["dead-letter"] } });
    const wearOut = async (): Promise<void> => {
      await orders.postOne("a");
      await (await orders.claim()).release();
      await orders.claim();
      await settle(orders);
    };
    const untold = async (): Promise<unknown> => {
      const [row] = await rows(orders, "subscription");
      const states = JSON.parse(String(row?.["event_states"])) as Readonly<
        Record<string, { readonly untold?: number }>
      >;
      return states["dead-letter"]?.untold;
    };
    const counts: unknown[] = [];
    for (let letter = 0; letter < 5; letter++) {
      await wearOut();
      counts.push(await untold());
    }
    expect(counts).toEqual([undefined, 1, 1, 1, 1]);
    clock.advance({ seconds: 5 });
    await until(async () => (await untold()) === 4);
    await evictDurableObject(queueStub(orders));
    clock.advance({ seconds: 60 });
    await ring(orders);
    expect(told(hook)).toEqual([
      ["dead-letter", 1],
      ["dead-letter", 4],
    ]);
  });

  test("before the subscription are not told", async () => {
    const orders = await project().queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" });
    await orders.post("a");
    await (await orders.claim()).release();
    await orders.claim();
    const hook = new Receiver();
    await orders.subscribe(hook.url, { options: { _events: ["dead-letter"] } });
    await settle(orders);
    expect(hook.received).toEqual([]);
  });

  test("of a topic are refused, and the other events are not", async () => {
    const [news, hook] = [await project().topic("news"), new Receiver()];
    const refused = { subscriber: hook.url, options: { _events: ["dead-letter"] } };
    const answer = await news.send("POST", "/subscriptions", { body: refused });
    expect(answer).toRefuse(400, "Invalid API request");
    expect(answer.json).toMatchObject({ description: expect.stringContaining("A topic has no dead letters") });
    const id = await news.subscribe(hook.url, { options: { _events: ["depth>1", "age>60"] } });
    expect(await news.send("PATCH", `/subscriptions/${id}`, { body: { options: refused.options } })).toRefuse(400);
    await news.post("a", "b");
    await settle(news);
    expect(told(hook)).toEqual([["depth", "began", 2]]);
  });
});

describe("a subscription", () => {
  test("with events gets messages only if it names them", async () => {
    const orders = await project().queue("orders");
    const [alert, both, plain] = [new Receiver(), new Receiver(), new Receiver()];
    await orders.subscribe(alert.url, { options: { _events: ["depth>1"] } });
    await orders.subscribe(both.url, { options: { _events: ["depth>1", "message"] } });
    await orders.subscribe(plain.url);
    await orders.post("a", "b");
    await expect.poll(() => plain.bodies).toEqual(["a", "b"]);
    await settle(orders);
    await expect.poll(() => both.received.length).toBe(3);
    expect(told(alert)).toEqual([["depth", "began", 2]]);
    expect(plain.received).toHaveLength(2);
  });

  test("to events alone has no pending messages", async () => {
    const [orders, hook] = await watched("depth>1000");
    await orders.post("a");
    await settle(orders);
    const sequence = async (): Promise<number | undefined> => {
      const { figures } = await inside(orders, (object) => object.figures());
      return figures === undefined ? undefined : readFigures(figures)?.sequence;
    };
    expect(await sequence()).toBe(0);
    await orders.subscribe(hook.url.replace("hook", "messages"));
    expect(await sequence()).toBe(1);
  });

  test("that gets no messages any more gets those that are posted after it names them again", async () => {
    const [orders, hook] = [await project().queue("orders"), new Receiver()];
    const id = await orders.subscribe(hook.url);
    const patch = (options: object) => orders.send("PATCH", `/subscriptions/${id}`, { body: { options } });
    await orders.post("a");
    await expect.poll(() => hook.bodies).toEqual(["a"]);
    await patch({ _events: ["depth>1000"] });
    await orders.post("b");
    await settle(orders);
    await ring(orders);
    await patch({});
    await orders.post("c");
    await expect.poll(() => hook.bodies).toEqual(["a", "c"]);
  });

  test("whose subscriber changes is told again, because the new one knows nothing", async () => {
    const [orders, hook, id] = await watched("depth>1");
    await orders.post("a", "b");
    await settle(orders);
    const next = new Receiver();
    await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: next.url } });
    await settle(orders);
    expect([hook, next].map((each) => told(each))).toEqual([[["depth", "began", 2]], [["depth", "began", 2]]]);
  });

  test("is told nothing during a pause of notifications, and after it what is still so", async () => {
    const [orders, hook] = await watched("depth>1");
    await orders.patch({ op: "add", path: "/metadata/_paused", value: ["notifications"] });
    await orders.post("a", "b");
    await settle(orders);
    await ring(orders);
    expect(hook.received).toEqual([]);
    await orders.patch({ op: "remove", path: "/metadata/_paused" });
    await settle(orders);
    expect(told(hook)).toEqual([["depth", "began", 2]]);
  });

  test("keeps what it was told beside its options, and shows only these", async () => {
    const [orders, , id] = await watched("depth>1");
    await orders.post("a", "b");
    await settle(orders);
    const states = JSON.stringify({ "depth>1": { at: Date.now(), began: true } });
    expect(await rows(orders, "subscription")).toMatchObject([{ event_states: states }]);
    expect(await orders.subscription(id)).toMatchObject({ options: { _events: ["depth>1"] } });
    expect(await orders.subscription(id)).not.toHaveProperty("event_states");
  });

  test("of a connection gets no events", async () => {
    const socket = await connect(project().id);
    const refused = await socket.ask("subscription_create", {
      queue_name: "orders",
      ttl: 600,
      options: { _events: ["depth>1"] },
    });
    expect(refused).toMatchObject({ headers: { status: 400 } });
    expect(JSON.stringify(refused)).toContain("A WebSocket connection gets messages only");
  });

  test("that has not agreed gets no events", async () => {
    const receiver = new Receiver();
    const delivery = new DeliveryDriver(receiver);
    const target = { ...delivery.target, agreed: false };
    await delivery.rpc.announce({ target, document: "{}", isEvent: true });
    expect(receiver.received).toEqual([]);
    expect((await delivery.report()).attempts[0]).toMatchObject({ outcome: "blocked", reason: "unconfirmed" });
    await delivery.restart();
    await delivery.rpc.announce({ target: delivery.target, document: "{}", isEvent: true });
    await delivery.passToAlarm();
    expect(receiver.received).toHaveLength(2);
    await delivery.rpc.end({ finish: false });
  });
});

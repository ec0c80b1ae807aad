/** Subscriptions of connections: how they end, and what other clients can do with them. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { clock, freezeClock, until } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { rowsWritten } from "../support/objects/hub.ts";
import { alarmIn, broken, rows } from "../support/objects/queue-outbox.ts";
import { queueStub, rowCounts } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";
import { connect, type Connection } from "../support/drivers/web-socket.ts";

freezeClock();

const { HUBS } = env as unknown as ObjectBindings;

interface Subscribed {
  readonly orders: Queue;
  readonly socket: Connection;
  readonly id: string;
  /** The stub of the hub that holds the connection, whose id is `connection`. */
  readonly hub: DurableObjectStub;
  readonly connection: string;
  readonly subscriber: string;
}

async function subscribed(more = {}): Promise<Subscribed> {
  const orders = await project().queue();
  const socket = await connect(orders.project.id);
  const id = await socket.subscribe("orders", more);
  const { subscriber = "" } = (await orders.subscription(id)) ?? {};
  const [, hub = "", connection = ""] = /^websocket:\/\/(.+)\/(.+)$/.exec(subscriber) ?? [];
  return { orders, socket, id, hub: HUBS.get(HUBS.idFromName(hub)), connection, subscriber };
}

async function subscribers(queue: Queue): Promise<string[]> {
  return (await queue.subscriptions()).subscriptions.map(({ subscriber }) => subscriber);
}

/** The hub's rows of a connection. */
function entered({ hub, connection }: Subscribed): Promise<number> {
  return runInDurableObject(hub, (_, state) => {
    return state.storage.sql.exec("SELECT 1 FROM subscription WHERE connection = ?", connection).toArray().length;
  });
}

/** Milliseconds until the hub's alarm. */
function hubAlarmIn({ hub }: Subscribed): Promise<number> {
  return runInDurableObject(hub, async (_, state) => Number(await state.storage.getAlarm()) - Date.now());
}

/** Posts a message, and waits until it was handed over to all subscribers. */
async function postAndHandOver(queue: Queue, body: string): Promise<void> {
  await queue.post(body);
  await until(async () => {
    const [last] = await rows(queue, "segment");
    const [cursor] = await rows(queue, "outbox");
    return cursor === undefined || Number(cursor["handed"]) >= Number(last?.["first"] ?? 0);
  });
}

describe("when a connection is closed", () => {
  test("by its client, its own subscriptions end, and those with a subscriber stay", async () => {
    const found = await subscribed();
    const { orders, socket } = found;
    await orders.project.queue("news");
    await socket.subscribe("news");
    const named = { queue_name: "orders", subscriber: "mailto:ops@example.org" };
    expect(await socket.ask("subscription_create", named)).toMatchObject({ headers: { status: 201 } });
    expect(await entered(found)).toBe(2);
    socket.close(1000);
    await expect.poll(() => subscribers(orders)).toEqual(["mailto:ops@example.org"]);
    await expect.poll(() => subscribers(orders.project.missingQueue("news"))).toEqual([]);
    await expect.poll(() => entered(found)).toBe(0);
  });

  test("by the service, they end at once", async () => {
    const found = await subscribed();
    found.socket.transmit("x".repeat(2_000_000));
    expect(await found.socket.closed).toMatchObject({ code: 1009 });
    await expect.poll(() => entered(found)).toBe(0);
  });

  test("while a queue subscribes it, nothing is left there", async () => {
    const orders = await project().queue();
    const socket = await connect(orders.project.id);
    let isClosed = false;
    let isDone = false;
    interceptObjects("QUEUES", `${orders.project.id}/orders`, (stub) => ({
      subscribe: async (request) => {
        await until(() => isClosed);
        const outcome = await stub.subscribe(request);
        isDone = true;
        return outcome;
      },
    }));
    socket.post("subscription_create", { queue_name: "orders" });
    socket.close(1000);
    await socket.closed;
    isClosed = true;
    await until(() => isDone);
    await expect.poll(() => rows(orders, "subscription")).toEqual([]);
  });

  test("and its queue cannot be reached, the alarm ends them later", async () => {
    const found = await subscribed();
    const mend = interceptObjects("QUEUES", `${found.orders.project.id}/`, () => ({ unsubscribeConnection: broken }));
    found.socket.close(1000);
    await expect.poll(() => hubAlarmIn(found)).toBeLessThanOrEqual(10_000);
    expect(await entered(found)).toBe(1);
    mend();
    clock.advance({ seconds: 10 });
    await runDurableObjectAlarm(found.hub);
    expect(await entered(found)).toBe(0);
    expect(await rows(found.orders, "subscription")).toEqual([]);
  });
});

describe("a hub that sleeps", () => {
  test("pushes in the format that it did before, and knows who has subscribed", async () => {
    const { orders, socket, hub } = await subscribed();
    await orders.project.queue("news");
    await socket.subscribe("news", {}, "askInBinary");
    await evictDurableObject(hub);
    await orders.post("after");
    const push = await socket.receive();
    expect(push).toBeInstanceOf(ArrayBuffer);
    expect(await socket.ask("queue_get", { queue_name: "orders" })).toMatchObject({ headers: { status: 200 } });
  });

  test("ends the subscriptions of a connection that is closed meanwhile", async () => {
    const { orders, socket, hub } = await subscribed();
    await evictDurableObject(hub);
    socket.close(1000);
    await expect.poll(() => subscribers(orders)).toEqual([]);
  });
});

describe("after a crash in which connections were lost", () => {
  test("nobody is shown their subscriptions any more", async () => {
    const { orders, hub, id } = await subscribed();
    await evictDurableObject(hub, { webSockets: "close" });
    clock.advance({ seconds: 30 });
    expect(await subscribers(orders)).toEqual([]);
    expect(await orders.subscription(id)).toBeNull();
    expect(await rows(orders, "subscription")).toEqual([]);
  });

  test("the hub ends their subscriptions as soon as it wakes", async () => {
    const found = await subscribed();
    await evictDurableObject(found.hub, { webSockets: "close" });
    await connect();
    await runDurableObjectAlarm(found.hub);
    await expect.poll(() => rows(found.orders, "subscription")).toEqual([]);
    expect(await entered(found)).toBe(0);
  });

  test("the next message ends them, and is kept for nobody", async () => {
    const { orders, hub } = await subscribed();
    await evictDurableObject(hub, { webSockets: "close" });
    await orders.post("a");
    await expect.poll(() => rows(orders, "subscription")).toEqual([]);
    expect(await rows(orders, "farewell")).toEqual([]);
    await orders.pop();
    expect(await rows(orders, "segment")).toEqual([]);
  });

  test("they do not count against the quota of subscriptions", async () => {
    const { orders, hub } = await subscribed();
    await evictDurableObject(hub, { webSockets: "close" });
    clock.advance({ seconds: 30 });
    const quotas = { subscriptions_per_queue: 1 };
    const subscribe = () =>
      runInDurableObject(queueStub(orders), (object) =>
        (object as unknown as { subscribe(request: object): Promise<object> }).subscribe({
          document: '{"subscriber":"mailto:ops@example.org"}',
          quotas,
        }),
      );
    expect(await subscribe()).toMatchObject({ ok: true });
  });
});

describe("the subscription of a connection", () => {
  test("cannot be made, moved or taken by a document", async () => {
    const { orders, subscriber, id } = await subscribed();
    const news = await orders.project.queue("news");
    expect(await news.send("POST", "/subscriptions", { body: { subscriber } })).toRefuse(400, "Invalid API request");
    const hook = await news.subscribe("mailto:ops@example.org");
    const change = { body: { subscriber } };
    expect(await news.send("PATCH", `/subscriptions/${hook}`, change)).toRefuse(400, "Invalid API request");
    const other = await connect(orders.project.id);
    const framed = await other.ask("subscription_create", { queue_name: "news", subscriber });
    expect(framed).toMatchObject({ headers: { status: 400 } });
    expect(await orders.subscription(id)).not.toBeNull();
  });

  test("to another queue is worth nothing, even if a row says so", async () => {
    const { orders, socket, subscriber } = await subscribed();
    const forged = await project().queue();
    await forged.subscribe("mailto:ops@example.org");
    await runInDurableObject(queueStub(forged), (_, state) => {
      state.storage.sql.exec("UPDATE subscription SET subscriber = ?, confirmed = 1", subscriber);
    });
    await evictDurableObject(queueStub(forged));
    await forged.post("for somebody else");
    await expect.poll(() => rows(forged, "subscription")).toEqual([]);
    await orders.post("mine");
    expect(await socket.pushed()).toMatchObject({ body: "mine" });
    expect(socket.untaken).toBe(0);
  });

  test("can be made once for each queue, and again when it has ended", async () => {
    const { orders, socket, id } = await subscribed();
    expect(await socket.ask("subscription_create", { queue_name: "orders" })).toMatchObject({
      headers: { status: 409 },
      body: "Subscription orders not created.",
    });
    await orders.unsubscribe(id);
    await orders.post("for nobody");
    expect(await socket.subscribe("orders")).not.toBe(id);
    await orders.post("a");
    expect(await socket.pushed()).toMatchObject({ body: "a" });
  });

  test("is forgotten when its client deletes it, and no other deletion does so", async () => {
    const found = await subscribed();
    const { socket, orders, id } = found;
    const other = await orders.subscribe("http://zaqar.example/");
    for (const kept of [other, "none"])
      await socket.ask("subscription_delete", { queue_name: "orders", subscription_id: kept });
    await socket.ask("subscription_delete", { queue_name: "news", subscription_id: id });
    expect(await entered(found)).toBe(1);
    await socket.ask("subscription_delete", { queue_name: "orders", subscription_id: id });
    expect(await entered(found)).toBe(0);
    await socket.subscribe("orders");
    await orders.post("a");
    expect(await socket.pushed()).toMatchObject({ body: "a" });
  });

  test("counts on when it is deleted and its queue does not answer whether it was", async () => {
    const found = await subscribed();
    const { socket, orders, id } = found;
    interceptObjects("QUEUES", `${orders.project.id}/orders`, () => ({ isSubscribed: broken }));
    const request = { queue_name: "orders", subscription_id: id };
    expect(await socket.ask("subscription_delete", request)).toMatchObject({ headers: { status: 204 } });
    expect(await entered(found)).toBe(1);
  });

  test("that is refused leaves nothing behind", async () => {
    const found = await subscribed();
    const invalid = { queue_name: "news", ttl: 1 };
    expect(await found.socket.ask("subscription_create", invalid)).toMatchObject({ headers: { status: 400 } });
    expect(await entered(found)).toBe(1);
  });

  test("whose answer is lost ends, and can be made again", async () => {
    const orders = await project().queue();
    const socket = await connect(orders.project.id);
    const mend = interceptObjects("QUEUES", `${orders.project.id}/orders`, (stub) => ({
      subscribe: async (request) => {
        await stub.subscribe(request);
        return broken();
      },
    }));
    expect(await socket.ask("subscription_create", { queue_name: "orders" })).toMatchObject({
      headers: { status: 503 },
    });
    mend();
    expect(await subscribers(orders)).toEqual([]);
    await socket.subscribe("orders");
  });

  test("ends with its ttl", async () => {
    const { orders, socket } = await subscribed({ ttl: 60 });
    clock.advance({ seconds: 61 });
    await orders.post("late");
    expect(await subscribers(orders)).toEqual([]);
    await socket.subscribe("orders");
    await orders.post("again");
    expect(await socket.pushed()).toMatchObject({ body: "again" });
  });

  test("outlives its queue, and gets what is posted to the next one", async () => {
    const { orders, socket } = await subscribed();
    await orders.post("first");
    expect(await socket.pushed()).toMatchObject({ body: "first" });
    await orders.remove();
    await orders.post("second");
    expect(await socket.pushed()).toMatchObject({ body: "second" });
  });

  test("of a queue that is gone leaves no database when the connection ends", async () => {
    const { orders, socket } = await subscribed();
    await orders.remove();
    socket.close(1000);
    await expect.poll(() => alarmIn(orders)).not.toBeNull();
    await expect.poll(() => rows(orders, "subscription")).toEqual([]);
    clock.advance({ seconds: 10 });
    await runDurableObjectAlarm(queueStub(orders));
    await expect(rows(orders, "subscription")).rejects.toThrow("no such table");
  });

  test("has an empty report, nothing to send again, and nothing to sign", async () => {
    const { orders, socket, id } = await subscribed();
    await orders.post("a");
    await socket.pushed();
    const path = `/subscriptions/${id}`;
    expect((await orders.send("GET", `${path}/deliveries`)).json).toEqual({
      delivered: 0,
      failed: 0,
      pending: 0,
      redeliverable: 0,
      next_attempt_at: null,
      attempts: [],
    });
    expect((await orders.send("POST", `${path}/redeliver`)).json).toEqual({ redelivered: 0 });
    expect(await orders.send("POST", `${path}/secret`)).toRefuse(400, "Invalid API request");
  });

  test("can be changed as others, and become one of a webhook", async () => {
    const found = await subscribed();
    const { orders, socket, id } = found;
    await orders.send("PATCH", `/subscriptions/${id}`, { body: { options: { post_data: "changed" } } });
    await orders.post("a");
    expect(await socket.receive()).toBe("changed");
    const moved = { body: { subscriber: "mailto:ops@example.org" } };
    expect((await orders.send("PATCH", `/subscriptions/${id}`, moved)).status).toBe(204);
    await postAndHandOver(orders, "b");
    expect(socket.untaken).toBe(0);
    socket.close(1000);
    await expect.poll(() => entered(found)).toBe(0);
    expect(await subscribers(orders)).toEqual(["mailto:ops@example.org"]);
  });
});

test("a push costs the hub no row, and the queue one for all of its connections", async () => {
  const { orders, socket, hub } = await subscribed();
  const others = await Promise.all([1, 2, 3].map(() => connect(orders.project.id)));
  for (const other of others) await other.subscribe("orders");
  await postAndHandOver(orders, "warm");
  const [ofHub, ofQueue] = [await rowsWritten(hub), (await rowCounts(orders)).written];
  await postAndHandOver(orders, "a");
  for (const each of [socket, ...others]) {
    expect(await each.pushed()).toMatchObject({ body: "warm" });
    expect(await each.pushed()).toMatchObject({ body: "a" });
  }
  expect(await rowsWritten(hub)).toBe(ofHub);
  // The segment, and the cursor.
  expect((await rowCounts(orders)).written - ofQueue).toBe(2);
});

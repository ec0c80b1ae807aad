/** Pushes of queues to connections that are subscribers. Upstream: zaqar/transport/websocket/protocol.py. */
import { describe, expect, test } from "vitest";
import type { Epoch, ProjectId, QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toSeconds } from "../../src/domain/time.ts";
import type { HubRpc } from "../../src/objects/rpc/hub.ts";
import { until } from "../support/clock.ts";
import { addressOf } from "../support/drivers/waits.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { rows } from "../support/objects/queue-outbox.ts";
import { numbered, project, type Queue } from "../support/drivers/zaqar-client.ts";
import { connect, type Connection } from "../support/drivers/web-socket.ts";

/** A queue, and a connection of the same project. */
async function queueAndSocket(): Promise<readonly [Queue, Connection]> {
  const orders = await project().queue();
  return [orders, await connect(orders.project.id)];
}

function notification(body: unknown, ttl = 3600): object {
  return { ttl, body, Message_Type: "Notification", queue_name: "orders" };
}

/** The bodies of the next pushes. */
async function bodiesPushed(socket: Connection, count: number): Promise<unknown[]> {
  const bodies: unknown[] = [];
  while (bodies.length < count) bodies.push(((await socket.pushed()) as { readonly body: unknown }).body);
  return bodies;
}

describe("a connection that has subscribed itself", () => {
  test("gets what is posted over either transport, as a bare object", async () => {
    const [orders, socket] = await queueAndSocket();
    await socket.subscribe("orders");
    await orders.post({ body: { n: 1 }, ttl: 60 });
    expect(await socket.pushed()).toEqual(notification({ n: 1 }, 60));
    const other = await connect(orders.project.id);
    await other.ask("message_post", { queue_name: "orders", messages: [{ body: "from a frame", ttl: 90 }] });
    expect(await socket.pushed()).toEqual(notification("from a frame", 90));
  });

  test("gets messages in post order, and they stay in the queue", async () => {
    const [orders, socket] = await queueAndSocket();
    await socket.subscribe("orders", { subscriber: "" });
    for (const body of numbered(30)) await orders.post(body);
    expect(await bodiesPushed(socket, 30)).toEqual(numbered(30));
    expect(await orders.list({ limit: 20 })).toHaveLength(20);
  });

  test("gets the text of upstream's notifications, whose numbers keep their form", async () => {
    const [orders, socket] = await queueAndSocket();
    await socket.subscribe("orders");
    await orders.send("POST", "/messages", { body: '{"messages":[{"body":{"a":1.0,"b":9007199254740993,"c":"é"}}]}' });
    expect(await socket.receive()).toBe(
      '{"ttl": 3600, "body": {"a": 1.0, "b": 9007199254740993, "c": "\\u00e9"}, ' +
        '"Message_Type": "Notification", "queue_name": "orders"}',
    );
  });

  test("gets the delay of a message of a queue with a default delay, at once", async () => {
    const orders = await project().queue("orders", { _default_message_delay: 60 });
    const socket = await connect(orders.project.id);
    await socket.subscribe("orders");
    await orders.post("later");
    expect(await socket.pushed()).toEqual({ ...notification("later"), delay: 60 });
  });

  test("does not get what was posted before", async () => {
    const [orders, socket] = await queueAndSocket();
    await orders.post("before");
    await socket.subscribe("orders");
    await orders.post("after");
    expect(await bodiesPushed(socket, 1)).toEqual(["after"]);
  });

  test("is shown as a confirmed subscription, whose subscriber ends with the connection's id", async () => {
    const [orders, socket] = await queueAndSocket();
    const id = await socket.subscribe("orders", { ttl: 300, options: { a: 1 } });
    expect(await orders.subscription(id)).toEqual({
      id,
      source: "orders",
      subscriber: expect.stringMatching(/^websocket:\/\/hub\/\d+\/[0-9a-f-]{36}$/),
      ttl: 300,
      age: 0,
      options: { a: 1 },
      confirmed: true,
    });
  });
});

describe("the format of pushes", () => {
  test("is that of the latest subscription, for all queues of the connection", async () => {
    const [orders, socket] = await queueAndSocket();
    const news = await orders.project.queue("news");
    await socket.subscribe("orders");
    await orders.post("text");
    expect(typeof (await socket.receive())).toBe("string");
    await socket.subscribe("news", {}, "askInBinary");
    await orders.post("binary");
    expect(await socket.receive()).toBeInstanceOf(ArrayBuffer);
    await news.post("binary too");
    expect(await socket.pushed()).toMatchObject({ body: "binary too" });
  });

  test("is not changed by a subscription that is refused, or that names a subscriber", async () => {
    const [orders, socket] = await queueAndSocket();
    await socket.subscribe("orders");
    const again = await socket.askInBinary("subscription_create", { queue_name: "orders" });
    expect(again).toMatchObject({ headers: { status: 409 }, body: "Subscription orders not created." });
    const named = { queue_name: "orders", subscriber: "mailto:ops@example.org" };
    expect(await socket.askInBinary("subscription_create", named)).toMatchObject({ headers: { status: 201 } });
    await orders.post("text");
    expect(typeof (await socket.receive())).toBe("string");
  });

  test("may be any text that `post_data` makes of the message", async () => {
    const [orders, socket] = await queueAndSocket();
    await socket.subscribe("orders", { options: { post_data: 'got "$zaqar_message$"!' } });
    await orders.post("a");
    const document = '{"ttl": 3600, "body": "a", "Message_Type": "Notification", "queue_name": "orders"}';
    expect(await socket.receive()).toBe(`got ${document}!`);
    const binary = await connect(orders.project.id);
    await binary.subscribe("orders", { options: { post_data: '{"env":"$zaqar_message$"}' } }, "askInBinary");
    const odd = await connect(orders.project.id);
    await odd.subscribe("orders", { options: { post_data: "just this" } }, "askInBinary");
    await orders.post("b");
    expect(await binary.pushed()).toEqual({ env: notification("b") });
    expect(await odd.pushed()).toBe("just this");
  });
});

describe("a push", () => {
  test("never comes between a request and its reply", async () => {
    const [orders, socket] = await queueAndSocket();
    await socket.subscribe("orders");
    let isPosted = false;
    interceptObjects("QUEUES", `${orders.project.id}/slow`, (stub) => ({
      stats: async () => {
        await until(() => isPosted);
        return stub.stats();
      },
    }));
    socket.post("queue_get_stats", { queue_name: "slow" });
    socket.post("queue_get", { queue_name: "orders" });
    await orders.post("a");
    // The hub has taken the push once the cursor is written.
    await until(async () => (await rows(orders, "outbox")).some(({ handed }) => handed === 1));
    expect(socket.untaken).toBe(0);
    isPosted = true;
    expect((await socket.reply()).request.action).toBe("queue_get_stats");
    expect((await socket.reply()).request.action).toBe("queue_get");
    expect(await socket.pushed()).toEqual(notification("a"));
  });

  test("that a queue repeats after a crash is sent once, also if it repeats in other parts", async () => {
    const [orders, socket] = await queueAndSocket();
    await socket.subscribe("orders");
    const { hub, id } = await addressOf(orders.project, socket);
    const push = (...numbers: readonly number[]): Promise<readonly string[]> =>
      (hub as unknown as HubRpc).push({
        project: orders.project.id as ProjectId,
        place: { kind: "queue", name: "orders" as QueueName },
        epoch: "1" as Epoch,
        notifications: numbers.map((number) => {
          return { number, ttl: toSeconds(60), delay: null, body: String(number) as JsonText, hops: 0 };
        }),
        template: null,
        connections: [id],
      });
    for (const numbers of [[1, 2], [3], [1, 2], [3, 4], [1], [2, 3, 4, 5]])
      expect(await push(...numbers)).toEqual(["taken"]);
    expect(await bodiesPushed(socket, 5)).toEqual([1, 2, 3, 4, 5]);
    // Nothing more comes before the reply.
    expect((await socket.ask("queue_get", { queue_name: "orders" })).headers.status).toBe(200);
  });

  test("to many connections of a hub is one call", async () => {
    const orders = await project().queue();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(orders.project.id)));
    for (const socket of sockets) await socket.subscribe("orders");
    const calls: string[] = [];
    interceptObjects("HUBS", "hub/", (stub, hub) => ({
      push: (push) => {
        calls.push(`${hub}: ${push.connections.length}`);
        return stub.push(push);
      },
    }));
    await orders.post("a");
    for (const socket of sockets) expect(await socket.pushed()).toEqual(notification("a"));
    expect(new Set(calls).size).toBe(calls.length);
    expect(calls.length).toBeLessThan(4);
  });
});

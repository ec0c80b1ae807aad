/** The requests of OpenStack's own services, byte by byte, and the notifications of their subscribers. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, test } from "node:test";
import { Receiver } from "./listener.ts";
import { OPEN, Service, until } from "./service.ts";
import { replay, type WireAnswer } from "./wire.ts";

let service: Service;

before(async () => {
  service = await Service.with(OPEN);
});

/** python-zaqarclient: one Client-ID without dashes per client, and a Content-Type on everything. */
const ZAQARCLIENT = `
User-Agent: python-requests/2.31.0
Accept-Encoding: gzip, deflate
Accept: application/json
Content-Type: application/json
Client-ID: 5d5bb5e4c0c54a0ba9c3d1ee0a3b5c7f
X-Project-Id: 8f2b1c`.trim();

describe("Aodh", () => {
  test("subscribes and posts anew at every alarm, without a ttl", async () => {
    const receiver = await Receiver.listen();
    const queue = newQueue("alarm");
    const ids: string[] = [];
    for (const state of ["alarm", "ok"]) {
      const subscribe = JSON.stringify({ subscriber: receiver.url, ttl: 3600, options: {} });
      const subscribed = await send(`POST /v2/queues/${queue}/subscriptions\n${ZAQARCLIENT}\n\n${subscribe}`, 201);
      const { subscription_id: id } = JSON.parse(subscribed.body) as { readonly subscription_id: string };
      ids.push(id);
      // The client's GET of the new subscription has the body of the request before.
      await send(`GET /v2/queues/${queue}/subscriptions/${id}\n${ZAQARCLIENT}\n\n${subscribe}`, 200);
      const body = { alarm_id: "a1", current: state, reason_data: { type: "threshold", most_recent: 87.5 } };
      const messages = JSON.stringify({ messages: [{ body }] });
      const posted = await send(`POST /v2/queues/${queue}/messages\n${ZAQARCLIENT}\n\n${messages}`, 201);
      assert.match(posted.location ?? "", /^\/v2\/queues\/.*\/messages\?ids=/);
    }
    assert.equal(ids[0], ids[1]);
    await received(receiver, 2);
    assert.deepEqual(
      receiver.received.map(({ body }) => body),
      ["alarm", "ok"].map(
        (state) =>
          `{"ttl": 3600, "body": {"alarm_id": "a1", "current": "${state}", ` +
          `"reason_data": {"type": "threshold", "most_recent": 87.5}}, ` +
          `"Message_Type": "Notification", "queue_name": "${queue}"}`,
      ),
    );
  });
});

describe("Heat", () => {
  test("subscribes for seven thousand years without options, and changes everything at once", async () => {
    const [first, second] = [await Receiver.listen(), await Receiver.listen()];
    const queue = newQueue("stack");
    await send(`PUT /v2/queues/${queue}\n${ZAQARCLIENT}`, 201);
    const subscribe = JSON.stringify({ subscriber: first.url, ttl: 220_367_260_800, options: null });
    const subscribed = await send(`POST /v2/queues/${queue}/subscriptions\n${ZAQARCLIENT}\n\n${subscribe}`, 201);
    const { subscription_id: id } = JSON.parse(subscribed.body) as { readonly subscription_id: string };
    const path = `/v2/queues/${queue}/subscriptions/${id}`;
    const shown = await send(`GET ${path}\n${ZAQARCLIENT}\n\n${subscribe}`, 200);
    const { ttl, options } = JSON.parse(shown.body) as { readonly ttl: number; readonly options: unknown };
    assert.deepEqual({ ttl, options }, { ttl: 220_367_260_800, options: {} });
    await post(queue, [{ body: { event: "before" } }]);
    await received(first, 1);

    const change = JSON.stringify({ subscriber: second.url, ttl: 220_367_260_800, options: {} });
    await send(`PATCH ${path}\n${ZAQARCLIENT}\n\n${change}`, 204);
    await post(queue, [{ body: { event: "after" } }]);
    await received(second, 1);
    assert.deepEqual([first.bodies, second.bodies], [[{ event: "before" }], [{ event: "after" }]]);
    await send(`DELETE ${path}\n${ZAQARCLIENT}`, 204);
  });

  test("starts a workflow of Mistral with the message inside, as an object", async () => {
    const mistral = await Receiver.listen();
    const queue = newQueue("trigger");
    const execution = { workflow_id: "deploy", params: { env: { notification: "$zaqar_message$" } }, input: { n: 1 } };
    const options = {
      post_data: JSON.stringify(execution),
      post_headers: { "Content-Type": "application/json", "X-Trigger": "heat" },
    };
    const subscribe = JSON.stringify({ subscriber: mistral.url, ttl: 220_367_260_800, options });
    await send(`POST /v2/queues/${queue}/subscriptions\n${ZAQARCLIENT}\n\n${subscribe}`, 201);
    await post(queue, [{ body: { server: "s1" }, ttl: 600 }]);
    await received(mistral, 1);
    const notification = `{"ttl": 600, "body": {"server": "s1"}, "Message_Type": "Notification", "queue_name": "${queue}"}`;
    const [execute] = mistral.received;
    assert.equal(
      execute?.body,
      `{"workflow_id":"deploy","params":{"env":{"notification":${notification}}},"input":{"n":1}}`,
    );
    assert.equal(execute?.headers["x-trigger"], "heat");
    assert.equal(execute?.headers["content-type"], "application/json");
  });

  test("gives servers a signed URL, whose posts are told of like any other", async () => {
    const receiver = await Receiver.listen();
    const queue = newQueue("signal");
    const subscribe = JSON.stringify({ subscriber: receiver.url, ttl: 3600, options: {} });
    await send(`POST /v2/queues/${queue}/subscriptions\n${ZAQARCLIENT}\n\n${subscribe}`, 201);
    const grant = JSON.stringify({
      paths: ["messages"],
      methods: ["DELETE", "POST"],
      expires: "2099-01-01T00:00:00.123456",
    });
    const shared = await send(`POST /v2/queues/${queue}/share\n${ZAQARCLIENT}\n\n${grant}`, 200);
    const { paths, methods, expires, project, signature } = JSON.parse(shared.body) as Grant;
    const signed = `
Content-Type: application/json
Accept: */*
User-Agent: curl/8.5.0
Client-ID: 4b1a0a2e-7f8e-4c43-9f41-0c9b8f0f6d1e
X-Project-ID: ${project}
URL-Methods: ${methods.join(",")}
URL-Paths: ${paths.join(",")}
URL-Expires: ${expires}
URL-Signature: ${signature}`.trim();
    const messages = JSON.stringify({ messages: [{ body: { status: "SUCCESS" } }] });
    await send(`POST /v2/queues/${queue}/messages\n${signed}\n\n${messages}`, 201);
    await send(
      `POST /v2/queues/${queue}/messages\n${signed.replace(signature, `${signature.slice(1)}0`)}\n\n${messages}`,
      404,
    );
    await send(`POST /v2/queues/${queue}/subscriptions\n${signed}\n\n${subscribe}`, 404);
    await received(receiver, 1);
    assert.deepEqual(receiver.bodies, [{ status: "SUCCESS" }]);
    const popped = await send(`DELETE /v2/queues/${queue}/messages?pop=1\n${signed}`, 200);
    assert.match(popped.body, /SUCCESS/);
  });
});

describe("Ceilometer", () => {
  test("posts a large batch at once, and each sample arrives once, in order", async () => {
    const receiver = await Receiver.listen();
    const queue = newQueue("samples");
    const subscribe = JSON.stringify({ subscriber: receiver.url, ttl: 3600, options: {} });
    await send(`POST /v2/queues/${queue}/subscriptions\n${ZAQARCLIENT}\n\n${subscribe}`, 201);
    const samples = Array.from({ length: 300 }, (_, number) => ({
      body: { name: "cpu", volume: number, unit: "ns", resource_metadata: { display_name: "x".repeat(500) } },
    }));
    await post(queue, samples);
    await received(receiver, samples.length);
    assert.deepEqual(
      receiver.bodies,
      samples.map(({ body }) => body),
    );
  });
});

describe("os-collect-config", () => {
  test("pops its configuration until there is none; subscribers have heard of it all the same", async () => {
    const receiver = await Receiver.listen();
    const queue = newQueue("config");
    await send(`PUT /v2/queues/${queue}\n${ZAQARCLIENT}`, 201);
    const subscribe = JSON.stringify({ subscriber: receiver.url, ttl: 10_000, options: {} });
    await send(`POST /v2/queues/${queue}/subscriptions\n${ZAQARCLIENT}\n\n${subscribe}`, 201);
    const seen: unknown[] = [];
    const collect = async (): Promise<boolean> => {
      const { body } = await send(`DELETE /v2/queues/${queue}/messages?pop=1\n${ZAQARCLIENT}`, 200);
      const { messages } = JSON.parse(body) as { readonly messages: readonly { readonly body: unknown }[] };
      seen.push(...messages.map((message) => message.body));
      return messages.length > 0;
    };
    assert.equal(await collect(), false);
    await post(queue, [{ body: { deployments: [1] } }, { body: { deployments: [1, 2] } }]);
    while (await collect());
    await post(queue, [{ body: { deployments: [1, 2, 3] } }]);
    while (await collect());
    assert.deepEqual(seen, [{ deployments: [1] }, { deployments: [1, 2] }, { deployments: [1, 2, 3] }]);
    await received(receiver, 3);
    assert.deepEqual(receiver.bodies, seen);
  });
});

interface Grant {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly expires: string;
  readonly project: string;
  readonly signature: string;
}

function newQueue(name: string): string {
  return `${name}-${randomUUID()}`;
}

async function send(request: string, status: number): Promise<WireAnswer> {
  const answer = await replay(service.port, request);
  assert.equal(answer.status, status, `${request.split("\n")[0]}: ${answer.body}`);
  return answer;
}

async function post(queue: string, messages: readonly unknown[]): Promise<void> {
  await send(`POST /v2/queues/${queue}/messages\n${ZAQARCLIENT}\n\n${JSON.stringify({ messages })}`, 201);
}

/** Waits for this number of requests, and checks that no more arrive. */
async function received(receiver: Receiver, count: number): Promise<void> {
  await until(`${count} notifications have come`, () => (receiver.received.length >= count ? true : null));
  assert.equal(receiver.received.length, count);
}

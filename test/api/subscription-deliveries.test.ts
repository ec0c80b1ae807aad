/**
 * The delivery report of a subscription, redelivery, and the secret that signs notifications. Ours (docs/COMPATIBILITY.md).
 */
import { describe, expect, test } from "vitest";
import { interceptCalls, Receiver } from "../support/fakes/receiver.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

interceptCalls();

/** An address that must not be called, so a notification fails permanently at the first attempt. */
const PRIVATE = "http://127.0.0.1/hook";

async function reportOf(queue: Queue, id: string): Promise<Readonly<Record<string, unknown>>> {
  const answer = await queue.send("GET", `/subscriptions/${id}/deliveries`);
  expect(answer).toAnswer(200);
  return answer.json as Readonly<Record<string, unknown>>;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const NOTHING = { delivered: 0, failed: 0, pending: 0, redeliverable: 0, next_attempt_at: null, attempts: [] };

describe("deliveries", () => {
  test("are empty before there was a message", async () => {
    const orders = project().missingQueue();
    expect(await reportOf(orders, await orders.subscribe(new Receiver().url))).toEqual(NOTHING);
  });

  test("show what has arrived", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver(204)];
    const id = await orders.subscribe(hook.url);
    await orders.post("a");
    await expect.poll(() => reportOf(orders, id)).toMatchObject({ delivered: 1, pending: 0 });
    const attempt = {
      id: hook.received[0]?.headers["webhook-id"],
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      duration_ms: expect.any(Number),
      attempt: 1,
      outcome: "delivered",
      reason: null,
      status: 204,
    };
    expect(await reportOf(orders, id)).toEqual({ ...NOTHING, delivered: 1, attempts: [attempt] });
  });

  test("that were given up are shown, and sent again to the current subscriber", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver()];
    const id = await orders.subscribe(PRIVATE);
    await orders.post("a", "b");
    await expect
      .poll(() => reportOf(orders, id))
      .toMatchObject({
        failed: 2,
        pending: 0,
        redeliverable: 2,
        attempts: [{ outcome: "blocked", reason: "private", status: null }, { outcome: "blocked" }],
      });
    expect(await orders.send("PATCH", `/subscriptions/${id}`, { body: { subscriber: hook.url } })).toAnswer(204);
    const answer = await orders.send("POST", `/subscriptions/${id}/redeliver`);
    expect(answer).toAnswer(202);
    expect(answer.json).toEqual({ redelivered: 2 });
    await expect.poll(() => reportOf(orders, id)).toMatchObject({ delivered: 2, pending: 0, redeliverable: 0 });
    expect(new Set(hook.bodies)).toEqual(new Set(["a", "b"]));
  });

  test("that were not given up are not sent again", async () => {
    const orders = project().missingQueue();
    const id = await orders.subscribe(new Receiver().url);
    const answer = await orders.send("POST", `/subscriptions/${id}/redeliver`);
    expect(answer).toAnswer(202);
    expect(answer.json).toEqual({ redelivered: 0 });
  });
});

describe("a list of deliveries", () => {
  test("by state has the notifications with their answers, in pages", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver(() => new Response("not here", { status: 404 }))];
    const id = await orders.subscribe(hook.url);
    await orders.post({ body: { n: 1 } });
    await orders.post("b");
    await expect.poll(() => reportOf(orders, id)).toMatchObject({ failed: 2, redeliverable: 2 });
    const path = `/subscriptions/${id}/deliveries`;
    const first = await orders.send("GET", `${path}?state=failed&limit=1`);
    expect(first).toAnswer(200);
    const { deliveries, links } = first.json as { deliveries: { id: string }[]; links: { href: string }[] };
    expect(deliveries).toEqual([
      {
        number: 1,
        id: hook.received[0]?.headers["webhook-id"],
        message_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        created_at: expect.stringMatching(TIME) as string,
        attempts: 1,
        next_attempt_at: null,
        attempted_at: expect.stringMatching(TIME) as string,
        outcome: "refused",
        reason: null,
        status: 404,
        answer: "not here",
        body: { n: 1 },
      },
    ]);
    const second = await orders.project.send("GET", links[0]?.href ?? "");
    expect(second.json).toMatchObject({ deliveries: [{ number: 2, body: "b" }] });
    expect((await orders.send("GET", `${path}?state=failed&marker=2`)).json).toEqual({ deliveries: [], links: [] });
    expect((await orders.send("GET", `${path}?state=failed&marker=x`)).json).toEqual({ deliveries: [], links: [] });
    expect((await orders.send("GET", `${path}?state=pending`)).json).toEqual({ deliveries: [], links: [] });
  });

  test("names dead letters, and messages that return from there, by the ids that they have in the queue", async () => {
    const owner = project();
    const [orders, dead] = [
      await owner.queue("orders", { _max_claim_count: 1, _dead_letter_queue: "dead" }),
      await owner.queue("dead"),
    ];
    await dead.post("own");
    const id = await orders.postOne("a");
    const listOf = async (queue: Queue, subscription: string) => {
      const answer = await queue.send("GET", `/subscriptions/${subscription}/deliveries?state=failed`);
      return (answer.json as { deliveries: { id: string; message_id: string; body: unknown }[] }).deliveries;
    };
    const atDead = await dead.subscribe(PRIVATE);
    await (await orders.claim()).release();
    expect(await orders.claim()).toHoldBodies();
    await expect.poll(() => listOf(dead, atDead)).toMatchObject([{ message_id: id, body: "a" }]);
    expect(await dead.get(id)).toMatchObject({ body: "a" });

    const atOrders = await orders.subscribe(PRIVATE);
    expect(await dead.send("POST", "/redrive")).toAnswer(202);
    await expect.poll(() => listOf(orders, atOrders)).toMatchObject([{ message_id: id, body: "a" }]);
    // The id of the notification is a new one, because the message is sent again.
    expect((await listOf(orders, atOrders))[0]?.id.startsWith(id)).toBe(false);
    expect(await orders.get(id)).toMatchObject({ body: "a" });
  });

  test.each<readonly [query: string, status: number]>([
    ["state=failed", 200],
    ["state=failed&limit=1", 200],
    ["state=failed&limit=20", 200],
    ["state=failed&limit=0", 400],
    ["state=failed&limit=21", 400],
    ["state=failed&limit=x", 400],
    ["state=both", 400],
  ])("with %s is %d", async (query, status) => {
    const orders = project().missingQueue();
    const id = await orders.subscribe(new Receiver().url);
    expect(await orders.send("GET", `/subscriptions/${id}/deliveries?${query}`)).toAnswer(status);
  });

  test("of a subscription that does not exist is 404", async () => {
    const answer = await project().missingQueue().send("GET", "/subscriptions/0123/deliveries?state=failed");
    expect(answer).toRefuse(404, "Not found");
  });
});

describe("a redelivery of some notifications", () => {
  test("is by id or time", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver(404)];
    const id = await orders.subscribe(hook.url);
    await orders.post("a");
    await orders.post("b");
    await expect.poll(() => reportOf(orders, id)).toMatchObject({ redeliverable: 2 });
    const redeliver = async (body: object): Promise<unknown> => {
      const answer = await orders.send("POST", `/subscriptions/${id}/redeliver`, { body });
      expect(answer).toAnswer(202);
      return answer.json;
    };
    hook.speak();
    expect(await redeliver({ since: "2100-01-01T00:00:00Z" })).toEqual({ redelivered: 0 });
    expect(await redeliver({ ids: [hook.received[1]?.headers["webhook-id"]] })).toEqual({ redelivered: 1 });
    await expect.poll(() => hook.bodies.slice(2)).toEqual(["b"]);
    expect(await redeliver({ since: "2000-01-01T00:00:00Z" })).toEqual({ redelivered: 1 });
    await expect.poll(() => hook.bodies.slice(2)).toEqual(["b", "a"]);
    expect(await redeliver({})).toEqual({ redelivered: 0 });
  });

  test.each<readonly [body: object | string, status: number]>([
    [{ ids: ["x"] }, 202],
    [{ ids: Array.from({ length: 20 }, () => "x") }, 202],
    [{ ids: [] }, 400],
    [{ ids: Array.from({ length: 21 }, () => "x") }, 400],
    [{ id: "x" }, 400],
    [{ since: "yesterday" }, 400],
    ["x", 400],
  ])("%j is %d", async (body, status) => {
    const orders = project().missingQueue();
    const id = await orders.subscribe(new Receiver().url);
    expect(await orders.send("POST", `/subscriptions/${id}/redeliver`, { body })).toAnswer(status);
  });
});

describe("a test of a subscription", () => {
  test("sends one notification that says what it is, and answers with the attempt", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver(() => new Response("no", { status: 500 }))];
    const id = await orders.subscribe(hook.url);
    const answer = await orders.send("POST", `/subscriptions/${id}/test`);
    expect(answer).toAnswer(200);
    expect(answer.json).toEqual({
      id: hook.received[0]?.headers["webhook-id"],
      at: expect.stringMatching(TIME) as string,
      duration_ms: expect.any(Number) as number,
      outcome: "refused",
      reason: null,
      status: 500,
      answer: "no",
    });
    expect(hook.received.map(({ body }) => body)).toEqual([
      '{"body": "A test of this subscription.", "Message_Type": "Test", "queue_name": "orders"}',
    ]);
    expect(await reportOf(orders, id)).toEqual(NOTHING);
  });

  test("of a subscription that does not exist is 404, and creates nothing", async () => {
    const owner = project();
    expect(await owner.missingQueue().send("POST", "/subscriptions/0123/test")).toRefuse(404, "Not found");
    expect(await owner.queueNames()).toEqual([]);
  });

  test("of a connection is 400", async () => {
    const orders = await project().queue();
    const socket = await connect(orders.project.id);
    const id = await socket.subscribe("orders");
    expect(await orders.send("POST", `/subscriptions/${id}/test`)).toRefuse(400, "Invalid API request");
    expect((await orders.send("GET", `/subscriptions/${id}/deliveries?state=failed`)).json).toMatchObject({
      deliveries: [],
    });
    expect((await orders.send("POST", `/subscriptions/${id}/redeliver`, { body: { ids: ["x"] } })).json).toEqual({
      redelivered: 0,
    });
  });
});

test.each(["text", "MessagePack"])("frames do the same, in %s", async (format) => {
  const [orders, hook] = [await project().queue(), new Receiver(() => new Response("no", { status: 404 }))];
  const socket = await connect(orders.project.id);
  const id = await orders.subscribe(hook.url);
  await orders.post("a");
  await expect.poll(() => reportOf(orders, id)).toMatchObject({ failed: 1 });
  const ask = async (action: string, members: object = {}): Promise<readonly [number, unknown]> => {
    const body = { queue_name: "orders", subscription_id: id, ...members };
    const reply = format === "text" ? await socket.ask(action, body) : await socket.askInBinary(action, body);
    return [reply.headers.status, reply.body];
  };
  expect(await ask("subscription_deliveries")).toEqual([200, await reportOf(orders, id)]);
  const listed = await orders.send("GET", `/subscriptions/${id}/deliveries?state=failed`);
  const { deliveries } = listed.json as { deliveries: readonly { readonly id: string }[] };
  expect(await ask("subscription_delivery_list", { state: "failed" })).toEqual([200, { deliveries }]);
  expect(await ask("subscription_delivery_list", { state: "failed", marker: "1" })).toEqual([200, { deliveries: [] }]);
  expect(await ask("subscription_delivery_list", { state: "done" })).toMatchObject([
    400,
    { code: "parameter-invalid" },
  ]);
  expect(await ask("subscription_test")).toMatchObject([200, { outcome: "refused", status: 404, answer: "no" }]);
  hook.speak();
  expect(await ask("subscription_redeliver", { ids: ["x"] })).toEqual([202, { redelivered: 0 }]);
  expect(await ask("subscription_redeliver", { ids: [] })).toMatchObject([400, { code: "out-of-range" }]);
  expect(await ask("subscription_redeliver", { since: "x" })).toMatchObject([400, { code: "document-invalid" }]);
  expect(await ask("subscription_redeliver", { ids: deliveries.map((each) => each.id) })).toEqual([
    202,
    { redelivered: 1 },
  ]);
  await expect.poll(() => hook.received.length).toBe(3);
  expect(await ask("subscription_redeliver")).toEqual([202, { redelivered: 0 }]);
});

describe("a secret", () => {
  test("is shown once, signs from then on, and for a time together with its successor", async () => {
    const [orders, hook] = [project().missingQueue(), new Receiver()];
    const id = await orders.subscribe(hook.url);
    const renew = async (): Promise<string> => {
      const answer = await orders.send("POST", `/subscriptions/${id}/secret`);
      expect(answer).toAnswer(201);
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      return (answer.json as { readonly secret: string }).secret;
    };
    const signaturesOfNext = async (): Promise<number> => {
      const count = hook.received.length;
      await orders.post("a");
      await expect.poll(() => hook.received.length).toBe(count + 1);
      return hook.received.at(-1)?.headers["webhook-signature"]?.split(" ").length ?? 0;
    };
    expect(await signaturesOfNext()).toBe(0);
    const first = await renew();
    expect(first).toMatch(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/);
    expect(await signaturesOfNext()).toBe(1);
    expect(await renew()).not.toBe(first);
    expect(await signaturesOfNext()).toBe(2);
    expect(JSON.stringify(await orders.subscription(id))).not.toContain("whsec_");
  });
});

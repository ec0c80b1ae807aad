/** The reply to each action, in both formats (Zaqar: zaqar/api/v2/endpoints.py). */
import { describe, expect, test, vi } from "vitest";
import { ACTIONS } from "../../src/websocket/actions/table.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { interceptObjects } from "../support/objects/calls.ts";
import { send } from "../support/drivers/request.ts";
import { connect, type Connection, type Reply } from "../support/drivers/web-socket.ts";

freezeClock();

const TEXT = (socket: Connection) => socket.ask.bind(socket);
const BINARY = (socket: Connection) => socket.askInBinary.bind(socket);
const Q = { queue_name: "orders" };
const ID = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
const UNKNOWN = "5dfb4ae5-7df4-4f0b-8f4c-2a1e4c8a9c11";

const UPSTREAM = ["queue_list", "queue_create", "queue_get", "queue_delete", "queue_get_stats", "queue_purge"].concat(
  ["message_post", "message_list", "message_get", "message_get_many", "message_delete", "message_delete_many"],
  ["claim_create", "claim_get", "claim_update", "claim_delete"],
  ["subscription_list", "subscription_create", "subscription_get", "subscription_delete"],
  ["get_home_doc", "ping_node", "check_node_health"],
  ["pool_list", "pool_create", "pool_get", "pool_update", "pool_delete"],
  ["flavor_list", "flavor_create", "flavor_get", "flavor_update", "flavor_delete"],
);
const OURS = ["claim_end_waits", "claim_settle", "service_get", "subscription_deliveries"].concat(
  "subscription_delivery_list",
  "subscription_redeliver",
  "subscription_test",
  ["overview_get", "queue_get_figures", "series_get"],
);

function answered({ body, headers }: Reply): readonly [number, unknown] {
  return [headers.status, body];
}

function toMessage(body: string): { readonly body: string } {
  return { body };
}

function idsIn({ body }: Reply): readonly string[] {
  return (body as { message_ids: readonly string[] }).message_ids;
}

test("is listed here for every one that upstream has, and for ours", () => {
  expect(Object.keys(ACTIONS).toSorted()).toEqual([...UPSTREAM, ...OURS].toSorted());
});

describe.each([
  ["text", TEXT],
  ["MessagePack", BINARY],
])("in %s", (_, ask) => {
  test("queues", async () => {
    const on = ask(await connect());
    expect(answered(await on("queue_create", { ...Q, metadata: { color: "red" } }))).toEqual([
      201,
      "Queue orders created.",
    ]);
    expect(answered(await on("queue_create", Q))).toEqual([204, "Queue orders created."]);
    expect(answered(await on("queue_create", { queue_name: "a" }))).toEqual([201, "Queue a created."]);
    expect(answered(await on("queue_get", Q))).toEqual([200, { color: "red" }]);
    expect(answered(await on("queue_get", { queue_name: "missing" }))).toEqual([200, {}]);
    expect(answered(await on("queue_list"))).toEqual([200, { queues: [{ name: "a" }, { name: "orders" }] }]);
    expect(answered(await on("queue_list", { marker: "a", limit: 1, detailed: true }))).toEqual([
      200,
      { queues: [{ name: "orders", metadata: { color: "red" } }] },
    ]);
    expect(answered(await on("queue_delete", Q))).toEqual([204, "Queue orders removed."]);
    expect(answered(await on("queue_delete", Q))).toEqual([204, "Queue orders removed."]);
  });

  test("the service", async () => {
    const socket = await connect();
    const on = ask(socket);
    expect(answered(await on("ping_node"))).toEqual([204, {}]);
    const headers = { ...(socket.headers as Readonly<Record<string, string>>) };
    const home = await send("GET", "/v2/", {
      project: headers["X-Project-ID"] ?? "",
      client: headers["Client-ID"] ?? "",
    });
    expect(answered(await on("get_home_doc"))).toEqual([200, home.json]);
  });

  test("statistics and purges", async () => {
    const on = ask(await connect());
    const zero = { messages: { claimed: 0, free: 0, total: 0 } };
    expect(answered(await on("queue_get_stats", Q))).toEqual([404, zero]);
    await on("queue_create", Q);
    expect(answered(await on("queue_get_stats", Q))).toEqual([200, zero]);
    const [first, last] = idsIn(await on("message_post", { ...Q, messages: [{ body: 1 }, { body: 2 }] }));
    clock.advance({ seconds: 5 });
    const created = new Date(Date.now() - 5000).toISOString().replace(".000Z", "Z");
    expect(answered(await on("queue_get_stats", Q))).toEqual([
      200,
      {
        messages: {
          claimed: 0,
          free: 2,
          total: 2,
          oldest: { id: first, age: 5, created },
          newest: { id: last, age: 5, created },
        },
      },
    ]);
    await on("subscription_create", { ...Q, subscriber: "mailto:a@subscriber.test" });
    expect(answered(await on("queue_purge", { ...Q, resource_types: ["messages"] }))).toEqual([204, {}]);
    expect(answered(await on("queue_get_stats", Q))).toEqual([200, zero]);
    expect(answered(await on("subscription_list", Q))).toMatchObject([200, { subscriptions: [{}] }]);
    expect(answered(await on("queue_purge", Q))).toEqual([204, {}]);
    expect(answered(await on("subscription_list", Q))).toEqual([200, { subscriptions: [] }]);
    expect(answered(await on("queue_purge", { ...Q, resource_types: ["queues"] }))).toEqual([
      400,
      { exception: expect.stringMatching(/resource_types/) as string, error: null, code: "purge-type-unknown" },
    ]);
  });

  test("messages", async () => {
    const on = ask(await connect());
    expect(answered(await on("message_list", Q))).toEqual([
      404,
      {
        exception: expect.stringMatching(/^The queue orders does not exist for project /) as string,
        error: null,
        code: "queue-not-found",
      },
    ]);
    const messages = [{ body: { n: 1 }, ttl: 100 }, { body: "b" }];
    const posted = await on("message_post", { ...Q, messages });
    expect(answered(posted)).toEqual([201, { message_ids: [ID, ID] }]);
    const [a, b] = idsIn(posted);
    clock.advance({ seconds: 3 });
    const first = { id: a, claim_id: null, ttl: 100, age: 3, body: { n: 1 } };
    const second = { id: b, claim_id: null, ttl: 3600, age: 3, body: "b" };
    expect(answered(await on("message_list", Q))).toEqual([200, { messages: [] }]);
    expect(answered(await on("message_list", { ...Q, echo: true }))).toEqual([200, { messages: [first, second] }]);
    expect(answered(await on("message_list", { ...Q, echo: true, marker: a, limit: 1 }))).toEqual([
      200,
      { messages: [second] },
    ]);
    expect(answered(await on("message_get", { ...Q, message_id: a }))).toEqual([200, { messages: first }]);
    expect(answered(await on("message_get", { ...Q, message_id: "x" }))).toEqual([
      404,
      {
        exception: expect.stringMatching(/^No message x in queue orders /) as string,
        error: null,
        code: "message-not-found",
      },
    ]);
    expect(answered(await on("message_get_many", { ...Q, message_ids: [b, "x"] }))).toEqual([
      200,
      { messages: [second] },
    ]);
    expect(answered(await on("message_get_many", { ...Q, message_ids: ["x"] }))).toEqual([200, { messages: [] }]);
    for (const ids of [[], Array.from({ length: 21 }, () => a)]) {
      expect((await on("message_get_many", { ...Q, message_ids: ids })).headers.status).toBe(400);
    }
    expect((await on("message_get_many", { ...Q, message_ids: [1] })).headers.status).toBe(400);
    expect(answered(await on("message_delete", { ...Q, message_id: a }))).toEqual([204, {}]);
    expect(answered(await on("message_delete", { ...Q, message_id: a }))).toEqual([204, {}]);
    expect(answered(await on("message_delete_many", { ...Q, message_ids: [b] }))).toEqual([204, {}]);
    expect(answered(await on("message_list", { ...Q, echo: true }))).toEqual([200, { messages: [] }]);
  });

  test("pops", async () => {
    const on = ask(await connect());
    const [a] = idsIn(await on("message_post", { ...Q, messages: [{ body: 1 }] }));
    for (const [wrong, code] of [
      [{}, "delete-unspecific"],
      [{ message_ids: [a], pop: 1 }, "delete-ambiguous"],
      [{ pop: 0 }, "out-of-range"],
      [{ pop: 21 }, "out-of-range"],
    ] as const) {
      expect(answered(await on("message_delete_many", { ...Q, ...wrong }))).toEqual([
        400,
        { exception: expect.any(String) as string, error: null, code },
      ]);
    }
    expect(answered(await on("message_delete_many", { ...Q, pop: 2 }))).toEqual([
      200,
      { messages: [{ id: a, age: 0, ttl: 3600, body: 1, claim_id: null, claim_count: 0 }] },
    ]);
    expect(answered(await on("message_delete_many", { ...Q, pop: 2 }))).toEqual([200, { messages: [] }]);
  });

  test("claims", async () => {
    const on = ask(await connect());
    expect(answered(await on("claim_create", { ...Q, ttl: 60, grace: 60 }))).toEqual([204, { claim_id: null }]);
    const [a] = idsIn(await on("message_post", { ...Q, messages: [{ body: 1 }, { body: 2 }] }));
    // As python-zaqarclient sends them where its caller leaves them out.
    const created = await on("claim_create", { ...Q, ttl: null, grace: null, limit: 1 });
    const { claim_id: claim } = created.body as { claim_id: string };
    const held = { id: a, claim_id: claim, ttl: 3600, age: 0, body: 1 };
    expect(answered(created)).toEqual([201, { claim_id: UUID, messages: [held] }]);
    clock.advance({ seconds: 2 });
    expect(answered(await on("claim_get", { ...Q, claim_id: claim }))).toEqual([
      200,
      { age: 2, ttl: 300, messages: [{ ...held, age: 2 }] },
    ]);
    expect(answered(await on("claim_update", { ...Q, claim_id: claim, ttl: 90 }))).toEqual([
      204,
      `Claim ${claim} updated.`,
    ]);
    expect((await on("claim_update", { ...Q, claim_id: claim, ttl: null, grace: null })).headers.status).toBe(204);
    expect(answered(await on("claim_get", { ...Q, claim_id: claim }))).toMatchObject([200, { ttl: 300 }]);
    expect(answered(await on("message_delete", { ...Q, message_id: a }))).toEqual([
      403,
      { exception: expect.stringMatching(/is claimed/) as string, error: null, code: "message-claimed" },
    ]);
    expect((await on("message_delete", { ...Q, message_id: a, claim_id: UNKNOWN })).headers.status).toBe(400);
    expect(answered(await on("message_delete", { ...Q, message_id: a, claim_id: claim }))).toEqual([204, {}]);
    expect(answered(await on("claim_delete", { ...Q, claim_id: claim }))).toEqual([204, `Claim ${claim} deleted.`]);
    for (const action of ["claim_get", "claim_update"]) {
      expect(answered(await on(action, { ...Q, claim_id: UNKNOWN, ttl: 60 }))).toEqual([
        404,
        { exception: expect.stringMatching(/^The claim 5dfb4ae5/) as string, error: null, code: "claim-not-found" },
      ]);
    }
    expect((await on("claim_create", { ...Q, ttl: 59, grace: 60 })).headers.status).toBe(400);
  });

  test("details of queues", async () => {
    const on = ask(await connect());
    await on("queue_create", { ...Q, metadata: { color: "red" } });
    await on("message_post", { ...Q, messages: [toMessage("a")] });
    const { messages } = (await on("queue_get_stats", Q)).body as { readonly messages: object };
    const expected = { name: "orders", metadata: { color: "red" }, messages };
    expect(answered(await on("queue_get", { ...Q, details: true }))).toEqual([200, expected]);
    expect(answered(await on("queue_get", { ...Q, details: false }))).toEqual([200, { color: "red" }]);
    expect(answered(await on("queue_list", { details: true }))).toEqual([200, { queues: [expected] }]);
    expect(answered(await on("queue_get", { queue_name: "missing", details: true }))).toEqual([
      404,
      {
        exception: expect.stringMatching(/^The queue missing does not exist/) as string,
        error: null,
        code: "queue-not-found",
      },
    ]);
    expect(answered(await on("queue_list", { details: "true" }))).toEqual([
      400,
      { error: "Schema validation failed.", code: "frame-invalid" },
    ]);
  });

  test("a settlement of a claim", async () => {
    const on = ask(await connect());
    const [a = "", b = "", c = ""] = idsIn(
      await on("message_post", { ...Q, messages: ["a", "b", "c"].map(toMessage) }),
    );
    const { claim_id: claim } = (await on("claim_create", { ...Q, ttl: 60 })).body as { readonly claim_id: string };
    const settle = async (members: object): Promise<Reply> => on("claim_settle", { ...Q, claim_id: claim, ...members });
    expect(answered(await settle({ delete: [a], release: [{ ids: [b], delay: 30 }] }))).toEqual([
      204,
      `Claim ${claim} settled.`,
    ]);
    expect((await on("claim_get", { ...Q, claim_id: claim })).body).toMatchObject({ messages: [{ id: c }] });
    for (const [members, code] of [
      [{}, "out-of-range"],
      [{ delete: [c], later: [] }, "document-invalid"],
      [{ delete: [c], release: [{ ids: [c] }] }, "document-invalid"],
    ] as const) {
      const refused = await settle(members);
      expect(answered(refused)).toEqual([400, { exception: expect.any(String) as string, error: null, code }]);
    }
    expect(answered(await settle({ delete: c }))).toEqual([
      400,
      { error: "Schema validation failed.", code: "frame-invalid" },
    ]);
    expect((await on("claim_get", { ...Q, claim_id: claim })).body).toMatchObject({ messages: [{ id: c }] });
  });

  test("subscriptions", async () => {
    const on = ask(await connect());
    const created = await on("subscription_create", {
      ...Q,
      subscriber: "mailto:a@subscriber.test",
      ttl: 600,
      options: { a: 1 },
    });
    const { subscription_id: id } = created.body as { subscription_id: string };
    expect(answered(created)).toEqual([
      201,
      { subscription_id: expect.stringMatching(/^[0-9a-f]{24}$/) as string, message: "Subscription orders created." },
    ]);
    const described = {
      id,
      source: "orders",
      subscriber: "mailto:a@subscriber.test",
      ttl: 600,
      age: 0,
      options: { a: 1 },
      confirmed: false,
    };
    expect(answered(await on("subscription_get", { ...Q, subscription_id: id }))).toEqual([200, described]);
    expect(answered(await on("subscription_list", { ...Q, limit: 5 }))).toEqual([200, { subscriptions: [described] }]);
    expect(answered(await on("subscription_list", { ...Q, marker: id }))).toEqual([200, { subscriptions: [] }]);
    // Over HTTP an unconfirmed one is 201 with its id.
    expect(answered(await on("subscription_create", { ...Q, subscriber: "mailto:a@subscriber.test" }))).toEqual([
      409,
      "Subscription orders not created.",
    ]);
    for (let time = 0; time < 2; time++) {
      expect(answered(await on("subscription_delete", { ...Q, subscription_id: id }))).toEqual([
        204,
        `Subscription ${id} removed.`,
      ]);
    }
    expect(answered(await on("subscription_get", { ...Q, subscription_id: id }))).toEqual([
      404,
      { exception: `Subscription ${id} does not exist`, error: null, code: "subscription-not-found" },
    ]);
    expect((await on("subscription_create", { ...Q, subscriber: "ftp://a.test" })).headers.status).toBe(400);
  });
});

test("a message is delayed by what it asks for, as over HTTP", async () => {
  const socket = await connect();
  await socket.ask("queue_create", { ...Q, metadata: { _default_message_delay: 5 } });
  await socket.ask("message_post", { ...Q, messages: [{ body: 1, delay: 60 }] });
  expect((await socket.ask("claim_create", Q)).headers.status).toBe(204);
  clock.advance({ seconds: 60 });
  expect((await socket.ask("claim_create", Q)).headers.status).toBe(201);
});

test("a fault is 500 without any detail, and the connection goes on", async () => {
  const faults = vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "log").mockReturnValue();
  const socket = await connect();
  interceptObjects("QUEUES", `${String(socket.headers["X-Project-ID"])}/`, () => ({
    stats: () => Promise.resolve(undefined as never),
  }));
  expect(answered(await socket.ask("queue_get_stats", Q))).toEqual([
    500,
    { exception: "The request could not be completed.", error: "Unexpected error.", code: "unavailable" },
  ]);
  expect(JSON.parse(String(faults.mock.calls[0]?.[0]))).toMatchObject({ event: "fault", operation: "queue_get_stats" });
  expect((await socket.ask("queue_list")).headers.status).toBe(200);
  vi.restoreAllMocks();
});

test("authenticate is answered where nobody has to", async () => {
  const socket = await connect();
  const reply = await socket.ask("authenticate", {}, { "X-Auth-Token": "a token" });
  expect(reply).toEqual({
    request: { action: "authenticate", body: {}, headers: {}, api: "v2" },
    body: { message: "Authentified." },
    headers: { status: 200 },
  });
});

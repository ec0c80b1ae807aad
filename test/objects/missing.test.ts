/** Answers for objects that have never existed: they equal those of a new object, and create none. */
import { env } from "cloudflare:workers";
import { listDurableObjectIds } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { parseQueueName, toProjectId, type QueueName, type SubscriptionId } from "../../src/domain/id.ts";
import { queueNamed, type Place } from "../../src/domain/place.ts";
import { MISSING_DELIVERY, MISSING_PROJECT, missingPlace } from "../../src/objects/rpc/missing.ts";
import { toObjects, type ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { WakeGate } from "../../src/objects/rpc/wake-gate.ts";
import { FOLDERS } from "../../src/storage/folders.ts";
import { clientWith, freshProject } from "../support/drivers/authenticated-client.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { startService, type Service } from "../support/drivers/service.ts";

const NAME = parseQueueName("never-was") as QueueName;
const CONFIG = readConfig({ AUTH_STRATEGY: "none" });
const CLIENT = "3381af922b9e11e3b19171861300734c";
const CLAIM = "5f0b4d1c-8e53-4a44-8d3e-0a4f7f6f2f11";
const MESSAGE = "0".repeat(32);
const objects = toObjects(env, { config: CONFIG });

/** The requests of methods. Methods that are absent have no parameter. */
const REQUESTS: Readonly<Record<string, readonly unknown[]>> = {
  has: [{ place: queueNamed(NAME) }],
  patch: [{ changes: [{ op: "add", key: "a", value: "1" }] }],
  list: [{ client: CLIENT, marker: null, limit: 10, echo: true, includeClaimed: true, includeDelayed: true }],
  get: [{ ids: [MESSAGE] }],
  delete: [
    { id: MESSAGE, claim: null },
    { id: MESSAGE, claim: CLAIM },
  ],
  deleteMany: [
    { ids: [MESSAGE], claims: null },
    { ids: [MESSAGE], claims: [CLAIM] },
  ],
  pop: [{ limit: 1 }],
  claim: [
    { ttl: null, grace: null, limit: null },
    { ttl: 1, grace: 60, limit: 1 },
    { ttl: 60, grace: 60, limit: 1000 },
  ],
  getClaim: [{ claim: CLAIM }],
  renew: [
    { claim: CLAIM, ttl: 60, grace: 60 },
    { claim: CLAIM, ttl: 1, grace: 60 },
  ],
  settle: [{ claim: CLAIM, deleted: [MESSAGE], released: [{ ids: [MESSAGE], delay: 1, isCounted: true }] }],
  release: [{ claim: CLAIM }],
  withdraw: [{ claim: CLAIM, undo: { claimedAt: 0, former: [] } }],
  endWaits: [{ client: CLIENT }, { wait: CLAIM }],
  startRedrive: [{ target: null, prefix: "", maxMessages: null, rate: null, quotas: {} }],
  subscriptions: [{ marker: null, limit: 10 }],
  subscription: [{ id: "0".repeat(24) }],
  isSubscribed: [{ subscriber: "http://example.com" }],
  updateSubscription: [
    { id: "0".repeat(24), document: '{"ttl":3600}' },
    { id: "0".repeat(24), document: '{"ttl":"x"}' },
  ],
  confirmSubscription: [{ id: "0".repeat(24), confirmed: true }],
  unsubscribe: [{ id: "0".repeat(24) }],
  unsubscribeConnection: [{ hub: "hub/0", connection: CLAIM }],
  announce: [{ id: "0".repeat(24), document: "{}" }],
  renewSecret: [{ id: "0".repeat(24) }],
  testSubscription: [{ id: "0".repeat(24), document: "{}" }],
  redeliverSome: [
    { ids: [MESSAGE], since: null },
    { ids: null, since: 0 },
  ],
  undelivered: [
    { state: "failed", after: 0, limit: 10 },
    { state: "pending", after: 0, limit: 10 },
  ],
  useKey: [{ id: "a", digest: "b" }],
  key: [{ id: "a" }],
  keys: [{ marker: "", limit: 10 }],
  revokeKey: [{ id: "a" }],
  count: [{ prefix: "" }],
  leave: [{ place: queueNamed(NAME) }],
  index: [{ kind: "queue", prefix: "" }],
  depart: [{ changes: [{ op: "add", key: "a", value: "1" }] }],
  placement: [{ place: queueNamed(NAME) }],
  vacate: [{ place: queueNamed(NAME), token: "" }],
};
const LISTS = [true, false].map((withCount) => ({
  kind: "queue",
  marker: null,
  limit: 10,
  name: null,
  filters: [],
  withCount,
  prefix: "",
}));

type Methods = Readonly<Record<string, (request: unknown) => Promise<unknown>>>;

async function compare(missing: object, fresh: object, requests = REQUESTS): Promise<void> {
  for (const method of Object.keys(missing)) {
    for (const request of requests[method] ?? [undefined]) {
      const said = await (missing as Methods)[method]?.(request);
      expect(said, `${method} ${JSON.stringify(request)}`).toEqual(await (fresh as Methods)[method]?.(request));
    }
  }
}

describe("a missing object is answered for as a fresh object answers", () => {
  test.each(["queue", "topic"] as const)("a %s", async (kind) => {
    const project = toProjectId(freshProject());
    const place: Place = { kind, name: NAME };
    // The figures of a fresh object say that it is empty, and those of a missing one nothing.
    const { figures: _, ...missing } = missingPlace(project, place, CONFIG, async () => undefined);
    await compare(missing, objects.place(project, place));
  });

  test("a project", async () => {
    await compare(MISSING_PROJECT, objects.project(toProjectId(freshProject())), { ...REQUESTS, list: LISTS });
  });

  test("a delivery", async () => {
    const project = toProjectId(freshProject());
    await compare(
      MISSING_DELIVERY,
      objects.delivery(project, queueNamed(NAME), "018bcfe56800000000000000" as SubscriptionId),
    );
  });
});

/** The folder as the runtime shows it. */
const DISK = {
  async fetch(url: string) {
    const [, space] = Object.entries(FOLDERS).find(([, folder]) => url.includes(`/${folder}/`)) ?? [];
    const ids = await Promise.all(NAMESPACES.filter((name) => FOLDERS[name] === space).map((name) => idsIn(name)));
    const isThere = ids.flat().some((id) => url.endsWith(`/${id.toString()}.sqlite`));
    return new Response(null, { status: isThere ? 200 : 404 });
  },
} as unknown as Fetcher;
const NAMESPACES = Object.keys(FOLDERS) as (keyof typeof FOLDERS)[];

function idsIn(name: keyof typeof FOLDERS): Promise<DurableObjectId[]> {
  return listDurableObjectIds((env as unknown as ObjectBindings)[name]);
}

async function countObjects(): Promise<number> {
  const ids = await Promise.all(NAMESPACES.map((name) => idsIn(name)));
  return ids.flat().length;
}

function start(settings: Readonly<Record<string, string>> = {}): Service {
  return startService({ AUTH_STRATEGY: "none", ...settings }, undefined, DISK);
}

test("a request about a missing object creates none", async () => {
  const project = clientWith(start(), {});
  // The numbers of requests are in one object for the whole service.
  await project.send("GET", "/v2/ping");
  const before = await countObjects();
  const queue = "/v2/queues/ghost";
  const requests = [
    ["GET", "/v2/queues", 200],
    ["GET", "/v2/topics", 200],
    ["GET", "/v2/ping", 204],
    ["GET", "/v2/quotas", 200],
    ["GET", "/v2/quotas?queue=ghost", 200],
    ["GET", queue, 200],
    ["GET", `${queue}/stats`, 200],
    ["GET", `${queue}/messages`, 200],
    ["GET", `${queue}/messages/${MESSAGE}`, 404],
    ["DELETE", `${queue}/messages/${MESSAGE}`, 204],
    ["DELETE", `${queue}/messages?pop=1`, 200],
    ["GET", `${queue}/claims/${CLAIM}`, 404],
    ["DELETE", `${queue}/claims/${CLAIM}`, 204],
    ["DELETE", `${queue}/claims?waiting=true`, 204],
    ["GET", `${queue}/subscriptions`, 200],
    ["GET", `${queue}/redrive`, 404],
    ["DELETE", queue, 204],
    ["GET", "/v2/topics/ghost", 200],
  ] as const;
  for (const [method, path, status] of requests) {
    expect((await project.send(method, path)).status, `${method} ${path}`).toBe(status);
  }
  const claim = { ttl: 300, grace: 60 };
  expect((await project.send("POST", `${queue}/claims`, { body: claim })).status).toBe(204);
  expect((await project.send("PATCH", `${queue}/claims/${CLAIM}`, { body: claim })).status).toBe(404);
  const purge = { resource_types: ["messages", "subscriptions"] };
  expect((await project.send("POST", `${queue}/purge`, { body: purge })).status).toBe(204);
  expect(await countObjects()).toBe(before);
});

test("many requests about a missing object create none either: their answers carry no figures, so these are asked for", async () => {
  const project = clientWith(start(), {});
  await project.send("GET", "/v2/ping");
  const before = await countObjects();
  const answers = await Promise.all(Array.from({ length: 40 }, () => project.send("DELETE", "/v2/queues/ghost")));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
  expect((await project.send("GET", "/v2/overview")).json).toMatchObject({ places: [] });
  expect(await countObjects()).toBe(before);
});

test("a created object is found at once, also by a service that knew it was missing", async () => {
  const project = clientWith(start(), {});
  expect((await project.send("GET", "/v2/queues/orders/messages")).status).toBe(200);
  const orders = await project.queue("orders");
  await orders.post("a");
  expect(await orders.list()).toHoldBodies("a");
  expect((await project.send("GET", "/v2/queues")).json).toMatchObject({ queues: [{ name: "orders" }] });
});

test("subscriptions of a deleted queue are found", async () => {
  const project = clientWith(start(), {});
  const orders = await project.queue("orders");
  await orders.subscribe("http://example.com/a");
  await orders.remove();
  // A restarted service has cached nothing.
  const heir = clientWith(start(), {}, project.id);
  expect((await heir.send("GET", "/v2/queues/orders/subscriptions")).json).toMatchObject({
    subscriptions: [{ subscriber: "http://example.com/a" }],
  });
});

test("a refused creation leaves nothing behind", async () => {
  const project = clientWith(start({ QUOTA_QUEUES: "1" }), {});
  const orders = await project.queue("orders");
  const before = await countObjects();
  const message = { messages: [{ body: "a" }] };
  const subscription = { subscriber: "http://example.com", ttl: 300 };
  const requests = [
    ["PUT", "/v2/queues/q", {}, 403],
    ["PUT", "/v2/queues/q", { _default_message_ttl: 1 }, 400],
    ["POST", "/v2/queues/q/messages", message, 403],
    ["POST", "/v2/queues/q/subscriptions", subscription, 403],
    ["PUT", "/v2/topics/q", {}, 403],
    ["POST", "/v2/topics/q/messages", message, 403],
  ] as const;
  for (const [method, path, body, status] of requests) {
    expect((await project.send(method, path, { body })).status, `${method} ${path}`).toBe(status);
  }
  expect(await countObjects()).toBe(before);
  await orders.remove();
  await project.queue("q");
});

describe("no more objects are woken than there are file descriptors for", () => {
  freezeClock();

  test("a further one is refused with Retry-After, those awake are served", async () => {
    const service = start({ MAX_OPEN_FILES: "60" });
    const project = clientWith(service, {});
    // Half of them, three each. One object has the figures of the project.
    for (let queue = 1; queue <= 9; queue++) await project.queue(`q${queue}`);
    const refused = await project.send("PUT", "/v2/queues/q11");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("Retry-After")).toBe("12");
    expect((await project.send("GET", "/v2/queues/q1/stats")).status).toBe(200);
    expect((await project.send("GET", "/v2/queues/ghost/stats")).status).toBe(200);
    clock.advance({ ms: 11_999 });
    expect((await project.send("GET", "/v2/queues/q1/stats")).status).toBe(200);
    expect((await project.send("PUT", "/v2/queues/q11")).status).toBe(503);
    clock.advance({ ms: 1 });
    expect((await project.send("PUT", "/v2/queues/q11")).status).toBe(201);
  });

  test("a clock that was a day ahead holds nothing up once it is set right", async () => {
    const service = start({ MAX_OPEN_FILES: "60" });
    const project = clientWith(service, {});
    clock.advance({ hours: 24 });
    for (let queue = 1; queue <= 9; queue++) await project.queue(`q${queue}`);
    clock.advance({ hours: -24 });
    expect((await project.send("PUT", "/v2/queues/q11")).status).toBe(201);
  });

  test("an object counts as awake for as long as its call takes", async () => {
    const gate = new WakeGate(readConfig({ AUTH_STRATEGY: "none", MAX_OPEN_FILES: "60" }));
    const stub = { ask: async () => "asked" };
    const ask = (key: string, callMs = 0): Promise<string> => {
      if (gate.passes(key, callMs)) return stub.ask();
      return gate.guard({ stub: () => stub, missing: {}, isMissing: async () => false, key, callMs }).ask();
    };
    await ask("waiting");
    await ask("waiting", 20_000);
    for (let other = 0; other < 9; other++) await ask(`other-${other}`);
    expect(gate.isFull).toBe(true);
    clock.advance({ seconds: 12 });
    expect(gate.isFull).toBe(false);
    for (let later = 0; later < 9; later++) await ask(`later-${later}`);
    await expect(ask("one more")).rejects.toMatchObject({ failure: { kind: "objects-too-many", retryAfter: 12 } });
    clock.advance({ seconds: 20 });
    expect(gate.isFull).toBe(false);
  });
});

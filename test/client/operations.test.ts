/**
 * Every operation of the service has a method of the client, or a reason to have none: calling the method sends the request by which
 * the document of the API describes the operation.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Sukkal } from "sukkal/client";
import { ROOT } from "../../scripts/wrangler.ts";
import { claimed, ScriptedService } from "./scripted-service.ts";

type Call = (sukkal: Sukkal) => unknown;

/** The method by which a program performs the operation, or why there is none. */
const CALLS: Readonly<Record<string, Call | string>> = {
  queue_list: (sukkal) => first(sukkal.queues()),
  queue_create: (sukkal) => sukkal.queue("jobs").create(),
  queue_get: (sukkal) => sukkal.queue("jobs").details(),
  queue_update: (sukkal) => sukkal.queue("jobs").update({ color: undefined }),
  queue_delete: (sukkal) => sukkal.queue("jobs").delete(),
  queue_get_stats: (sukkal) => sukkal.queue("jobs").stats(),
  queue_get_figures: (sukkal) => sukkal.queue("jobs").figures(),
  queue_purge: (sukkal) => sukkal.queue("jobs").purge(["messages"]),
  message_post: (sukkal) => sukkal.queue("jobs").post(1),
  message_list: (sukkal) => first(sukkal.queue("jobs").messages()),
  message_get: "get of one id is message_get_many, whose answer to a missing message is the same",
  message_get_many: (sukkal) => sukkal.queue("jobs").getMany(["m1"]),
  message_delete: "message_delete_many deletes one too, and claimed messages are deleted by claim_settle",
  message_delete_many: (sukkal) => sukkal.queue("jobs").deleteMessages(["m1"]),
  queue_share: (sukkal) => sukkal.queue("jobs").share(),
  claim_create: (sukkal) => sukkal.queue("jobs").claim(),
  claim_get: (sukkal) => sukkal.queue("jobs").getClaim("c1"),
  claim_update: async (sukkal) => (await sukkal.queue("jobs").claim())?.renew(),
  claim_delete: async (sukkal) => (await sukkal.queue("jobs").claim())?.release(),
  claim_settle: async (sukkal) => (await sukkal.queue("jobs").claim())?.settle({ delete: ["m1"] }),
  claim_end_waits: (sukkal) => sukkal.queue("jobs").endWaits(),
  subscription_list: (sukkal) => first(sukkal.queue("jobs").subscriptions.list()),
  subscription_create: (sukkal) => sukkal.queue("jobs").subscriptions.create({ subscriber: "https://a.example" }),
  subscription_get: (sukkal) => sukkal.queue("jobs").subscriptions.get("s1"),
  subscription_update: (sukkal) => sukkal.queue("jobs").subscriptions.update("s1", { ttl: 300 }),
  subscription_delete: (sukkal) => sukkal.queue("jobs").subscriptions.delete("s1"),
  subscription_confirm: (sukkal) => sukkal.queue("jobs").subscriptions.confirm("s1"),
  subscription_deliveries: (sukkal) => sukkal.queue("jobs").subscriptions.deliveries("s1"),
  subscription_delivery_list: (sukkal) =>
    first(sukkal.queue("jobs").subscriptions.undelivered("s1", { state: "failed" })),
  subscription_redeliver: (sukkal) => sukkal.queue("jobs").subscriptions.redeliver("s1"),
  subscription_test: (sukkal) => sukkal.queue("jobs").subscriptions.test("s1"),
  subscription_renew_secret: (sukkal) => sukkal.queue("jobs").subscriptions.renewSecret("s1"),
  topic_list: (sukkal) => first(sukkal.topics()),
  topic_create: (sukkal) => sukkal.topic("news").create(),
  topic_get: (sukkal) => sukkal.topic("news").details(),
  topic_update: (sukkal) => sukkal.topic("news").update({ color: "red" }),
  topic_delete: (sukkal) => sukkal.topic("news").delete(),
  topic_get_stats: (sukkal) => sukkal.topic("news").stats(),
  topic_get_figures: (sukkal) => sukkal.topic("news").figures(),
  topic_purge: (sukkal) => sukkal.topic("news").purge(["subscriptions"]),
  pool_list: (sukkal) => first(sukkal.pools.list()),
  pool_create: (sukkal) => sukkal.pools.create("west", { uri: "durable-object://weur", weight: 1 }),
  pool_get: (sukkal) => sukkal.pools.get("west"),
  pool_update: (sukkal) => sukkal.pools.update("west", { weight: 2 }),
  pool_delete: (sukkal) => sukkal.pools.delete("west"),
  flavor_list: (sukkal) => first(sukkal.flavors.list()),
  flavor_create: (sukkal) => sukkal.flavors.create("near", { pool_list: ["west"] }),
  flavor_get: (sukkal) => sukkal.flavors.get("near"),
  flavor_update: (sukkal) => sukkal.flavors.update("near", { pool_list: ["west"] }),
  flavor_delete: (sukkal) => sukkal.flavors.delete("near"),
  key_create: (sukkal) => sukkal.keys.create(),
  key_list: (sukkal) => first(sukkal.keys.list()),
  key_get: (sukkal) => sukkal.keys.get("k1"),
  key_delete: (sukkal) => sukkal.keys.revoke("k1"),
  quota_get: (sukkal) => sukkal.quotas.get(),
  quota_update: (sukkal) => sukkal.quotas.set("demo", { queues: 1 }),
  quota_delete: (sukkal) => sukkal.quotas.reset("demo"),
  redrive_create: (sukkal) => sukkal.queue("jobs").startRedrive(),
  redrive_get: (sukkal) => sukkal.queue("jobs").redrive(),
  redrive_delete: (sukkal) => sukkal.queue("jobs").cancelRedrive(),
  overview_get: (sukkal) => sukkal.overview({ kind: "queue", name: "jobs", sort: "free", limit: 10, fresh: true }),
  series_get: (sukkal) => sukkal.series({ queue: "jobs", step: 300 }),
  usage_get: (sukkal) => sukkal.usage({ project_id: "demo" }),
  project_list: (sukkal) => first(sukkal.projects({ limit: 10 })),
  service_get: (sukkal) => sukkal.service(),
  metrics_get: "Prometheus reads them, and the overview has the figures for programs",
  ping_get: (sukkal) => sukkal.ping(),
  health_get: (sukkal) => sukkal.health(),
};

/** Operations that the document describes at the path of another one: which of both, a parameter decides. */
const SHARED: Readonly<Record<string, { readonly operation: string; readonly parameter: string }>> = {
  message_get_many: { operation: "message_list", parameter: "ids" },
  subscription_delivery_list: { operation: "subscription_deliveries", parameter: "state" },
};

interface Described {
  readonly operationId?: string;
  readonly parameters?: readonly { readonly name?: string }[];
}

const table = readFileSync(join(ROOT, "src/operations/table.ts"), "utf8");
const operations = [...table.matchAll(/^ {2}(\w+): \w+,$/gm)].map(({ 1: name = "" }) => name);
const document = JSON.parse(readFileSync(join(ROOT, "docs/openapi.json"), "utf8")) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId, parameters = [] }]) => ({
    operationId,
    request: new RegExp(`^${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
    parameters: parameters.map(({ name }) => name),
  })),
);

test("the client knows all operations, and no others", () => {
  assert.ok(operations.length > 50);
  assert.deepEqual(Object.keys(CALLS).toSorted(), operations.toSorted());
});

for (const [operation, call] of Object.entries(CALLS)) {
  if (typeof call === "string") continue;
  test(`${operation} has a method`, async () => {
    const service = new ScriptedService()
      .on(/./, () => Response.json(EVERYTHING))
      .on(/POST .*\/claims$/, () => claimed("c1", [{ id: "m1" }]));
    await call(new Sukkal({ url: "http://service.test", fetch: service.fetch, project: "demo" }));
    const { method = "", path = "", query } = service.asked.at(-1) ?? {};
    const shared = SHARED[operation];
    const expected = described.find(({ operationId }) => operationId === (shared?.operation ?? operation));
    assert.match(`${method} ${path}`, expected?.request ?? /^not described$/);
    const given = [...(query?.keys() ?? [])];
    if (shared !== undefined) assert.ok(given.includes(shared.parameter));
    const unknown = given.filter((name) => expected?.parameters.includes(name) !== true);
    assert.deepEqual(unknown, [], "parameters that the document does not have");
  });
}

/** An answer to any request. */
const EVERYTHING = {
  messages: [],
  queues: [],
  topics: [],
  subscriptions: [],
  deliveries: [],
  keys: [],
  pools: [],
  flavors: [],
  quotas: {},
  projects: [],
  resources: ["/v2/queues/jobs/messages/m1"],
};

async function first<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}

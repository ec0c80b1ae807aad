/** What operators manage with the client, and what signed URLs allow: at a service with API keys, pools and a secret. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Sukkal, SukkalError } from "sukkal/client";
import { startServer, type TestServer } from "sukkal/testing";
import { ROOT } from "../../scripts/wrangler.ts";
import { ADMIN_KEY, ADMINISTERED } from "./administered.ts";
import { collect } from "./scenarios.ts";

let server: TestServer;
let operator: Sukkal;

before(async () => {
  server = await startServer({ server: ROOT, settings: ADMINISTERED });
  operator = new Sukkal({ url: server.url, key: ADMIN_KEY });
});

after(() => server.stop());

function refusedWith(status: number): (error: unknown) => boolean {
  return (error) => error instanceof SukkalError && error.status === status;
}

test("a key is created, used, listed page by page, and revoked", async () => {
  const made = [];
  for (let index = 0; index < 3; index++)
    made.push(await operator.keys.create({ project_id: "keys", queue_prefix: "jobs-", description: `${index}` }));
  const [{ id, key } = { id: "", key: "" }] = made;
  const sukkal = new Sukkal({ url: server.url, key });
  await sukkal.queue("jobs-1").post(1);
  await assert.rejects(sukkal.queue("others").post(1), refusedWith(403));
  const { caller, limits, extensions } = await sukkal.service();
  assert.deepEqual([caller.project, caller.proof, caller.queue_prefix, caller.key], ["keys", "key", "jobs-", id]);
  assert.ok(extensions.includes("api-keys") && typeof limits["max_message_ttl"] === "number");
  const listed = await collect(operator.keys.list({ project_id: "keys", limit: 1 }));
  assert.deepEqual(listed.map((each) => each.description).toSorted(), ["0", "1", "2"]);
  const others = await collect(operator.keys.list({ project_id: "keys", marker: listed[0]?.id }));
  assert.deepEqual(others, listed.slice(1));
  assert.equal((await operator.keys.get(id)).queue_prefix, "jobs-");
  await operator.keys.revoke(id);
  await assert.rejects(operator.keys.get(id), refusedWith(404));
});

test("quotas are set, met and reset", async () => {
  await operator.quotas.set("quotas", { messages_per_queue: 2 });
  const { key } = await operator.keys.create({ project_id: "quotas" });
  const sukkal = new Sukkal({ url: server.url, key });
  const queue = sukkal.queue("jobs");
  await queue.postMany([1, 2]);
  await assert.rejects(queue.post(3), refusedWith(403));
  assert.deepEqual((await sukkal.quotas.get(undefined, { queue: "jobs" }))["messages_per_queue"], {
    limit: 2,
    used: 2,
  });
  assert.deepEqual((await sukkal.quotas.get())["queues"]?.used, 1);
  assert.equal((await sukkal.service()).quotas?.["messages_per_queue"], 2);
  await operator.quotas.reset("quotas");
  assert.equal((await operator.quotas.get("quotas"))["messages_per_queue"]?.limit, -1);
});

test("pools and flavors are created, replaced, changed, listed and deleted", async () => {
  const { pools, flavors } = operator;
  const near = { project_id: "pools" };
  await pools.create("east", { uri: "durable-object://eeur", weight: 1, flavor: "near" });
  await pools.create("west", { uri: "durable-object://weur", weight: 1, options: { a: 1 } });
  await pools.create("west", { uri: "durable-object://wnam", weight: 2, flavor: "near", options: { b: 2 } });
  assert.equal((await pools.update("west", { weight: 3 })).weight, 3);
  const { uri, weight, flavor, options } = await pools.get("west");
  assert.deepEqual([uri, weight, flavor, options], ["durable-object://wnam", 3, "near", { b: 2 }]);
  const listed = await collect(pools.list({ limit: 1 }));
  assert.deepEqual(
    listed.map((pool) => [pool.name, pool.options]),
    [
      ["east", {}],
      ["west", { b: 2 }],
    ],
  );
  await flavors.create("near", { pool_list: ["east"] }, near);
  assert.deepEqual((await flavors.update("near", { pool_list: ["east", "west"] }, near)).pool_list, ["east", "west"]);
  assert.deepEqual((await flavors.get("near", near)).pool_list, ["east", "west"]);
  const [only, ...others] = await collect(flavors.list(near));
  assert.deepEqual([only?.name, (only?.capabilities.length ?? 0) > 0, others], ["near", true, []]);
  const health = await operator.health();
  assert.ok("catalog_reachable" in health && health.catalog_reachable);
  const west = health["west"];
  assert.ok(typeof west === "object" && west.storage_reachable);
  assert.equal(west.operation_status["post_messages"]?.succeeded, true);
  await flavors.delete("near", near);
  for (const name of ["east", "west"]) await pools.delete(name);
  assert.deepEqual(await collect(pools.list()), []);
});

test("a signed URL allows what it names, and nothing else", async () => {
  const { key } = await operator.keys.create({ project_id: "signed" });
  const queue = new Sukkal({ url: server.url, key }).queue("jobs");
  await queue.create();
  const signed = await queue.share({ paths: ["messages", "claims"], methods: ["GET", "POST"] });
  const page = new Sukkal({ url: server.url, signed }).queue("jobs");
  const id = await page.post("from a page");
  assert.equal((await page.get(id))?.body, "from a page");
  const claim = await page.claim();
  assert.equal(claim?.messages.length, 1);
  await assert.rejects(page.deleteMessages([id]), refusedWith(404));
  await assert.rejects(new Sukkal({ url: server.url, signed }).queue("others").post(1), refusedWith(404));
});

test("a signed URL ends at the time of a Date", async () => {
  const { key } = await operator.keys.create({ project_id: "ending" });
  const queue = new Sukkal({ url: server.url, key }).queue("jobs");
  const expires = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
  const signed = await queue.share({ expires });
  assert.equal(Date.parse(`${signed.expires}Z`), expires.getTime());
});

/** Pools, flavors and the health report over WebSocket. Runs with ADMIN_MODE and POOLING. */
import { beforeEach, describe, expect, test } from "vitest";
import { asOperator, placeOf, putPool, removePools } from "../support/drivers/pools.ts";
import { Connection, type Reply } from "../support/drivers/web-socket.ts";
import { project } from "../support/drivers/zaqar-client.ts";

beforeEach(removePools);

const WEST = { name: "west", uri: "durable-object://weur", weight: 100, flavor: null };

/** A connection of an operator. */
function operator({ id, client } = project(), roles = "admin"): Promise<Connection> {
  return Connection.open({ "X-Project-ID": id, "Client-ID": client, "X-Roles": roles });
}

function answered({ body, headers }: Reply): readonly [number, unknown] {
  return [headers.status, body];
}

function refusal(exception: string, code: string): readonly [number, unknown] {
  return [400, { exception: expect.stringContaining(exception) as string, error: null, code }];
}

describe.each([
  ["text", (socket: Connection) => socket.ask.bind(socket)],
  ["MessagePack", (socket: Connection) => socket.askInBinary.bind(socket)],
])("in %s", (_, ask) => {
  test("pools", async () => {
    const on = ask(await operator());
    expect(answered(await on("pool_list"))).toEqual([200, { pools: [] }]);
    const west = { pool_name: "west", uri: WEST.uri, weight: 100, options: { a: 1 } };
    expect(answered(await on("pool_create", west))).toEqual([201, "Pool west created."]);
    expect(answered(await on("pool_create", west))).toEqual([201, "Pool west created."]);
    await on("pool_create", { pool_name: "east", uri: "durable-object://enam", weight: 1 });
    expect(answered(await on("pool_get", { pool_name: "west" }))).toEqual([200, WEST]);
    expect(answered(await on("pool_get", { pool_name: "west", detailed: true }))).toEqual([
      200,
      { ...WEST, options: { a: 1 } },
    ]);
    expect(answered(await on("pool_list", { limit: 1 }))).toMatchObject([200, { pools: [{ name: "east" }] }]);
    expect(answered(await on("pool_list", { marker: "east", detailed: true }))).toEqual([
      200,
      { pools: [{ ...WEST, options: { a: 1 } }] },
    ]);
    expect(answered(await on("pool_update", { pool_name: "west", weight: 5, flavor: "gold" }))).toEqual([
      200,
      { ...WEST, weight: 5, flavor: "gold" },
    ]);
    expect((await asOperator("GET", "/v2/pools/west")).json).toMatchObject({ weight: 5, flavor: "gold" });
    expect(answered(await on("pool_delete", { pool_name: "west" }))).toEqual([204, "Pool west removed."]);
    expect(answered(await on("pool_delete", { pool_name: "west" }))).toEqual([204, "Pool west removed."]);
    expect(answered(await on("pool_get", { pool_name: "west" }))).toEqual([
      404,
      { exception: "Pool west does not exist", error: null, code: "pool-not-found" },
    ]);
  });

  test("flavors", async () => {
    await putPool("west", WEST.uri);
    const on = ask(await operator());
    const gold = { flavor_name: "gold", pool_list: ["west"] };
    const shown = { name: "gold", pool_list: ["west"], capabilities: ["FIFO", "CLAIMS", "DURABILITY", "AOD"] };
    expect(answered(await on("flavor_list"))).toEqual([200, { flavors: [] }]);
    expect(answered(await on("flavor_create", gold))).toEqual([201, "Flavor gold created."]);
    expect(answered(await on("flavor_get", { flavor_name: "gold" }))).toEqual([200, shown]);
    expect(answered(await on("flavor_update", gold))).toEqual([200, shown]);
    expect(answered(await on("flavor_list"))).toEqual([200, { flavors: [{ name: "gold", pool_list: ["west"] }] }]);
    expect(answered(await on("flavor_list", { detailed: true, limit: 1 }))).toEqual([200, { flavors: [shown] }]);
    expect(answered(await on("flavor_list", { marker: "gold" }))).toEqual([200, { flavors: [] }]);
    expect(answered(await on("flavor_list", { project_id: "elsewhere" }))).toEqual([200, { flavors: [] }]);
    expect(answered(await on("flavor_delete", { flavor_name: "gold" }))).toEqual([204, "Flavor gold removed."]);
    expect((await on("flavor_get", { flavor_name: "gold" })).headers.status).toBe(404);
  });
});

test("the health report", async () => {
  await putPool("west", WEST.uri);
  const socket = await operator();
  expect(answered(await socket.ask("check_node_health"))).toMatchObject([
    200,
    { catalog_reachable: true, west: { storage_reachable: true } },
  ]);
});

describe("a frame", () => {
  test.each([
    ["pool_create", { uri: WEST.uri, weight: 1 }],
    ["pool_create", { pool_name: "p", uri: 1, weight: 1 }],
    ["pool_create", { pool_name: "p", uri: WEST.uri, weight: "1" }],
    ["pool_create", { pool_name: "p", uri: WEST.uri, weight: 1, flavor: null }],
    ["pool_create", { pool_name: "p", uri: WEST.uri, weight: 1, options: [] }],
    ["pool_get", {}],
    ["pool_list", { limit: "1" }],
    ["flavor_create", { flavor_name: "f", pool_list: "west" }],
    ["flavor_create", { pool_list: ["west"] }],
  ])("%s %j is refused by the schema", async (action, body) => {
    const socket = await operator();
    expect(answered(await socket.ask(action, body))).toEqual([
      400,
      { error: "Schema validation failed.", code: "frame-invalid" },
    ]);
  });

  test.each([
    ["pool_create", { pool_name: "p", uri: WEST.uri }, "`weight` is not valid", "document-invalid"],
    ["pool_create", { pool_name: "p", weight: 1 }, "`uri` is not valid", "document-invalid"],
    ["pool_create", { pool_name: "p", uri: WEST.uri, weight: -1 }, "`weight` is not valid", "document-invalid"],
    ["pool_create", { pool_name: "p", uri: "mongodb://h", weight: 1 }, "write durable-object://", "pool-uri-invalid"],
    [
      "pool_create",
      { pool_name: "..", uri: WEST.uri, weight: 1 },
      "The name of the pool is not valid",
      "request-invalid",
    ],
    [
      "pool_create",
      { pool_name: "\ud800", uri: WEST.uri, weight: 1 },
      "The name of the pool is not valid",
      "request-invalid",
    ],
    ["pool_update", { pool_name: "p" }, "needs to be specified", "document-invalid"],
    ["pool_list", { limit: 21 }, "The limit must be at least 1 and at most 20", "out-of-range"],
    ["flavor_create", { flavor_name: "f" }, "`pool_list` is not valid", "document-invalid"],
    ["flavor_create", { flavor_name: "f", pool_list: [] }, "pool_list is empty", "flavor-refused"],
    ["flavor_create", { flavor_name: "f", pool_list: ["nope"] }, "Pool nope does not exist", "flavor-refused"],
    ["flavor_list", { project_id: "p".repeat(257) }, "`project_id`", "request-invalid"],
  ])("%s %j is refused as over HTTP", async (action, body, exception, code) => {
    const socket = await operator();
    expect(answered(await socket.ask(action, body))).toEqual(refusal(exception, code));
  });

  test("demands capabilities, which the pools have or not", async () => {
    const socket = await operator();
    await socket.ask("pool_create", { pool_name: "wide", uri: "durable-object://?throughput=high", weight: 1 });
    const flavor = { flavor_name: "f", pool_list: ["wide"] };
    const refused = await socket.ask("flavor_create", { ...flavor, capabilities: ["FIFO"] });
    expect(answered(refused)).toEqual(refusal("do not have the capability FIFO", "flavor-refused"));
    expect((await socket.ask("flavor_create", { ...flavor, capabilities: ["HIGH_THROUGHPUT"] })).headers.status).toBe(
      201,
    );
    expect((await socket.ask("flavor_get", flavor)).body).toMatchObject({
      capabilities: ["CLAIMS", "DURABILITY", "AOD", "HIGH_THROUGHPUT"],
    });
  });

  test("about pools and health is for operators, about flavors for reading by everybody", async () => {
    const socket = await operator(project(), "member");
    const refused = ["pool_list", "pool_create", "pool_get", "pool_update", "pool_delete", "check_node_health"].concat([
      "flavor_create",
      "flavor_update",
      "flavor_delete",
    ]);
    const body = { pool_name: "p", uri: WEST.uri, weight: 1, flavor_name: "f", pool_list: ["p"] };
    for (const action of refused) expect((await socket.ask(action, body)).headers.status, action).toBe(403);
    expect((await socket.ask("flavor_list", {})).headers.status).toBe(200);
    expect((await socket.ask("flavor_get", body)).headers.status).toBe(404);
    expect((await socket.ask("flavor_list", { project_id: "elsewhere" })).headers.status).toBe(403);
  });

  test("creates a queue in a pool of its flavor, and waits for no missing queue", async () => {
    await putPool("west", WEST.uri);
    const owner = project();
    const socket = await operator(owner);
    await socket.ask("flavor_create", { flavor_name: "gold", pool_list: ["west"] });
    const metadata = { _flavor: "gold" };
    expect((await socket.ask("queue_create", { queue_name: "orders", metadata })).headers.status).toBe(201);
    expect(await placeOf(owner.missingQueue())).toMatchObject({ pool: "west" });
    expect(answered(await socket.ask("claim_create", { queue_name: "missing", wait: 5 }))).toEqual([
      204,
      { claim_id: null },
    ]);
    expect(answered(await socket.ask("claim_create", { queue_name: "orders", wait: 5 }))).toEqual([202, { wait: 5 }]);
  });
});

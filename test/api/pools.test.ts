/** Pools. Runs with ADMIN_MODE and POOLING. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { asOperator, putFlavor, putPool, removePools } from "../support/drivers/pools.ts";
import { startService } from "../support/drivers/service.ts";
import { send } from "../support/drivers/request.ts";
import { requestBy, withClientHeaders } from "../support/drivers/request.ts";

beforeEach(removePools);

const PLAIN = { weight: 100, uri: "durable-object://" };

function put(body: unknown, name = "p1"): ReturnType<typeof asOperator> {
  return asOperator("PUT", `/v2/pools/${name}`, { body });
}

describe("PUT /v2/pools/{pool}", () => {
  test("makes a pool", async () => {
    const answer = await put({ ...PLAIN, options: { note: 1.0, big: 1 } });
    expect(answer).toAnswer(201);
    expect(answer.text).toBe("");
    expect(answer.headers.get("Location")).toBe("/v2/pools/p1");
    const shown = { name: "p1", uri: "durable-object://", weight: 100, flavor: null, href: "/v2/pools/p1" };
    expect((await asOperator("GET", "/v2/pools/p1")).json).toEqual(shown);
    expect((await asOperator("GET", "/v2/pools/p1?detailed=true")).json).toEqual({
      ...shown,
      options: { note: 1, big: 1 },
    });
  });

  test("keeps the options as they were written", async () => {
    await put('{"weight":1,"uri":"durable-object://","options":{"a":1.0,"b":12345678901234567}}');
    expect((await asOperator("GET", "/v2/pools/p1?detailed=true")).text).toContain(
      '"options":{"a":1.0,"b":12345678901234567}}',
    );
  });

  test("replaces a pool, with 201 again", async () => {
    await put({ ...PLAIN, flavor: "f", options: { a: 1 } });
    expect(await put({ weight: 0, uri: "durable-object://weur" })).toAnswer(201);
    expect((await asOperator("GET", "/v2/pools/p1?detailed=1")).json).toEqual({
      name: "p1",
      uri: "durable-object://weur",
      weight: 0,
      flavor: null,
      href: "/v2/pools/p1",
      options: {},
    });
  });

  test.each([
    ["no body", undefined],
    ["an empty body", ""],
    ["no JSON", "{"],
    ["an array", []],
    ["no weight", { uri: "durable-object://" }],
    ["no uri", { weight: 1 }],
    ["a further member", { ...PLAIN, group: "g" }],
    ["a negative weight", { ...PLAIN, weight: -1 }],
    ["a weight beyond 32 bits", { ...PLAIN, weight: 2 ** 32 }],
    ["a weight that is no whole number", { ...PLAIN, weight: 1.5 }],
    ["a weight that is a text", { ...PLAIN, weight: "1" }],
    ["a weight that is null", { ...PLAIN, weight: null }],
    ["a uri that is null", { ...PLAIN, uri: null }],
    ["a uri of 256 characters", { ...PLAIN, uri: `durable-object://${"x".repeat(239)}` }],
    ["a flavor that is null", { ...PLAIN, flavor: null }],
    ["a flavor that is a number", { ...PLAIN, flavor: 1 }],
    ["a flavor of 256 characters", { ...PLAIN, flavor: "f".repeat(256) }],
    ["options that are null", { ...PLAIN, options: null }],
    ["options that are an array", { ...PLAIN, options: [] }],
    ["options that are a text", { ...PLAIN, options: "a=b" }],
  ])("refuses %s", async (_, body) => {
    expect(await put(body)).toRefuse(400, "Invalid request body");
    expect(await asOperator("GET", "/v2/pools/p1")).toRefuse(404, "Not found");
  });

  test.each([
    ["weight", { ...PLAIN, weight: 0 }],
    ["weight", { ...PLAIN, weight: 2 ** 32 - 1 }],
    ["flavor", { ...PLAIN, flavor: "f".repeat(255) }],
    ["flavor", { ...PLAIN, flavor: "" }],
    ["options", { ...PLAIN, options: {} }],
  ])("accepts a %s at its bound", async (_, body) => {
    expect(await put(body)).toAnswer(201);
  });

  // The health report has a member of the last name.
  test.each(["a b", "a/b", "ä", "x".repeat(65), "catalog_reachable"])("refuses the name %j", async (name) => {
    expect(await put(PLAIN, encodeURIComponent(name))).toRefuse(400, "Invalid API request");
  });

  test.each(["x".repeat(64), "a.b_c-D9"])("accepts the name %j", async (name) => {
    expect(await put(PLAIN, name)).toAnswer(201);
  });

  test.each([
    ["mongodb://127.0.0.1:27017", "write durable-object://"],
    ["redis://h:6379?dbid=5", "write durable-object://"],
    ["durable-object:weur", "write durable-object://"],
    ["", "write durable-object://"],
    ["durable-object://mars", "no location hint"],
    ["durable-object://weur/", "no location hint"],
    ["durable-object://weur#a", "no location hint"],
    ["durable-object://?a=b", '"a" is no option'],
    ["durable-object://?jurisdiction=mars", "no jurisdiction"],
    ["durable-object://?jurisdiction=", "no jurisdiction"],
    ["durable-object://?jurisdiction=eu&jurisdiction=us", "it names jurisdiction twice"],
    ["durable-object://weur?jurisdiction=eu?", "two question marks"],
    ["durable-object://?throughput=low", '"low" is no throughput of a pool; it can be high'],
    ["durable-object://?throughput=", '"" is no throughput'],
    ["durable-object://?order=lifo", '"lifo" is no order of a pool; it can be fifo'],
    ["durable-object://?throughput=high&order=fifo", "choose one"],
    ["durable-object://?throughput=high&throughput=high", "it names throughput twice"],
    // Plain workerd has no jurisdictions.
    ["durable-object://?jurisdiction=eu", "only Cloudflare has any"],
    ["durable-object://weur?jurisdiction=fedramp", "only Cloudflare has any"],
  ])("refuses the uri %s, and says why", async (uri, reason) => {
    const answer = await put({ ...PLAIN, uri });
    expect(answer).toRefuse(400, "Invalid request body");
    const { description } = answer.json as { readonly description: string };
    expect(description).toContain(`cannot connect to ${uri}: `);
    expect(description).toContain(reason);
  });

  test.each(
    ["durable-object://", "durable-object://weur", "DURABLE-OBJECT://APAC-ne", "durable-object://me?"].concat(
      "durable-object://?throughput=high",
      "durable-object://weur?order=fifo",
    ),
  )("accepts the uri %s, and returns it as it was written", async (uri) => {
    expect(await put({ ...PLAIN, uri })).toAnswer(201);
    expect((await asOperator("GET", "/v2/pools/p1")).json).toMatchObject({ uri });
  });

  test("refuses a uri that means the same as another pool's", async () => {
    await putPool("p1", "durable-object://weur");
    const answer = await put({ ...PLAIN, uri: "durable-object://WEUR?" }, "p2");
    expect(answer).toRefuse(409, "Resource conflict");
    expect(answer.json).toMatchObject({ description: "The database URI is in use by another pool." });
    expect(await put({ ...PLAIN, uri: "durable-object://weur" }, "p1")).toAnswer(201);
  });

  test("accepts one of the same place whose queues are spread otherwise", async () => {
    for (const [index, options] of ["", "?throughput=high", "?order=fifo"].entries()) {
      expect(await put({ ...PLAIN, uri: `durable-object://weur${options}` }, `p${index}`)).toAnswer(201);
    }
    expect(await put({ ...PLAIN, uri: "durable-object://weur?order=fifo" }, "p3")).toRefuse(409, "Resource conflict");
  });

  test("refuses a pool that is spread otherwise than the other pools of its flavor", async () => {
    await putPool("p1", "durable-object://weur", { flavor: "gold" });
    const refused = await put({ ...PLAIN, uri: "durable-object://?throughput=high", flavor: "gold" }, "p2");
    expect(refused).toRefuse(400, "Unable to create pool");
    expect(refused.json).toMatchObject({
      description: "Pools are not equal: all pools of a flavor must have the same throughput and order in their URIs.",
    });
    await putPool("p2", "durable-object://", { flavor: "gold" });
    const patch = (body: object): ReturnType<typeof asOperator> => asOperator("PATCH", "/v2/pools/p2", { body });
    expect(await patch({ uri: "durable-object://?order=fifo" })).toRefuse(400, "Unable to create pool");
    expect(await patch({ uri: "durable-object://?order=fifo", flavor: "" })).toAnswer(200);
    expect(await patch({ flavor: "gold" })).toRefuse(400, "Unable to create pool");
  });

  test.each([
    ["SHARDS=1", { shards: 1 }, "SHARDS is 1"],
    ["QUEUE_ORDER=fifo", { queueOrder: "fifo" }, "QUEUE_ORDER=fifo keeps each on one object"],
  ])("with %s refuses throughput=high, but changes a pool that has it", async (_, settings, reason) => {
    await putPool("p1", "durable-object://?throughput=high");
    const { POOLS } = env as unknown as ObjectBindings;
    const apply = (object: unknown): void => {
      const pools = object as { config: object };
      pools.config = { ...pools.config, ...settings };
    };
    await runInDurableObject(POOLS.getByName("pools"), apply);
    try {
      const refused = await put({ ...PLAIN, uri: "durable-object://weur?throughput=high" }, "p2");
      expect(refused).toRefuse(400, "Invalid request body");
      expect(refused.text).toContain(reason);
      expect(await asOperator("PATCH", "/v2/pools/p1", { body: { weight: 0 } })).toAnswer(200);
      expect(await put({ ...PLAIN, uri: "durable-object://weur?order=fifo" }, "p2")).toAnswer(201);
    } finally {
      await evictDurableObject(POOLS.getByName("pools"));
    }
  });
});

describe("GET /v2/pools", () => {
  test("lists pools by name, a page at a time", async () => {
    for (const [index, location] of ["weur", "eeur", "enam"].entries()) {
      await putPool(`p${3 - index}`, `durable-object://${location}`, { options: { index } });
    }
    const first = await asOperator("GET", "/v2/pools?limit=2&detailed=true");
    expect(first).toAnswer(200);
    expect(first.headers.get("Content-Location")).toBe("/v2/pools?limit=2&detailed=true");
    expect(Object.keys(first.json as object)).toEqual(["links", "pools"]);
    const pool = { name: "p1", uri: "durable-object://enam", weight: 100, flavor: null, href: "/v2/pools/p1" };
    expect(first.json).toMatchObject({
      links: [{ rel: "next", href: "/v2/pools?marker=p2&limit=2&detailed=true" }],
      pools: [{ ...pool, options: { index: 2 } }, { name: "p2" }],
    });
    const second = await asOperator("GET", "/v2/pools?marker=p2&limit=2&detailed=true");
    expect(second.json).toMatchObject({ pools: [{ name: "p3" }] });
    const last = await asOperator("GET", "/v2/pools?marker=p3");
    expect(last.json).toEqual({ links: [], pools: [] });
    expect((await asOperator("GET", "/v2/pools?limit=1")).json).toMatchObject({ pools: [pool] });
  });

  test.each([
    ["limit=0", "Invalid API request"],
    ["limit=21", "Invalid API request"],
    ["limit=a", "Invalid parameter"],
    ["detailed=2", "Invalid parameter"],
  ])("refuses %s", async (query, title) => {
    expect(await asOperator("GET", `/v2/pools?${query}`)).toRefuse(400, title);
  });

  test.each(["limit=1", "limit=20", "limit=", "detailed=False", "marker=zzz"])("accepts %s", async (query) => {
    expect(await asOperator("GET", `/v2/pools?${query}`)).toAnswer(200);
  });
});

describe("PATCH /v2/pools/{pool}", () => {
  beforeEach(() => putPool("p1", "durable-object://weur", { options: { a: 1 } }));

  function patch(body: unknown, name = "p1"): ReturnType<typeof asOperator> {
    return asOperator("PATCH", `/v2/pools/${name}`, { body });
  }

  test.each([
    [{ weight: 5 }, { weight: 5 }],
    [{ uri: "durable-object://eeur" }, { uri: "durable-object://eeur" }],
    [{ flavor: "f" }, { flavor: "f" }],
    [{ weight: 6, unknown: true }, { weight: 6 }],
  ])("changes what %j names", async (body, changed) => {
    const pool = { name: "p1", uri: "durable-object://weur", weight: 100, flavor: null, href: "/v2/pools/p1" };
    const answer = await patch(body);
    expect(answer).toAnswer(200);
    expect(answer.json).toEqual({ ...pool, ...changed });
    expect((await asOperator("GET", "/v2/pools/p1")).json).toEqual(answer.json);
  });

  test("changes the options, and an empty flavor is none", async () => {
    expect(await patch({ options: { b: 2 }, flavor: "f" })).toAnswer(200);
    expect(await patch({ flavor: "" })).toAnswer(200);
    expect((await asOperator("GET", "/v2/pools/p1?detailed=true")).json).toMatchObject({
      options: { b: 2 },
      flavor: null,
    });
  });

  test.each([
    ["nothing", {}],
    ["only what is unknown", { group: "g" }],
    ["no body", undefined],
    ["a weight out of range", { weight: -1 }],
    ["a uri of another kind", { uri: "redis://h" }],
    ["a flavor that is null", { flavor: null }],
    ["options that are no object", { options: [] }],
  ])("refuses %s", async (_, body) => {
    expect(await patch(body)).toRefuse(400, "Invalid request body");
  });

  test("refuses another pool's uri", async () => {
    await putPool("p2", "durable-object://");
    expect(await patch({ uri: "durable-object://" })).toRefuse(409, "Resource conflict");
  });

  test("does not find a pool that is missing, once the document is valid", async () => {
    expect(await patch({ weight: 1 }, "nope")).toRefuse(404, "Not found");
    expect(await patch({}, "nope")).toRefuse(400, "Invalid request body");
  });
});

describe("DELETE /v2/pools/{pool}", () => {
  test("removes a pool, and one that is missing too", async () => {
    await putPool("p1", "durable-object://");
    expect(await asOperator("DELETE", "/v2/pools/p1")).toAnswer(204);
    expect(await asOperator("DELETE", "/v2/pools/p1")).toAnswer(204);
    expect(await asOperator("GET", "/v2/pools/p1")).toRefuse(404, "Not found");
  });

  test("refuses the only pool of a flavor", async () => {
    await putPool("p1", "durable-object://");
    await putPool("p2", "durable-object://weur");
    await putFlavor("operations", "gold", "p1", "p2");
    expect(await asOperator("DELETE", "/v2/pools/p1")).toAnswer(204);
    const answer = await asOperator("DELETE", "/v2/pools/p2");
    expect(answer).toRefuse(403, "Unable to delete");
    expect(answer.json).toMatchObject({
      description: "This pool is used by flavors gold; It cannot be deleted.",
    });
    await asOperator("DELETE", "/v2/flavors/gold");
    expect(await asOperator("DELETE", "/v2/pools/p2")).toAnswer(204);
  });

  test("removes a pool of a flavor that no project has", async () => {
    await putPool("p1", "durable-object://", { flavor: "nobody's" });
    expect(await asOperator("DELETE", "/v2/pools/p1")).toAnswer(204);
  });
});

const ROUTES = [
  ["GET", "/v2/pools"],
  ["GET", "/v2/pools/p1"],
  ["PUT", "/v2/pools/p1"],
  ["PATCH", "/v2/pools/p1"],
  ["DELETE", "/v2/pools/p1"],
  ["PUT", "/v2/flavors/f1"],
  ["PATCH", "/v2/flavors/f1"],
  ["DELETE", "/v2/flavors/f1"],
] as const;

test.each(ROUTES)("%s %s is for operators alone", async (method, path) => {
  const options = { project: "p", client: crypto.randomUUID(), headers: { "X-Roles": "member" } };
  expect(await send(method, path, options)).toRefuse(403, "Not authorized");
});

test.each([...ROUTES, ["GET", "/v2/flavors"], ["GET", "/v2/flavors/f1"]] as const)(
  "%s %s needs a Client-ID and a project",
  async (method, path) => {
    expect(await asOperator(method, path, { client: null })).toRefuse(400, "Missing header value");
    expect(await asOperator(method, path, { project: null })).toRefuse(400, "Project-Id Missing");
  },
);

test.each([
  [{ ADMIN_MODE: "true" }, 404],
  [{ POOLING: "true" }, 404],
  [{ ADMIN_MODE: "true", POOLING: "true" }, 200],
])("with %j the routes are %d", async (settings, status) => {
  const service = startService({ AUTH_STRATEGY: "none", ...settings });
  const options = withClientHeaders({ project: "p", client: crypto.randomUUID(), headers: { "X-Roles": "admin" } });
  const reach = (asked: Request): Promise<Response> => service.fetch(asked);
  for (const path of ["/v2/pools", "/v2/flavors"]) {
    expect(await requestBy(reach, "GET", path, options)).toAnswer(status);
  }
  const home = await requestBy(reach, "GET", "/v2/", options);
  const { resources } = home.json as { readonly resources: object };
  const listed = ["rel/pools", "rel/pool", "rel/flavors", "rel/flavor"].filter((name) => name in resources);
  expect(listed).toHaveLength(status === 200 ? 4 : 0);
});

test("the home document describes the routes", async () => {
  const { resources } = (await asOperator("GET", "/v2/")).json as { readonly resources: Record<string, unknown> };
  const formats = { "application/json": {} };
  const allow = ["GET", "PUT", "PATCH", "DELETE"];
  expect(resources["rel/pools"]).toEqual({
    "href-template": "/v2/pools{?detailed,limit,marker}",
    "href-vars": { detailed: "param/detailed", limit: "param/pool_limit", marker: "param/marker" },
    hints: { allow: ["GET"], formats },
  });
  expect(resources["rel/flavor"]).toEqual({
    "href-template": "/v2/flavors/{flavor_name}",
    "href-vars": { flavor_name: "param/flavor_name" },
    hints: { allow, formats },
  });
});

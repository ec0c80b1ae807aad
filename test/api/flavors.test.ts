/** Flavors. Runs with ADMIN_MODE and POOLING. */
import { beforeEach, describe, expect, test } from "vitest";
import { asOperator, putFlavor, putPool, removePools } from "../support/drivers/pools.ts";
import { send, type Answer } from "../support/drivers/request.ts";

/** Each test has its own project. */
let project = "";

beforeEach(async () => {
  project = `project-${crypto.randomUUID()}`;
  await removePools();
  await putPool("p1", "durable-object://");
  await putPool("p2", "durable-object://weur");
});

function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  return asOperator(method, path, { project, ...(body === undefined ? {} : { body }) });
}

const CAPABILITIES = ["FIFO", "CLAIMS", "DURABILITY", "AOD"];

describe("PUT /v2/flavors/{flavor}", () => {
  test("makes a flavor of pools, which say that they are its own", async () => {
    const answer = await ask("PUT", "/v2/flavors/gold", { pool_list: ["p2", "p1", "p2"] });
    expect(answer).toAnswer(201);
    expect(answer.headers.get("Location")).toBe("/v2/flavors/gold");
    expect((await ask("GET", "/v2/flavors/gold")).json).toEqual({
      name: "gold",
      href: "/v2/flavors/gold",
      pool_list: ["p1", "p2"],
      capabilities: CAPABILITIES,
    });
    expect((await ask("GET", "/v2/pools/p1")).json).toMatchObject({ flavor: "gold" });
  });

  test("replaces its pools, with 201 again", async () => {
    await putFlavor(project, "gold", "p1");
    expect(await ask("PUT", "/v2/flavors/gold", { pool_list: ["p2"] })).toAnswer(201);
    expect((await ask("GET", "/v2/flavors/gold")).json).toMatchObject({ pool_list: ["p2"] });
    expect((await ask("GET", "/v2/pools/p1")).json).toMatchObject({ flavor: null });
  });

  test("takes a pool out of another flavor: a pool is of one", async () => {
    await putFlavor(project, "gold", "p1", "p2");
    await putFlavor(project, "silver", "p2");
    expect((await ask("GET", "/v2/flavors/gold")).json).toMatchObject({ pool_list: ["p1"] });
  });

  test.each([
    ["no body", undefined, "Invalid request body"],
    ["no pool_list", {}, "Invalid request body"],
    ["a pool_list that is a text", { pool_list: "p1" }, "Invalid request body"],
    ["a pool that is a number", { pool_list: [1] }, "Invalid request body"],
    ["a pool_group", { pool_list: ["p1"], pool_group: "g" }, "Invalid request body"],
    ["a pool", { pool: "p1" }, "Invalid request body"],
    ["an empty pool_list", { pool_list: [] }, "Unable to create"],
    ["an unknown pool", { pool_list: ["p1", "nope"] }, "Unable to create"],
    [
      "a demand that its pools do not meet",
      { pool_list: ["p1"], capabilities: ["HIGH_THROUGHPUT"] },
      "Unable to create",
    ],
  ])("refuses %s", async (_, body, title) => {
    expect(await ask("PUT", "/v2/flavors/gold", body)).toRefuse(400, title);
    expect(await ask("GET", "/v2/flavors/gold")).toRefuse(404, "Not found");
  });

  test("names an unknown pool by its first characters", async () => {
    const answer = await ask("PUT", "/v2/flavors/gold", { pool_list: ["p".repeat(60_000)] });
    expect(answer.json).toMatchObject({
      description: `Flavor gold could not be created, error:Pool ${"p".repeat(63)}… does not exist`,
    });
  });

  test("says what is wrong", async () => {
    expect((await ask("PUT", "/v2/flavors/gold", { pool_list: ["nope"] })).json).toMatchObject({
      description: "Flavor gold could not be created, error:Pool nope does not exist",
    });
    const demanding = await ask("PUT", "/v2/flavors/gold", { pool_list: ["p1"], capabilities: ["HIGH_THROUGHPUT"] });
    expect(demanding.json).toMatchObject({
      description:
        "Flavor gold could not be created, error:its pools do not have the capability HIGH_THROUGHPUT: only pools with " +
        "throughput=high in their URIs have it",
    });
  });

  test.each([
    ["throughput=high", ["CLAIMS", "DURABILITY", "AOD", "HIGH_THROUGHPUT"], "FIFO"],
    ["order=fifo", CAPABILITIES, "HIGH_THROUGHPUT"],
  ])("of pools with %s has the capabilities %j, and refuses %s", async (option, capabilities, missing) => {
    await putPool("p3", `durable-object://eeur?${option}`);
    const body = { pool_list: ["p3"], capabilities };
    expect(await ask("PUT", "/v2/flavors/gold", body)).toAnswer(201);
    expect((await ask("GET", "/v2/flavors/gold")).json).toMatchObject({ capabilities });
    expect((await ask("GET", "/v2/flavors?detailed=true")).json).toMatchObject({ flavors: [{ capabilities }] });
    expect((await ask("PATCH", "/v2/flavors/gold", body)).json).toMatchObject({ capabilities });
    const refused = await ask("PATCH", "/v2/flavors/gold", { pool_list: ["p3"], capabilities: [missing] });
    expect(refused).toRefuse(400, "updatefail");
    expect(refused.text).toContain(`its pools do not have the capability ${missing}`);
  });

  test.each(["throughput=high", "order=fifo"])("refuses pools of which only some have %s", async (option) => {
    await putPool("p3", `durable-object://eeur?${option}`);
    expect(await ask("PUT", "/v2/flavors/gold", { pool_list: ["p1", "p3"] })).toRefuse(400, "Unable to create");
    await putFlavor(project, "gold", "p1", "p2");
    expect(await ask("PATCH", "/v2/flavors/gold", { pool_list: ["p3", "p1"] })).toRefuse(400, "updatefail");
    expect((await ask("GET", "/v2/flavors/gold")).json).toMatchObject({ pool_list: ["p1", "p2"] });
  });

  test.each([[["FIFO", "CLAIMS"]], [{}], [null], ["FIFO"], [["unheard of"]]])(
    "ignores the capabilities %j",
    async (capabilities) => {
      expect(await ask("PUT", "/v2/flavors/gold", { pool_list: ["p1"], capabilities })).toAnswer(201);
      expect((await ask("GET", "/v2/flavors/gold")).json).toMatchObject({ capabilities: CAPABILITIES });
    },
  );

  test.each(["a b", "x".repeat(65)])("refuses the name %j", async (name) => {
    const answer = await ask("PUT", `/v2/flavors/${encodeURIComponent(name)}`, { pool_list: ["p1"] });
    expect(answer).toRefuse(400, "Invalid API request");
  });

  test("refuses the 101st of a project", async () => {
    for (let number = 1; number <= 100; number++) await putFlavor(project, `f${number}`, "p1");
    expect(await ask("PUT", "/v2/flavors/f101", { pool_list: ["p1"] })).toRefuse(400, "Unable to create");
    expect(await ask("PUT", "/v2/flavors/f100", { pool_list: ["p1"] })).toAnswer(201);
    await putFlavor(`${project}-other`, "f101", "p1");
  });
});

describe("GET /v2/flavors", () => {
  test("lists the project's flavors by name, a page at a time", async () => {
    await putFlavor(project, "silver", "p2");
    await putFlavor(project, "gold", "p1");
    await putFlavor(`${project}-other`, "bronze", "p1");
    expect((await ask("GET", "/v2/flavors?limit=1")).json).toEqual({
      links: [{ rel: "next", href: "/v2/flavors?marker=gold&limit=1" }],
      flavors: [{ name: "gold", href: "/v2/flavors/gold" }],
    });
    expect((await ask("GET", "/v2/flavors?marker=gold&detailed=true")).json).toEqual({
      links: [{ rel: "next", href: "/v2/flavors?marker=silver&detailed=true" }],
      flavors: [{ name: "silver", href: "/v2/flavors/silver", pool_list: ["p2"], capabilities: CAPABILITIES }],
    });
    expect((await ask("GET", "/v2/flavors?marker=silver")).json).toEqual({ links: [], flavors: [] });
  });

  test.each(["limit=0", "limit=21"])("refuses %s", async (query) => {
    expect(await ask("GET", `/v2/flavors?${query}`)).toRefuse(400, "Invalid API request");
  });

  test("is for everybody, as is one flavor", async () => {
    await putFlavor(project, "gold", "p1");
    const options = { project, client: crypto.randomUUID() };
    expect(await send("GET", "/v2/flavors", options)).toAnswer(200);
    expect(await send("GET", "/v2/flavors/gold", options)).toAnswer(200);
    expect(await send("GET", "/v2/flavors/nope", options)).toRefuse(404, "Not found");
  });
});

describe("PATCH /v2/flavors/{flavor}", () => {
  test("replaces the pools, and takes others out of the flavor", async () => {
    await putFlavor(project, "gold", "p1");
    const answer = await ask("PATCH", "/v2/flavors/gold", { pool_list: ["p2"], unknown: true });
    expect(answer).toAnswer(200);
    expect(answer.json).toEqual({
      name: "gold",
      href: "/v2/flavors/gold",
      pool_list: ["p2"],
      capabilities: CAPABILITIES,
    });
    expect((await ask("GET", "/v2/pools/p1")).json).toMatchObject({ flavor: null });
  });

  test.each([
    ["no pool_list", {}, "Invalid request body"],
    ["a pool_list that is null", { pool_list: null }, "Invalid request body"],
    ["an empty pool_list", { pool_list: [] }, "updatefail"],
    ["an unknown pool", { pool_list: ["nope"] }, "updatefail"],
    ["a demand that its pools do not meet", { pool_list: ["p1"], capabilities: ["HIGH_THROUGHPUT"] }, "updatefail"],
  ])("refuses %s", async (_, body, title) => {
    await putFlavor(project, "gold", "p1");
    expect(await ask("PATCH", "/v2/flavors/gold", body)).toRefuse(400, title);
    expect((await ask("GET", "/v2/flavors/gold")).json).toMatchObject({ pool_list: ["p1"] });
  });

  test("looks for the flavor before it looks for the pools", async () => {
    expect(await ask("PATCH", "/v2/flavors/nope", { pool_list: ["nope"] })).toRefuse(404, "Not found");
  });
});

describe("DELETE /v2/flavors/{flavor}", () => {
  test("takes its pools out of it", async () => {
    await putFlavor(project, "unshared", "p1");
    expect(await ask("DELETE", "/v2/flavors/unshared")).toAnswer(204);
    expect(await ask("DELETE", "/v2/flavors/unshared")).toAnswer(204);
    expect(await ask("GET", "/v2/flavors/unshared")).toRefuse(404, "Not found");
    expect((await ask("GET", "/v2/pools/p1")).json).toMatchObject({ flavor: null });
  });

  test("leaves the pools to the flavor of that name in another project", async () => {
    await putFlavor(project, "gold", "p1");
    const other = `${project}-other`;
    await putFlavor(other, "gold", "p1");
    await ask("DELETE", "/v2/flavors/gold");
    expect((await asOperator("GET", "/v2/flavors/gold", { project: other })).json).toMatchObject({
      pool_list: ["p1"],
    });
  });
});

test("an operator may name the project", async () => {
  expect(await ask("PUT", "/v2/flavors/gold?project_id=elsewhere", { pool_list: ["p1"] })).toAnswer(201);
  expect((await ask("GET", "/v2/flavors")).json).toMatchObject({ flavors: [] });
  expect(await ask("GET", "/v2/flavors/gold?project_id=elsewhere")).toAnswer(200);
  const href = "/v2/flavors/gold?project_id=elsewhere";
  expect((await ask("PUT", href, { pool_list: ["p1"] })).headers.get("Location")).toBe(href);
  expect((await ask("GET", href)).json).toMatchObject({ href });
  expect((await ask("GET", "/v2/flavors?project_id=elsewhere&limit=1")).json).toMatchObject({
    links: [{ href: "/v2/flavors?project_id=elsewhere&marker=gold&limit=1" }],
    flavors: [{ href }],
  });
  const options = { project, client: crypto.randomUUID() };
  expect(await send("GET", "/v2/flavors?project_id=elsewhere", options)).toRefuse(403, "Not authorized");
});

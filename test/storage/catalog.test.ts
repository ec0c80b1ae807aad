/** The index of a project: its entries, its pages, and how a metadata filter compares. */
import { describe, expect, test } from "vitest";
import type { QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { PAGE_BYTES_MAX } from "../../src/storage/page-budget.ts";
import { Catalog, matcherOf } from "../../src/storage/project/catalog.ts";
import { PROJECT_MIGRATIONS } from "../../src/storage/project/schema.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const INT64_MAX = "9223372036854775807";

test.each([
  ["7", "7", true],
  ["007", "7", true],
  ["-007", "-7", true],
  ["-7", "7", false],
  ["0", "-0", true],
  ["-000", "0", true],
  ["00", "0", true],
  [INT64_MAX, INT64_MAX, true],
  [INT64_MAX, "9223372036854775806", false],
  ["1".repeat(60_000), "1", false],
  [`${"0".repeat(60_000)}1`, "1", true],
  ["1", "1.0", true],
  ["1", "1.5", false],
  ["1", '"1"', false],
  ["1", "true", false],
  ["1.5", "1.5", false],
  ["a", '"a"', true],
  ["a", '"b"', false],
  ["é", '"\\u00e9"', true],
])("the filter %s equals the stored %s: %j", (value, stored, expected) => {
  expect(matcherOf(value)(stored as JsonText)).toBe(expected);
});

type CatalogFilter = Parameters<Catalog["list"]>[2];

const ALL: CatalogFilter = { name: null, prefix: "", filters: [] };

class Bare {
  readonly raw: SqlStorage;
  readonly queues: Catalog;
  readonly topics: Catalog;

  constructor(sql: Sql, raw: SqlStorage) {
    this.raw = raw;
    this.queues = new Catalog(sql, "queue");
    this.topics = new Catalog(sql, "topic");
  }

  enter(name: string, metadata = "{}"): void {
    this.queues.put({ name: name as QueueName, metadata: metadata as JsonText });
  }

  /** The names of a page, and the number of times that other requests could run. */
  list(filter: Partial<CatalogFilter> = {}, { marker = "", limit = 10 } = {}): { names: string[]; pauses: number } {
    const listing = this.queues.list(marker, limit, { ...ALL, ...filter });
    for (let pauses = 0; ; pauses++) {
      const step = listing.next();
      if (step.done === true) return { names: step.value.map(({ name }) => name), pauses };
    }
  }
}

function withCatalog(work: (bare: Bare) => void): Promise<void> {
  return withStorage(PROJECT_MIGRATIONS, (sql, raw) => work(new Bare(sql, raw)));
}

describe("an entry", () => {
  test("is there from when it is entered until it leaves, others are unaffected", () =>
    withCatalog((bare) => {
      bare.enter("a");
      bare.enter("b");
      bare.queues.remove("a" as QueueName);
      bare.queues.remove("a" as QueueName);
      expect(["a", "b"].map((name) => bare.queues.has(name as QueueName))).toEqual([false, true]);
    }));

  test("has the metadata it was entered with last", () =>
    withCatalog((bare) => {
      bare.enter("a", '{"k":1}');
      bare.enter("a", '{"k":2}');
      const { value } = bare.queues.list("", 10, ALL).next();
      expect(value).toEqual([{ name: "a", metadata: '{"k":2}' }]);
    }));

  test("of a queue is none of a topic", () =>
    withCatalog((bare) => {
      bare.enter("a");
      expect([bare.topics.has("a" as QueueName), bare.topics.count("")]).toEqual([false, 0]);
    }));
});

describe("a list", () => {
  test("is in binary order of names, after a marker, which need not exist", () =>
    withCatalog((bare) => {
      for (const name of ["b", "B", "a", "a-", "a0", "_"]) bare.enter(name);
      expect(bare.list().names).toEqual(["B", "_", "a", "a-", "a0", "b"]);
      expect(bare.list({}, { marker: "a-", limit: 2 }).names).toEqual(["a0", "b"]);
      expect(bare.list({}, { marker: "a1" }).names).toEqual(["b"]);
    }));

  test.each([
    ["orders", ["orders", "orders-1", "orders_z", "orderszz"]],
    ["orders-", ["orders-1"]],
    ["x", []],
  ])("with the prefix %j has %j, and the count is the same", (prefix, names) =>
    withCatalog((bare) => {
      for (const name of ["order", "orders", "orders-1", "orders_z", "orderszz", "ordert"]) bare.enter(name);
      expect([bare.list({ prefix }).names, bare.queues.count(prefix)]).toEqual([names, names.length]);
    }),
  );

  test("goes on reading until a page is full of what the filter wants", () =>
    withCatalog((bare) => {
      for (let index = 0; index < 500; index++) bare.enter(`q${String(index).padStart(3, "0")}`);
      expect(bare.list({ name: "9" }, { limit: 200 }).names).toHaveLength(95);
      expect(bare.list({ name: "49" }, { limit: 2 }).names).toEqual(["q049", "q149"]);
    }));

  test("without a filter has as many as asked for, also more than one statement reads", () =>
    withCatalog((bare) => {
      for (let index = 0; index < 450; index++) bare.enter(`q${index}`);
      expect(bare.list({}, { limit: 401 }).names).toHaveLength(401);
    }));

  test("has entries of which all metadata that was asked for is equal; damaged ones have none", () =>
    withCatalog((bare) => {
      bare.enter("both", '{"k":1,"l":"x"}');
      bare.enter("one", '{"k":1}');
      bare.enter("other", '{"k":2,"l":"x"}');
      bare.enter("damaged", '{"k":1,"l":"x"');
      const filters = [
        { key: "k", value: "1" },
        { key: "l", value: "x" },
      ];
      expect(bare.list({ filters }).names).toEqual(["both"]);
      expect(bare.list().names).toEqual(["both", "damaged", "one", "other"]);
    }));

  test("is bounded by the bytes of its metadata, and has at least one entry", () =>
    withCatalog((bare) => {
      const metadata = (size: number): string => `{"k":"${"x".repeat(size - 8)}"}`;
      for (const name of ["a", "b"]) bare.enter(name, metadata(PAGE_BYTES_MAX / 2));
      bare.enter("c", metadata(2 * PAGE_BYTES_MAX));
      expect([bare.list().names, bare.list({}, { marker: "b" }).names]).toEqual([["a", "b"], ["c"]]);
    }));

  test("lets other requests run after much metadata that a filter has read, never without a filter", () =>
    withCatalog((bare) => {
      for (const name of ["a", "b", "c", "d"]) bare.enter(name, `{"k":"${"x".repeat(131_072)}"}`);
      expect(bare.list({ name: "z" })).toEqual({ names: [], pauses: 2 });
      expect(bare.list()).toEqual({ names: ["a", "b", "c", "d"], pauses: 0 });
    }));
});

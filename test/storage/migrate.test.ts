/** Migrations: a newer version accepts the tables of an older one, and an older version those of a newer one. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/domain/digest.ts";
import { canUse, neededBy, STORAGE_FORMAT, type StorageFormat } from "../../src/storage/format.ts";
import { migrate, STATEMENTS } from "../../src/storage/migrate.ts";
import { DELIVERY_MIGRATIONS } from "../../src/storage/delivery/schema.ts";
import { HUB_MIGRATIONS } from "../../src/storage/hub/schema.ts";
import { METER_MIGRATIONS } from "../../src/storage/meter/schema.ts";
import { POOLS_MIGRATIONS } from "../../src/storage/pools/schema.ts";
import { PROJECT_MIGRATIONS } from "../../src/storage/project/schema.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";
import { projectStub, queueStub } from "../support/objects/stubs.ts";
import { project, type Queue } from "../support/drivers/zaqar-client.ts";

/** A queue's migrations, and one that adds a column. */
const EXPANDED = [...QUEUE_MIGRATIONS, "ALTER TABLE segment ADD COLUMN colour TEXT"];
const next = QUEUE_MIGRATIONS.length + 1;

function historyOf(sql: Sql): string[] {
  return sql.all(STATEMENTS.applied).map((row) => row.statements);
}

describe("texts of migrations", () => {
  // Released texts are stored in every object that has applied them: add a text, and never change one.
  test("are what they were when they were published", () => {
    const digests = (texts: readonly string[]): string[] => texts.map((text) => digestOf(text).slice(0, 16));
    expect(digests(QUEUE_MIGRATIONS)).toEqual([
      "6d4743e96e7cf5e5",
      "4dd9c8661517c1b6",
      "95fb6abb982a690d",
      "583edba1a6d629c6",
      "a5c14f10f66763ae",
      "3c348b0e915568f9",
      "edcd5480ef4b0e91",
      "b8a2028b50d088bd",
      "75dc2b5fdebda277",
      "bee7105bfdb35fa0",
      "d2a94d9097e88e02",
      "209c91751182bc94",
      "bed5812df45e099f",
      "d8a6406a14846562",
      "f0ab91402338676b",
      "149584f9a7bbbd4e",
      "ee75fb29420aab54",
    ]);
    expect(digests(PROJECT_MIGRATIONS)).toEqual([
      "87af3c2b82ef127e",
      "b52069415e905def",
      "d61a82e4e93936b2",
      "00a572d7b3183f40",
      "1f73a5f1272426ae",
    ]);
    expect(digests(DELIVERY_MIGRATIONS)).toEqual([
      "bcf79ba0f9f6921e",
      "cdd13c14b6f5f11e",
      "e516688c32b5606a",
      "7b66393d1019cb66",
      "18b6f5c988394ddf",
      "359c66e93d2cb2eb",
    ]);
    expect(digests(POOLS_MIGRATIONS)).toEqual(["f5abbc109b87ea28"]);
    expect(digests(HUB_MIGRATIONS)).toEqual(["e803b2972b97b0df"]);
    expect(digests(METER_MIGRATIONS)).toEqual(["5375262fbd5fd144", "9067f857675bf635", "e4a63fca3b5fa6aa"]);
  });

  test("name migrations that come with them", () => {
    for (const { makes, needs } of Object.values(STORAGE_FORMAT)) expect(needs).toBeLessThanOrEqual(makes);
  });
});

describe("a version finds storage", () => {
  test("with its own history, and adds what is missing", () =>
    withStorage([], (sql) => {
      migrate(sql, QUEUE_MIGRATIONS.slice(0, 2));
      migrate(sql, QUEUE_MIGRATIONS);
      migrate(sql, QUEUE_MIGRATIONS);
      expect(historyOf(sql)).toEqual(QUEUE_MIGRATIONS);
    }));

  test("with a longer history, and uses it as it is", () =>
    withStorage([], (sql) => {
      migrate(sql, EXPANDED);
      migrate(sql, QUEUE_MIGRATIONS);
      expect(historyOf(sql)).toEqual(EXPANDED);
      // The newer version continues.
      migrate(sql, [...EXPANDED, "ALTER TABLE segment ADD COLUMN shape TEXT"]);
      expect(historyOf(sql)).toHaveLength(next + 1);
    }));

  test("with another history, and does not touch it", () =>
    withStorage([], (sql) => {
      migrate(sql, [...QUEUE_MIGRATIONS.slice(0, -1), "CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT"]);
      expect(() => migrate(sql, QUEUE_MIGRATIONS)).toThrow("migrations that differ");
      expect(() => migrate(sql, EXPANDED)).toThrow("migrations that differ");
    }));

  test("that needs a migration it does not know, and does not touch it", () =>
    withStorage([], (sql) => {
      const contraction = `-- needs migration ${next}\nALTER TABLE segment DROP COLUMN client`;
      migrate(sql, [...EXPANDED, contraction]);
      expect(() => migrate(sql, QUEUE_MIGRATIONS)).toThrow(`need migration ${next}, and this version has ${next - 1}`);
      // The version between them no longer uses the removed table.
      migrate(sql, EXPANDED);
      expect(historyOf(sql)).toHaveLength(next + 1);
    }));
});

test("what a migration needs is its first line, and nothing else", () => {
  expect(neededBy([])).toBe(0);
  expect(neededBy(["-- needs migration 3\nSELECT 1", "-- needs migration 2\nSELECT 1"])).toBe(3);
  expect(neededBy(["SELECT 1 -- needs migration 3\n", "SELECT 1;\n-- needs migration 3\n"])).toBe(0);
});

test("the start script can tell which data a version can use", () => {
  const other = (queue: StorageFormat["queue"]): StorageFormat => ({ ...STORAGE_FORMAT, queue });
  expect(canUse(STORAGE_FORMAT, other({ makes: next, needs: 0 }))).toBe(true);
  expect(canUse(STORAGE_FORMAT, other({ makes: next, needs: next - 1 }))).toBe(true);
  expect(canUse(STORAGE_FORMAT, other({ makes: next, needs: next }))).toBe(false);
});

describe("after a rollback", () => {
  /** Applies these statements to a queue and its project, as a newer version would. */
  const upgrade = async (queue: Queue, statements: string): Promise<void> => {
    for (const [stub, known] of [
      [queueStub(queue), QUEUE_MIGRATIONS],
      [projectStub(queue), PROJECT_MIGRATIONS],
    ] as const) {
      await runInDurableObject(stub, (_, state) => migrate(new Sql(state.storage), [...known, statements]));
      await evictDurableObject(stub);
    }
  };

  test("queues that the newer version has touched go on", async () => {
    const orders = await project().queue("orders");
    await orders.post("a", "b");
    const claim = await orders.claim({ limit: 1 });
    await upgrade(orders, "ALTER TABLE queue ADD COLUMN colour TEXT");
    expect(await claim.get()).toHoldBodies("a");
    await orders.post("c");
    expect(await orders.list()).toHoldBodies("b", "c");
    expect(await orders.project.queueNames()).toEqual(["orders"]);
    await evictDurableObject(queueStub(orders));
    expect(await orders.claim()).toHoldBodies("b", "c");
    await orders.remove();
    await orders.post("d");
    expect(await orders.list()).toHoldBodies("d");
  });

  test("one that the older version must not touch is 503", async () => {
    const orders = await project().queue("orders");
    await orders.post("a");
    await upgrade(orders, "-- needs migration 99\nCREATE TABLE other (id INTEGER PRIMARY KEY) STRICT");
    expect(await orders.send("GET", "/messages")).toAnswer(503);
    expect(await orders.send("POST", "/messages", { body: { messages: [{ body: "b" }] } })).toAnswer(503);
  });
});

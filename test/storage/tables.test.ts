/** Each store names its tables, so that the deletion of all tables omits none. */
import { describe, expect, test } from "vitest";
import { eraseQueue } from "../../src/storage/queue/erase.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import { TABLES as SHARD } from "../../src/storage/queue/shard-row.ts";
import { TABLES as SIGNING } from "../../src/storage/queue/signing.ts";
import { TABLES as SUBSCRIPTIONS } from "../../src/storage/queue/subscription-rows.ts";
import { MIGRATIONS, tablesOf, withStorage } from "../support/objects/bare-storage.ts";

const MODULES = import.meta.glob("../../src/storage/*/*.ts", { eager: true });

test.each([...MIGRATIONS])("every table of a %s's object belongs to one store", (kind, migrations) =>
  withStorage(migrations, (_, raw) => {
    const stores = Object.entries(MODULES).filter(([path]) => path.startsWith(`../../src/storage/${kind}/`));
    const tables = stores.flatMap(([, { TABLES = [] }]) => TABLES as readonly string[]);
    expect(tables.toSorted()).toEqual(tablesOf(raw));
  }),
);

describe("erasing a queue", () => {
  test("empties its tables, and leaves subscriptions, the signing generation and the row of a shard", () =>
    withStorage(QUEUE_MIGRATIONS, (sql, raw) => {
      for (const table of tablesOf(raw)) insertSomeRow(raw, table);
      eraseQueue(sql);
      const kept = tablesOf(raw).filter((table) => raw.exec(`SELECT 1 FROM ${table}`).toArray().length > 0);
      expect(kept).toEqual([...SHARD, ...SIGNING, ...SUBSCRIPTIONS].toSorted());
    }));
});

function insertSomeRow(raw: SqlStorage, table: string): void {
  const columns = raw.exec<{ type: string }>(`PRAGMA table_info(${table})`).toArray();
  const values = columns.map(({ type }) => (type === "INTEGER" ? 1 : "text"));
  raw.exec(`INSERT INTO ${table} VALUES (${values.map(() => "?").join(", ")})`, ...values);
}

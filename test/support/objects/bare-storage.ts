/** The SQLite of some object, without the object: for tests of stores. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { migrate } from "../../../src/storage/migrate.ts";
import { Sql } from "../../../src/storage/sql.ts";

/** The migrations of each kind of object, exported by the schemas in src/storage. */
export const MIGRATIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(import.meta.glob("../../../src/storage/*/schema.ts", { eager: true })).map(([path, schema]) => [
    path.split("/").at(-2) ?? "",
    Object.values(schema)[0] as readonly string[],
  ]),
);

/** Runs a test on an empty database, with the tables of these migrations if there are any. `raw` takes any SQL. */
export async function withStorage(
  migrations: readonly string[],
  work: (sql: Sql, raw: SqlStorage) => void | Promise<void>,
): Promise<void> {
  const stub = env.QUEUES.getByName(`${crypto.randomUUID()}/bare`);
  await runInDurableObject(stub, async (_instance: unknown, { storage }: DurableObjectState) => {
    const sql = new Sql(storage);
    if (migrations.length > 0) migrate(sql, migrations);
    await work(sql, storage.sql);
  });
}

/** The names of the tables, without those of migrations and of the platform. */
export function tablesOf(raw: SqlStorage): string[] {
  const names = raw
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .toArray();
  return names.map(({ name }) => name).filter((name) => name !== "migration" && !name.startsWith("_cf"));
}

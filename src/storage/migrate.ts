import { neededBy } from "./format.ts";
import type { Sql } from "./sql.ts";
import { integer, statement, text } from "./statement.ts";

export const STATEMENTS = {
  isMigrated: statement({
    text: "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'migration'",
    row: { found: integer() },
  }),
  createTable: statement({
    text: "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, statements TEXT NOT NULL) STRICT",
  }),
  applied: statement({ text: "SELECT statements FROM migration ORDER BY number", row: { statements: text() } }),
  record: statement({
    text: "INSERT INTO migration (number, statements) VALUES (:number, :statements)",
    parameters: { number: integer(), statements: text() },
  }),
};

/** Whether `migrate` has run. An object that was only read has no tables. */
export function isMigrated(sql: Sql): boolean {
  return sql.one(STATEMENTS.isMigrated) !== null;
}

/**
 * Brings an object's tables up to date. `migrations` is append-only: each text is stored beside its number, and an object whose
 * stored texts differ refuses to start, because its tables are unknown. A longer list of stored migrations comes from a newer
 * version. Its tables include those of this version, unless one of its migrations says that versions must know it (format.ts).
 */
export function migrate(sql: Sql, migrations: readonly string[]): void {
  sql.transaction(() => {
    sql.run(STATEMENTS.createTable);
    const applied = sql.all(STATEMENTS.applied).map(({ statements }) => statements);
    if (migrations.slice(0, applied.length).some((statements, index) => statements !== applied[index])) {
      throw new Error("The tables of this object were made by migrations that differ from those of this version.");
    }
    const needed = neededBy(applied);
    if (needed > migrations.length) {
      throw new Error(
        `The tables of this object were made by a newer version: they need migration ${needed}, and this version has ` +
          `${migrations.length}. Deploy a version that has it.`,
      );
    }
    migrations.slice(applied.length).forEach((statements, index) => {
      sql.runMigration(statements);
      sql.run(STATEMENTS.record, { number: applied.length + index + 1, statements });
    });
  });
}

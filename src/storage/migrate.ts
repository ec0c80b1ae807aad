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
  note: statement({
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
      throw new Error("The storage of this object was made by another history of migrations.");
    }
    const needed = neededBy(applied);
    if (needed > migrations.length) {
      throw new Error(
        `The storage of this object is a newer version's: it needs migration ${needed}, and this version knows ` +
          `${migrations.length}. Deploy a version that knows it.`,
      );
    }
    migrations.slice(applied.length).forEach((statements, index) => {
      sql.runMigration(statements);
      sql.run(STATEMENTS.note, { number: applied.length + index + 1, statements });
    });
  });
}

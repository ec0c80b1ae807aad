import { neededBy } from "./format.ts";
import type { Sql } from "./sql.ts";

interface AppliedRow extends Record<string, SqlStorageValue> {
  statements: string;
}

/** True once `migrate` has run. An object that was only read has no tables. */
export function isMigrated(sql: Sql): boolean {
  return sql.one("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'") !== null;
}

/**
 * Brings an object's tables up to date. `migrations` is append-only: each text is stored beside its number, and an object whose
 * stored texts differ refuses to start, because its tables are unknown. A stored history that is longer than ours comes from a
 * newer version. Its tables contain ours, unless one of its migrations says that versions must know it (format.ts).
 */
export function migrate(sql: Sql, migrations: readonly string[]): void {
  sql.transaction(() => {
    sql.run("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, statements TEXT NOT NULL) STRICT");
    const applied = sql
      .all<AppliedRow>("SELECT statements FROM migration ORDER BY number")
      .map(({ statements }) => statements);
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
      sql.run(statements);
      sql.run("INSERT INTO migration (number, statements) VALUES (?, ?)", applied.length + index + 1, statements);
    });
  });
}

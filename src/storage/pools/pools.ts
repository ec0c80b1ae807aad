/** The pools. They are few, because no two name the same region, so a statement may read them all. */
import type { JsonText } from "../../domain/json.ts";
import type { Pool } from "../../domain/pool.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text } from "../statement.ts";

export const TABLES = ["pool"] as const;

const POOL_ROW = {
  name: text(),
  uri: text(),
  weight: integer(),
  flavor: nullable(text()),
  /** A JSON object. */
  options: text<JsonText>(),
};

export const STATEMENTS = {
  all: statement({ text: "SELECT name, uri, weight, flavor, options FROM pool ORDER BY name", row: POOL_ROW }),
  put: statement({
    text: `INSERT INTO pool (name, uri, weight, flavor, options) VALUES (:name, :uri, :weight, :flavor, :options)
             ON CONFLICT (name) DO UPDATE SET uri = excluded.uri, weight = excluded.weight, flavor = excluded.flavor,
               options = excluded.options`,
    parameters: POOL_ROW,
  }),
  remove: statement({ text: "DELETE FROM pool WHERE name = :name", parameters: { name: text() } }),
};

export class Pools {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** In the order of their names. */
  all(): readonly Pool[] {
    return this.sql.all(STATEMENTS.all);
  }

  find(name: string): Pool | null {
    return this.all().find((pool) => pool.name === name) ?? null;
  }

  /** The pools of a flavor; null: the pools without a flavor. */
  ofFlavor(flavor: string | null): readonly Pool[] {
    return this.all().filter((pool) => pool.flavor === flavor);
  }

  /** Stores a pool, or replaces it. */
  put(pool: Pool): void {
    this.sql.run(STATEMENTS.put, pool);
  }

  /** Replaces the pools of the flavor by these. Within a transaction. */
  assign(flavor: string, names: readonly string[]): void {
    for (const pool of this.all()) {
      if (names.includes(pool.name)) this.put({ ...pool, flavor });
      else if (pool.flavor === flavor) this.put({ ...pool, flavor: null });
    }
  }

  remove(name: string): void {
    this.sql.run(STATEMENTS.remove, { name });
  }
}

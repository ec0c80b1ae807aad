/** The quotas that an operator has set for a project. */
import type { QuotaName, QuotaOverrides } from "../../domain/quota.ts";
import type { Sql } from "../sql.ts";

const QUERIES = {
  all: "SELECT name, value FROM quota",
  clear: "DELETE FROM quota",
  set: "INSERT INTO quota (name, value) VALUES (?, ?)",
};

export function readQuotas(sql: Sql): QuotaOverrides {
  const rows = sql.all<{ name: QuotaName; value: number }>(QUERIES.all);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** Replaces all of them. Within a transaction. */
export function writeQuotas(sql: Sql, overrides: QuotaOverrides): void {
  sql.run(QUERIES.clear);
  for (const [name, value] of Object.entries(overrides)) sql.run(QUERIES.set, name, value);
}

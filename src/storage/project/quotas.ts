/** The quotas that an operator has set for a project. */
import type { QuotaName, QuotaOverrides } from "../../domain/quota.ts";
import type { Sql } from "../sql.ts";
import { integer, statement, text } from "../statement.ts";

export const TABLES = ["quota"] as const;

const QUOTA_ROW = { name: text<QuotaName>(), value: integer() };

export const STATEMENTS = {
  all: statement({ text: "SELECT name, value FROM quota", row: QUOTA_ROW }),
  clear: statement({ text: "DELETE FROM quota" }),
  set: statement({ text: "INSERT INTO quota (name, value) VALUES (:name, :value)", parameters: QUOTA_ROW }),
};

export function readQuotas(sql: Sql): QuotaOverrides {
  return Object.fromEntries(sql.all(STATEMENTS.all).map(({ name, value }) => [name, value]));
}

/** Replaces all of them. Within a transaction. */
export function writeQuotas(sql: Sql, overrides: QuotaOverrides): void {
  sql.run(STATEMENTS.clear);
  for (const [name, value] of Object.entries(overrides)) sql.run(STATEMENTS.set, { name: name as QuotaName, value });
}

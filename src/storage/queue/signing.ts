/**
 * The signing generation of a queue: a random text that the signatures of its URLs cover. A new one is drawn whenever users
 * revoke the URLs that they have shared; before the first time there is none. It outlives the queue, so that revoked URLs stay
 * revoked when a queue of the same name is created later.
 */
import type { Sql } from "../sql.ts";
import { statement, text } from "../statement.ts";

export const TABLES = ["signing"] as const;

export const STATEMENTS = {
  read: statement({ text: "SELECT generation FROM signing", row: { generation: text() } }),
  renew: statement({
    text: "INSERT OR REPLACE INTO signing (id, generation) VALUES (1, :generation)",
    parameters: { generation: text() },
  }),
};

export function readSigningGeneration(sql: Sql): string | null {
  return sql.one(STATEMENTS.read)?.generation ?? null;
}

export function renewSigningGeneration(sql: Sql): void {
  sql.run(STATEMENTS.renew, { generation: crypto.randomUUID() });
}

/**
 * The signing generation of a queue: a random text that the signatures of its URLs cover. It is drawn anew whenever users revoke
 * the URLs they have shared; before the first time there is none. It outlives the queue, so that revoked URLs stay revoked when a
 * queue of the same name is created later.
 */
import type { Sql } from "../sql.ts";

const QUERIES = {
  read: "SELECT generation FROM signing",
  renew: "INSERT OR REPLACE INTO signing (id, generation) VALUES (1, ?)",
};

export function readSigningGeneration(sql: Sql): string | null {
  return sql.one<{ generation: string }>(QUERIES.read)?.generation ?? null;
}

export function renewSigningGeneration(sql: Sql): void {
  sql.run(QUERIES.renew, crypto.randomUUID());
}

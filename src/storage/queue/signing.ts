/**
 * The signing generation of a queue: a random text that goes into the signatures of its URLs, drawn anew whenever its
 * users revoke what they have shared. None until the first time. It outlives the queue: what was revoked stays so when a
 * queue of the same name comes after.
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

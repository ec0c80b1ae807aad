/** Deletes a queue's rows where `deleteAll()` cannot be used: subscriptions and the signing generation outlive the queue. */
import type { Sql } from "../sql.ts";
import { statement } from "../statement.ts";

export const STATEMENTS = [
  "queue",
  "segment",
  "residue",
  "claim",
  "receipt",
  "transfer",
  "adoption",
  "outbox",
  "redrive",
].map((table) => statement({ text: `DELETE FROM ${table}` }));

/** Deletes the queue, its messages and its claims. Within a transaction. */
export function eraseQueue(sql: Sql): void {
  for (const deletion of STATEMENTS) sql.run(deletion);
}

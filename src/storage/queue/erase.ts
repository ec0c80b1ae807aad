/** Deletes a queue's rows where `deleteAll()` cannot be used: subscriptions and the signing generation outlive the queue. */
import type { Sql } from "../sql.ts";
import { statement } from "../statement.ts";
import { TABLES as CLAIM_TABLES } from "./claim-rows.ts";
import { TABLES as EXCEPTION_TABLES } from "./exceptions.ts";
import { TABLES as OUTBOX_TABLES } from "./outbox.ts";
import { TABLES as RECEIPT_TABLES } from "./receipts.ts";
import { TABLES as RECORD_TABLES } from "./record.ts";
import { TABLES as REDRIVE_TABLES } from "./redrive.ts";
import { TABLES as SEGMENT_TABLES } from "./segment-rows.ts";
import { TABLES as SPREAD_TABLES } from "./spread-row.ts";
import { TABLES as TRANSFER_TABLES } from "./transfers.ts";
import { TABLES as WAIT_TABLES } from "./waits.ts";

export const STATEMENTS = [
  ...RECORD_TABLES,
  ...SEGMENT_TABLES,
  ...EXCEPTION_TABLES,
  ...CLAIM_TABLES,
  ...RECEIPT_TABLES,
  ...TRANSFER_TABLES,
  ...OUTBOX_TABLES,
  ...REDRIVE_TABLES,
  ...WAIT_TABLES,
  ...SPREAD_TABLES,
].map((table) => statement({ text: `DELETE FROM ${table}` }));

/** Deletes the queue, its messages and its claims. Within a transaction. */
export function eraseQueue(sql: Sql): void {
  for (const deletion of STATEMENTS) sql.run(deletion);
}

/** The row of a home with the phase of its queue (domain/spread.ts). A queue that has never been spread has none. */
import type { Phase, SpreadRow } from "../../domain/spread.ts";
import type { Sql } from "../sql.ts";
import { integer, statement, text } from "../statement.ts";

export const TABLES = ["spread"] as const;

const SPREAD_ROW = { version: integer(), phase: text<Phase>(), objects: integer(), floor: integer() };

export const STATEMENTS = {
  read: statement({ text: "SELECT version, phase, objects, floor FROM spread", row: SPREAD_ROW }),
  write: statement({
    text: "INSERT OR REPLACE INTO spread (id, version, phase, objects, floor) VALUES (1, :version, :phase, :objects, :floor)",
    parameters: SPREAD_ROW,
  }),
};

export function readSpread(sql: Sql): SpreadRow | null {
  return sql.one(STATEMENTS.read);
}

/** Within a transaction. */
export function writeSpread(sql: Sql, { version, phase, objects, floor }: SpreadRow): void {
  sql.run(STATEMENTS.write, { version, phase, objects, floor });
}

/** The row of a home with the phase of its queue (domain/spread.ts). A queue that has never been spread has none. */
import type { Phase, SpreadRow } from "../../domain/spread.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text } from "../statement.ts";

export const TABLES = ["spread"] as const;

const SPREAD_ROW = {
  version: integer(),
  phase: text<Phase>(),
  objects: integer(),
  floor: integer(),
  changedAt: integer<EpochMs>(),
  quietSince: nullable(integer<EpochMs>()),
};

export const STATEMENTS = {
  read: statement({
    text: `SELECT version, phase, objects, floor, changed_at_ms AS changedAt, quiet_since_ms AS quietSince FROM spread`,
    row: SPREAD_ROW,
  }),
  write: statement({
    text:
      "INSERT OR REPLACE INTO spread (id, version, phase, objects, floor, changed_at_ms, quiet_since_ms) " +
      "VALUES (1, :version, :phase, :objects, :floor, :changedAt, :quietSince)",
    parameters: SPREAD_ROW,
  }),
};

export interface StoredSpread extends SpreadRow {
  /** When the queue began to be spread or to be brought back, or was on one object again. */
  readonly changedAt: EpochMs;
  /** Since when its load has been little; null: it is not. */
  readonly quietSince: EpochMs | null;
}

export function readSpread(sql: Sql): StoredSpread | null {
  return sql.one(STATEMENTS.read);
}

/** Within a transaction. */
export function writeSpread(sql: Sql, row: StoredSpread): void {
  sql.run(STATEMENTS.write, { ...row });
}

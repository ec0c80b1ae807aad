/** Receipts of posts with an Idempotency-Key: the fingerprint of the post and the numbers of its messages. One row per post. */
import type { EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text } from "../statement.ts";

export const TABLES = ["receipt"] as const;

export interface Receipt {
  readonly fingerprint: string;
  readonly first: number;
  readonly count: number;
}

const RECEIPT = { fingerprint: text(), first: integer(), count: integer() };

export const STATEMENTS = {
  find: statement({
    text: "SELECT fingerprint, first, count FROM receipt WHERE key = :key AND expires_at_ms > :now",
    parameters: { key: text(), now: integer<EpochMs>() },
    row: RECEIPT,
  }),
  // An expired key counts as unused.
  write: statement({
    text: `INSERT OR REPLACE INTO receipt (key, fingerprint, first, count, expires_at_ms)
             VALUES (:key, :fingerprint, :first, :count, :expires_at_ms)`,
    parameters: { ...RECEIPT, key: text(), expires_at_ms: integer<EpochMs>() },
  }),
  sweep: statement({
    text: "DELETE FROM receipt WHERE expires_at_ms <= :now",
    parameters: { now: integer<EpochMs>() },
  }),
  earliestExpiry: statement({
    text: "SELECT min(expires_at_ms) AS at FROM receipt",
    row: { at: nullable(integer<EpochMs>()) },
  }),
};

export class Receipts {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  find(key: string, now: EpochMs): Receipt | null {
    return this.sql.one(STATEMENTS.find, { key, now });
  }

  write(key: string, { fingerprint, first, count }: Receipt, expiresAt: EpochMs): void {
    this.sql.run(STATEMENTS.write, { key, fingerprint, first, count, expires_at_ms: expiresAt });
  }

  sweep(now: EpochMs): void {
    this.sql.run(STATEMENTS.sweep, { now });
  }

  earliestExpiry(): EpochMs | null {
    return this.sql.one(STATEMENTS.earliestExpiry)?.at ?? null;
  }
}

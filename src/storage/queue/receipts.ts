/** Receipts of posts with an Idempotency-Key: the fingerprint of the post and the numbers of its messages. One row per post. */
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";

export interface Receipt {
  readonly fingerprint: string;
  readonly first: number;
  readonly count: number;
}

const QUERIES = {
  find: "SELECT fingerprint, first, count FROM receipt WHERE key = ? AND expires_at_ms > ?",
  // An expired key counts as unused.
  write: "INSERT OR REPLACE INTO receipt (key, fingerprint, first, count, expires_at_ms) VALUES (?, ?, ?, ?, ?)",
  sweep: "DELETE FROM receipt WHERE expires_at_ms <= ?",
  earliestExpiry: "SELECT min(expires_at_ms) AS at FROM receipt",
};

export class Receipts {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  find(key: string, now: EpochMs): Receipt | null {
    return this.sql.one<Receipt & Record<string, SqlStorageValue>>(QUERIES.find, key, now);
  }

  write(key: string, receipt: Receipt, expiresAt: EpochMs): void {
    this.sql.run(QUERIES.write, key, receipt.fingerprint, receipt.first, receipt.count, expiresAt);
  }

  sweep(now: EpochMs): void {
    this.sql.run(QUERIES.sweep, now);
  }

  earliestExpiry(): EpochMs | null {
    const at = this.sql.one<{ at: number | null }>(QUERIES.earliestExpiry)?.at ?? null;
    return at === null ? null : toEpochMs(at);
  }
}

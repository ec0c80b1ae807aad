/** How many requests the service has answered. One object has this row. */
import type { EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text } from "../statement.ts";

export const TABLES = ["requests"] as const;

const REQUESTS = { since_ms: integer<EpochMs>(), counts: nullable(text()) };

export const STATEMENTS = {
  get: statement({ text: "SELECT since_ms, counts FROM requests", row: REQUESTS }),
  put: statement({
    text: `INSERT INTO requests (id, since_ms, counts) VALUES (1, :since_ms, :counts)
             ON CONFLICT (id) DO UPDATE SET since_ms = excluded.since_ms, counts = excluded.counts`,
    parameters: REQUESTS,
  }),
};

export interface StoredRequests {
  readonly since: EpochMs;
  /** null: they were only in memory when the object ended. */
  readonly counts: string | null;
}

export class RequestRows {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  get(): StoredRequests | null {
    const row = this.sql.one(STATEMENTS.get);
    return row === undefined || row === null ? null : { since: row.since_ms, counts: row.counts };
  }

  put({ since, counts }: StoredRequests): void {
    this.sql.run(STATEMENTS.put, { since_ms: since, counts });
  }
}

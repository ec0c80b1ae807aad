/** What a meter has to find again: whether it may have lost something, the entries of its buckets, and points of the past. */
import type { EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text } from "../statement.ts";

export const TABLES = ["meter", "bucket", "series"] as const;

/** The number of buckets. Row `n + BUCKETS * part` has a further part of bucket `n`. */
export const BUCKETS = 64;
/** Characters of a row, which are ASCII: Cloudflare refuses values above 2 MB. */
export const ROW_MAX = 1_500_000;

/** `is_open`: 0, or the largest factor of periods that reporters were told since it was opened. */
const METER = { is_open: integer(), points_until_ms: integer<EpochMs>(), removed: nullable(text()) };
const BUCKET = { number: integer(), entries: text() };
const HOUR = { bucket: integer(), hour: integer() };

export const STATEMENTS = {
  meter: statement({ text: "SELECT is_open, points_until_ms, removed FROM meter", row: METER }),
  putMeter: statement({
    text: `INSERT INTO meter (id, is_open, points_until_ms, removed) VALUES (1, :is_open, :points_until_ms, :removed)
             ON CONFLICT (id) DO UPDATE SET
               is_open = excluded.is_open, points_until_ms = excluded.points_until_ms, removed = excluded.removed`,
    parameters: METER,
  }),
  buckets: statement({ text: "SELECT number, entries FROM bucket ORDER BY number", row: BUCKET }),
  putBucket: statement({
    text: `INSERT INTO bucket (number, entries) VALUES (:number, :entries)
             ON CONFLICT (number) DO UPDATE SET entries = excluded.entries`,
    parameters: BUCKET,
  }),
  removeParts: statement({
    text: "DELETE FROM bucket WHERE number >= :from AND number % :buckets = :number",
    parameters: { from: integer(), buckets: integer(), number: integer() },
  }),
  hour: statement({
    text: "SELECT points FROM series WHERE bucket = :bucket AND hour = :hour",
    parameters: HOUR,
    row: { points: text() },
  }),
  putHour: statement({
    text: `INSERT INTO series (bucket, hour, points) VALUES (:bucket, :hour, :points)
             ON CONFLICT (bucket, hour) DO UPDATE SET points = excluded.points`,
    parameters: { ...HOUR, points: text() },
  }),
};

export interface MeterState {
  readonly openPace: number;
  readonly pointsUntil: EpochMs;
  /** null: an older version wrote the row. */
  readonly removed: string | null;
}

export class MeterStore {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** null: nothing was ever written. */
  state(): MeterState | null {
    const row = this.sql.one(STATEMENTS.meter);
    if (row === null) return null;
    return { openPace: row.is_open, pointsUntil: row.points_until_ms, removed: row.removed };
  }

  putState({ openPace, pointsUntil, removed }: MeterState): void {
    this.sql.run(STATEMENTS.putMeter, { is_open: openPace, points_until_ms: pointsUntil, removed });
  }

  buckets(): readonly { readonly number: number; readonly entries: string }[] {
    return this.sql.all(STATEMENTS.buckets);
  }

  /** `parts`: the texts of its rows. */
  putBucket(number: number, parts: readonly string[]): void {
    for (const [part, entries] of parts.entries()) {
      this.sql.run(STATEMENTS.putBucket, { number: number + BUCKETS * part, entries });
    }
    this.sql.run(STATEMENTS.removeParts, { from: number + BUCKETS * parts.length, buckets: BUCKETS, number });
  }

  /** The points of an hour of the week; null: none were written. */
  hour(bucket: number, hour: number): string | null {
    return this.sql.one(STATEMENTS.hour, { bucket, hour })?.points ?? null;
  }

  putHour(bucket: number, hour: number, points: string): void {
    this.sql.run(STATEMENTS.putHour, { bucket, hour, points });
  }
}

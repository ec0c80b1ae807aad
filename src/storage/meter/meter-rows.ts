/** What a meter has to find again: whether it may have lost something, the entries of its buckets, and points of the past. */
import type { EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, statement, text } from "../statement.ts";

export const TABLES = ["meter", "bucket", "series"] as const;

/** `is_open`: 0, or the largest factor of periods that reporters were told since it was opened. */
const METER = { is_open: integer(), points_until_ms: integer<EpochMs>() };
const BUCKET = { number: integer(), entries: text() };
const HOUR = { bucket: integer(), hour: integer() };

export const STATEMENTS = {
  meter: statement({ text: "SELECT is_open, points_until_ms FROM meter", row: METER }),
  putMeter: statement({
    text: `INSERT INTO meter (id, is_open, points_until_ms) VALUES (1, :is_open, :points_until_ms)
             ON CONFLICT (id) DO UPDATE SET is_open = excluded.is_open, points_until_ms = excluded.points_until_ms`,
    parameters: METER,
  }),
  buckets: statement({ text: "SELECT number, entries FROM bucket ORDER BY number", row: BUCKET }),
  putBucket: statement({
    text: `INSERT INTO bucket (number, entries) VALUES (:number, :entries)
             ON CONFLICT (number) DO UPDATE SET entries = excluded.entries`,
    parameters: BUCKET,
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

export class MeterStore {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** null: nothing was ever written. */
  state(): { readonly openPace: number; readonly pointsUntil: EpochMs } | null {
    const row = this.sql.one(STATEMENTS.meter);
    return row === null ? null : { openPace: row.is_open, pointsUntil: row.points_until_ms };
  }

  putState(openPace: number, pointsUntil: EpochMs): void {
    this.sql.run(STATEMENTS.putMeter, { is_open: openPace, points_until_ms: pointsUntil });
  }

  buckets(): readonly { readonly number: number; readonly entries: string }[] {
    return this.sql.all(STATEMENTS.buckets);
  }

  putBucket(number: number, entries: string): void {
    this.sql.run(STATEMENTS.putBucket, { number, entries });
  }

  /** The points of an hour of the week; null: none were written. */
  hour(bucket: number, hour: number): string | null {
    return this.sql.one(STATEMENTS.hour, { bucket, hour })?.points ?? null;
  }

  putHour(bucket: number, hour: number, points: string): void {
    this.sql.run(STATEMENTS.putHour, { bucket, hour, points });
  }
}

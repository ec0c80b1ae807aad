/**
 * The first rows of the log that have a message which is not deleted. A bounded number is kept in memory, and read again when
 * these are used up: one read for as many removed rows.
 */
import type { EpochMs } from "../../domain/time.ts";
import type { Segment } from "./segment.ts";
import { HEAD_ROWS_MAX, type HeadRow } from "./segment-rows.ts";
import type { Segments } from "./segments.ts";

export class LogHead {
  private readonly segments: Pick<Segments, "headAfter">;
  /** By their first numbers, in the order of the log. */
  private readonly rows = new Map<number, HeadRow>();
  /** Whether `rows` has all rows of the log. */
  private isWhole = false;
  /** The first number of the newest row that was kept. */
  private last = 0;

  constructor(segments: Pick<Segments, "headAfter">) {
    this.segments = segments;
  }

  /** Notes a new row at the end of the log. */
  append({ first, postedAt, expiresAt }: Pick<Segment, "first" | "postedAt" | "expiresAt">): void {
    if (!this.isWhole) return;
    this.isWhole = this.rows.size < HEAD_ROWS_MAX;
    if (this.isWhole) this.keep({ first, posted_at_ms: postedAt, expires_at_ms: expiresAt });
  }

  /** Notes that a row has no messages any more. */
  remove(first: number): void {
    this.rows.delete(first);
  }

  /** The first row, with the time of its post and the least expiry of its messages; null: the log is empty. */
  get first(): { readonly first: number; readonly postedAt: EpochMs; readonly expiresAt: EpochMs } | null {
    if (this.rows.size === 0 && !this.isWhole) this.fill();
    for (const { first, posted_at_ms: postedAt, expires_at_ms: expiresAt } of this.rows.values()) {
      return { first, postedAt, expiresAt };
    }
    return null;
  }

  private fill(): void {
    const rows = this.segments.headAfter(this.last);
    for (const row of rows) this.keep(row);
    this.isWhole = rows.length < HEAD_ROWS_MAX;
  }

  private keep(row: HeadRow): void {
    this.rows.set(row.first, row);
    this.last = row.first;
  }
}

/** How fast queues grow or shrink, by their successive figures. */
import { mostOf } from "./figure-text.ts";
import type { OverviewRow } from "./overview.ts";

export interface RatedRow extends OverviewRow {
  /** Messages a second, free and claimed ones; null: it is not known, as of the first figures. */
  readonly change: number | null;
}

export class Rates {
  private last: { readonly at: number; readonly totals: ReadonlyMap<string, number> } | null = null;

  /** `at`: milliseconds, when the figures were asked for. */
  of(rows: readonly OverviewRow[], at: number): readonly RatedRow[] {
    const { last } = this;
    const totals = new Map<string, number>();
    for (const { name, messages } of rows) {
      const total = mostOf(messages.total);
      if (total !== null) totals.set(name, total);
    }
    this.last = { at, totals };
    return rows.map((row) => {
      const before = last?.totals.get(row.name);
      const now = totals.get(row.name);
      const isKnown = last !== null && before !== undefined && now !== undefined;
      return { ...row, change: isKnown ? ((now - before) * 1000) / (at - last.at) : null };
    });
  }
}

/** Milliseconds from figures to the next ones. A large project is read for at most half of the time. */
export function pauseAfter({ tookMs, intervalMs }: { readonly tookMs: number; readonly intervalMs: number }): number {
  return Math.max(intervalMs - tookMs, tookMs);
}

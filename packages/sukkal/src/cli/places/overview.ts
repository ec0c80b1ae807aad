/** All queues with their figures, and with those of their dead letters. */
import type { PlaceDetails } from "../../place-details.ts";
import { sorted, type Order } from "../lists.ts";
import type { Column } from "../terminal/table.ts";
import { counted, number } from "../terminal/units.ts";
import { ageOf, CLAIMED, figure, FREE, NAME, OLDEST, PAUSED, toPlaceDocument } from "./figures.ts";

export interface OverviewRow extends PlaceDetails {
  /** Messages in its dead-letter queue, which other queues may have too. null: it has none, or it does not exist yet. */
  readonly deadLetters: number | null;
}

const DEAD: Column<OverviewRow> = figure(
  "DEAD",
  ({ deadLetters }) => deadLetters,
  ({ deadLetters }) => ((deadLetters ?? 0) > 0 ? "bad" : null),
);

export const OVERVIEW_COLUMNS: readonly Column<OverviewRow>[] = [NAME, FREE, CLAIMED, OLDEST, DEAD, PAUSED];

export const ORDERS = {
  free: ({ stats }) => stats?.free ?? null,
  oldest: ageOf,
  dead: ({ deadLetters }) => deadLetters,
} as const satisfies Readonly<Record<string, Order<OverviewRow>>>;

export type Sort = "name" | keyof typeof ORDERS;
export const SORTS: readonly Sort[] = ["free", "oldest", "dead", "name"];

/** `queues`: all of the project, in the order of their names. `name`: those that are wanted. */
export async function overviewOf(
  queues: AsyncIterable<PlaceDetails>,
  { name, sort = "free" }: { readonly name?: RegExp | undefined; readonly sort?: Sort | undefined },
): Promise<readonly OverviewRow[]> {
  const totals = new Map<string, number | null>();
  const all: PlaceDetails[] = [];
  for await (const queue of queues) {
    totals.set(queue.name, queue.stats?.total ?? null);
    if (name === undefined || name.test(queue.name)) all.push(queue);
  }
  const rows = all.map((queue) => {
    const { _dead_letter_queue: target } = queue.metadata;
    return { ...queue, deadLetters: target == null ? null : (totals.get(target) ?? null) };
  });
  return sort === "name" ? rows : sorted(rows, ORDERS[sort]);
}

export function toOverviewDocument(row: OverviewRow): object {
  return { ...toPlaceDocument(row, { details: true }), dead_letters: row.deadLetters };
}

/** Such as `3 queues: 1,200 messages free, 20 claimed`. */
export function summaryOf(rows: readonly OverviewRow[]): string {
  const free = rows.reduce((sum, { stats }) => sum + (stats?.free ?? 0), 0);
  const claimed = rows.reduce((sum, { stats }) => sum + (stats?.claimed ?? 0), 0);
  const unread = rows.filter(({ stats }) => stats === null).length;
  const without = unread === 0 ? "" : `, without ${counted(unread, "queue")} that cannot be read at the moment`;
  return `${counted(rows.length, "queue")}: ${counted(free, "message")} free, ${number(claimed)} claimed${without}`;
}

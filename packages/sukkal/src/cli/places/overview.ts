/** All queues with their figures, and with those of their dead letters. */
import type { Figure, MessageCounts, PlaceFigures } from "../../figures.ts";
import { sorted, type Order } from "../lists.ts";
import { columnsOf } from "../terminal/display-text.ts";
import type { Column } from "../terminal/table.ts";
import { counted, duration, number } from "../terminal/units.ts";
import { figureColumn, figureText, isNone, mostOf, sumOf } from "./figure-text.ts";
import type { OverviewSource, Question, Reading } from "./overview-source.ts";

export interface OverviewRow extends PlaceFigures {
  /** Messages in its dead-letter queue, which other queues may have too. undefined: it has none, or it does not exist yet. */
  readonly deadLetters: Figure | undefined;
}

/** After a loss the figures may have changed, until the service has asked the queue. */
const isDoubtful = ({ certainty }: OverviewRow): boolean => certainty === "unconfirmed";

function figure(title: string, of: (row: OverviewRow) => Figure | undefined, style?: Column<OverviewRow>["style"]) {
  return figureColumn<OverviewRow>(title, of, { isDoubtful, ...(style === undefined ? {} : { style }) });
}

const NAME: Column<OverviewRow> = { title: "NAME", value: ({ name }) => name };
const OLDEST: Column<OverviewRow> = {
  ...figure("OLDEST", ageOf),
  shown: (row) => {
    const age = ageOf(row);
    if (age == null) return age === null ? "?" : null;
    // How old it can be is what matters, and two times would be too long.
    const most = typeof age === "number" ? age : { ...age, min: age.max === undefined ? age.min : 0 };
    return (isDoubtful(row) ? "~" : "") + figureText(most, duration);
  },
};
const DEAD = figure(
  "DEAD",
  ({ deadLetters }) => deadLetters,
  ({ deadLetters }) => (isNone(deadLetters) ? null : "bad"),
);
const PAUSED: Column<OverviewRow> = {
  title: "PAUSED",
  value: ({ paused }) => (paused ?? []).join(",") || null,
  style: ({ paused }) => ((paused ?? []).length > 0 ? "warning" : null),
};
const AS_OF: Column<OverviewRow> = {
  title: "AS OF",
  value: ({ as_of: time }) => time,
  shown: (row) => (isDoubtful(row) && row.as_of !== null ? `${duration(secondsSince(row.as_of))} ago` : null),
  style: () => "quiet",
};

const OBJECTS: Column<OverviewRow> = {
  title: "OBJECTS",
  value: ({ spread }) => spread?.objects ?? null,
  shown: ({ spread }) => {
    if (spread === undefined) return null;
    return spread.phase === "spread" ? number(spread.objects) : `${number(spread.objects)} (${spread.phase})`;
  },
};

/** Without a message there is no age; otherwise it is not known. */
function ageOf({ messages: { oldest, free } }: OverviewRow): Figure | undefined {
  return oldest?.age ?? (free === 0 ? undefined : null);
}

function secondsSince(time: string): number {
  return (Date.now() - Date.parse(time)) / 1000;
}

function rate(title: string, of: (rates: MessageCounts) => number): Column<OverviewRow> {
  const rateOf = ({ rates }: OverviewRow): number | null => rates && Math.round(of(rates) * 10) / 10;
  return {
    title,
    value: rateOf,
    shown: (row) => {
      const given = rateOf(row);
      return given === null ? null : `${number(given >= 10 ? Math.round(given) : given)}/s`;
    },
    style: (row) => (rateOf(row) === 0 ? "quiet" : null),
    align: "right",
  };
}

/** Messages that come, and that leave for good. */
const IN = rate("IN", ({ posted, adopted }) => posted + adopted);
const OUT = rate("OUT", (rates) => rates.deleted + rates.expired + rates.dead_lettered + rates.redriven);

export const OVERVIEW_COLUMNS: readonly Column<OverviewRow>[] = [
  NAME,
  figure("FREE", ({ messages }) => messages.free),
  figure("CLAIMED", ({ messages }) => messages.claimed),
  figure("DELAYED", ({ messages }) => messages.delayed),
  OLDEST,
  IN,
  OUT,
  figure("WAITING", ({ waiting_claims: waiting }) => waiting),
  DEAD,
  PAUSED,
  AS_OF,
  OBJECTS,
];

/** What most queues have none of, in the order in which a narrow terminal leaves them out. */
const SELDOM: readonly string[] = ["AS OF", "OBJECTS", "DELAYED", "WAITING", "OUT", "IN", "PAUSED", "DEAD"];

/** The columns that a person reads: without those in which nothing is, and without some where names would be cut. */
export function columnsFor<R extends OverviewRow>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  width: number,
): readonly Column<R>[] {
  const text = ({ value, shown }: Column<R>, row: R): string =>
    (shown === undefined ? value(row) : shown(row))?.toString() ?? "-";
  const isEmpty = (column: Column<R>): boolean => rows.every((row) => /^~?(?:0(?:\/s)?|\?|-)$/.test(text(column, row)));
  let kept = columns.filter((column) => !SELDOM.includes(column.title) || !isEmpty(column));
  const widthOf = (column: Column<R>): number =>
    rows.reduce((most, row) => Math.max(most, columnsOf(text(column, row))), column.title.length) + GAP;
  for (const title of SELDOM) {
    if (kept.reduce((sum, column) => sum + widthOf(column), -GAP) <= width) break;
    kept = kept.filter((column) => column.title !== title);
  }
  return kept;
}

/** Between two columns. */
const GAP = 2;

export const ORDERS = {
  free: ({ messages }) => mostOf(messages.free),
  oldest: ({ messages }) => mostOf(messages.oldest?.age ?? null),
  dead: ({ deadLetters }) => mostOf(deadLetters ?? null),
  total: ({ messages }) => mostOf(messages.total),
  claimed: ({ messages }) => mostOf(messages.claimed),
  rate: ({ rates }) => rates && rates.posted + rates.claimed,
  bytes: ({ bytes }) => bytes,
  waiting_claims: ({ waiting_claims: waiting }) => mostOf(waiting),
} as const satisfies Readonly<Record<string, Order<OverviewRow>>>;

export type Sort = "name" | keyof typeof ORDERS;
export const SORTS: readonly Sort[] = [...(Object.keys(ORDERS) as (keyof typeof ORDERS)[]), "name"];

export interface Overview {
  readonly rows: readonly OverviewRow[];
  /** Queues of which the service has not told, because there are too many. */
  readonly hidden: number;
}

/** `name`: those that are wanted. */
export async function overviewOf(
  source: OverviewSource,
  {
    name,
    sort = "free",
    fresh,
  }: { readonly name?: RegExp | undefined; readonly sort?: Sort | undefined } & Pick<Question, "fresh">,
): Promise<Overview> {
  const { places, total }: Reading = await source.read({ sort: sort === "dead" ? "name" : sort, fresh });
  const totals = new Map(places.map((place) => [place.name, place.messages.total]));
  const rows = places
    .filter((place) => name === undefined || name.test(place.name))
    .map((place) => ({ ...place, deadLetters: totals.get(place.dead_letter_queue ?? "") }));
  const hidden = Math.max(0, total - places.length);
  const byName = rows.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return { rows: sort === "name" ? byName : await sorted(byName, ORDERS[sort]), hidden };
}

export function toOverviewDocument({ deadLetters, ...figures }: OverviewRow): object {
  return { ...figures, dead_letters: deadLetters ?? null };
}

/** Such as `3 queues: 1,200 messages free, 20 claimed`. */
export function summaryOf({ rows, hidden }: Overview): string {
  const free = sumOf(rows.map(({ messages }) => messages.free));
  const claimed = sumOf(rows.map(({ messages }) => messages.claimed));
  const unread = rows.filter(({ messages }) => messages.free === null).length;
  const messages = free === 1 ? "message" : "messages";
  return [
    `${counted(rows.length, "queue")}: ${figureText(free)} ${messages} free, ${figureText(claimed)} claimed`,
    ...(unread === 0 ? [] : [`without ${counted(unread, "queue")} that cannot be read at the moment`]),
    ...(hidden === 0 ? [] : [`and ${number(hidden)} more`]),
  ].join(", ");
}

/** The figures of queues and topics: as columns, as fields, and as documents with the members that the API has. */
import type { Metadata, PlaceDetails, Stamp, Stats } from "../../place-details.ts";
import { timeOf } from "../messages/view.ts";
import type { Column } from "../terminal/table.ts";
import { duration, number } from "../terminal/units.ts";

type Row = Pick<PlaceDetails, "name" | "metadata" | "stats">;

export const NAME: Column<Row> = { title: "NAME", value: ({ name }) => name };

/** A number, in groups for people. */
export function figure<R>(title: string, value: (row: R) => number | null, style?: Column<R>["style"]): Column<R> {
  const shown = (row: R): string | null => {
    const given = value(row);
    return given === null ? null : number(given);
  };
  return { title, value, shown, align: "right", ...(style === undefined ? {} : { style }) };
}

export const FREE: Column<Row> = figure("FREE", ({ stats }) => stats?.free ?? null);
export const CLAIMED: Column<Row> = figure("CLAIMED", ({ stats }) => stats?.claimed ?? null);
const MESSAGES: Column<Row> = figure("MESSAGES", ({ stats }) => stats?.total ?? null);

/** The age of the oldest message that can be claimed. */
export const OLDEST: Column<Row> = {
  title: "OLDEST",
  value: ageOf,
  shown: (row) => {
    const age = ageOf(row);
    return age === null ? null : duration(age);
  },
  align: "right",
};

export const PAUSED: Column<Row> = {
  title: "PAUSED",
  value: ({ metadata }) => pausesOf(metadata).join(",") || null,
  style: ({ metadata }) => (pausesOf(metadata).length > 0 ? "warning" : null),
};

export const FIGURES = { queue: [NAME, FREE, CLAIMED, OLDEST, PAUSED], topic: [NAME, MESSAGES, OLDEST, PAUSED] };

/** Seconds; null: there is no message, or it is not known. */
export function ageOf({ stats }: Row): number | null {
  return stats?.oldest?.age ?? null;
}

export type Pause = "claims" | "notifications";

/** What it does not do at the moment. Before `_paused` was reserved it could have any value, which pauses nothing. */
export function pausesOf({ _paused: paused }: Metadata): readonly Pause[] {
  return Array.isArray(paused) ? (paused as readonly Pause[]) : [];
}

/** With details, `messages` is null for figures that cannot be read at the moment. */
export function toPlaceDocument({ name, metadata, stats }: Row, { details }: { readonly details: boolean }): object {
  return { name, metadata, ...(details ? { messages: stats && toStatsDocument(stats) } : {}) };
}

export function toStatsDocument({ oldest, newest, ...counts }: Stats): object {
  return { ...counts, oldest: oldest && toStampDocument(oldest), newest: newest && toStampDocument(newest) };
}

function toStampDocument({ age, created, href }: Stamp): object {
  return { id: href.slice(href.lastIndexOf("/") + 1), age, created: timeOf(created) };
}

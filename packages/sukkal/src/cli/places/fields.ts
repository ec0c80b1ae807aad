/** A queue or topic with all that is known of it. */
import type { PlaceDetails, Stamp } from "../../place-details.ts";
import { TIMES } from "../arguments.ts";
import { timeOf } from "../messages/view.ts";
import type { Field } from "../terminal/output.ts";
import { duration, instant, number } from "../terminal/units.ts";
import { pausesOf } from "./figures.ts";

/** `others`: what is known beside the statistics. */
export function fieldsOf({ name, metadata, stats }: PlaceDetails, others: readonly Field[] = []): readonly Field[] {
  const { free, claimed, total, unreadable, oldest = null, newest = null } = stats ?? {};
  const counts: Field[] =
    free === undefined ? [amount("messages", total)] : [amount("free", free), amount("claimed", claimed)];
  if (unreadable !== undefined) counts.push(amount("unreadable", unreadable));
  return [
    ["name", name],
    ...counts,
    stamp("oldest", oldest),
    stamp("newest", newest),
    ...others,
    ["paused", pausesOf(metadata).join(",") || null],
    ...Object.entries(metadata)
      .filter(([member]) => member !== "_paused")
      .map(([member, value]) => memberOf(member, value)),
  ];
}

function amount(name: string, value: number | undefined): Field {
  return value === undefined ? [name, null] : [name, value, number(value)];
}

function stamp(name: string, given: Stamp | null): Field {
  return given === null
    ? [name, null]
    : [name, timeOf(given.created), `${instant(given.created)} (${duration(given.age)} ago)`];
}

function memberOf(name: string, value: unknown): Field {
  if (typeof value === "number" && TIMES.has(name)) return [name, value, duration(value)];
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return [name, value];
  return [name, JSON.stringify(value)];
}

/** What the console makes of the figures of the service (docs/OBSERVE.md). */
import type { FigureTime, PlaceFigures } from "sukkal/client";

/** A queue and a topic may have the same name. */
export function keyOf({ kind, name }: Pick<PlaceFigures, "kind" | "name">): string {
  return `${kind}/${name}`;
}

/** The earlier bound of an instant, in milliseconds since 1970. */
export function earliest(time: FigureTime): number {
  return Date.parse(typeof time === "string" ? time : time.min);
}

/** Messages a minute by which a queue grows; null: not known. Claims move none in or out. */
export function growthPerMinute({ rates }: PlaceFigures): number | null {
  if (rates === null) return null;
  const { posted, adopted, deleted, expired, dead_lettered: dead, redriven } = rates;
  return (posted + adopted - deleted - expired - dead - redriven) * 60;
}

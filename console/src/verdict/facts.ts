/** What rules judge: the figures of now, what this page has seen before, and the limits of the project. */
import type { Overview, PlaceFigures } from "sukkal/client";
import { keyOf } from "../state/figures.ts";
import type { History, Seen } from "../state/history.ts";
import { risesSince, type Trends } from "../state/trends.ts";

export interface Facts {
  readonly overview: Overview;
  readonly seen: History;
  /** Absent: none are known. */
  readonly trends?: Trends;
  /** -1: no limit; null: the caller has no project. */
  readonly quotas: Readonly<Record<string, number>> | null;
  /** By the service. Milliseconds since 1970. */
  readonly now: number;
}

/** Since when Free grows: as this page has seen it, otherwise by the service; null: not known. */
export function growsSince(facts: Facts, place: PlaceFigures): number | null {
  const rise = seenOf(facts, place)?.rise;
  if (rise?.isBeginning === true) return rise.since;
  return facts.trends === undefined ? null : risesSince(facts.trends, place);
}

export function seenOf({ seen }: Facts, place: PlaceFigures): Seen | null {
  return seen.get(keyOf(place)) ?? null;
}

/** What rules judge: the figures of now, what this page has seen before, and the limits of the project. */
import type { Overview, PlaceFigures } from "sukkal/client";
import { keyOf } from "../state/figures.ts";
import type { History, Seen } from "../state/history.ts";

export interface Facts {
  readonly overview: Overview;
  readonly seen: History;
  /** -1: no limit; null: the caller has no project. */
  readonly quotas: Readonly<Record<string, number>> | null;
  /** By the service. Milliseconds since 1970. */
  readonly now: number;
}

export function seenOf({ seen }: Facts, place: PlaceFigures): Seen | null {
  return seen.get(keyOf(place)) ?? null;
}

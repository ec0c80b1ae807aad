/**
 * What this page has seen happen to a queue, because the overview only says how things are. It begins when the page is opened, so
 * it may say too little, and never too much.
 */
import { least, most, type Amount } from "../text/amounts.ts";
import type { Overview, PlaceFigures } from "sukkal/client";
import { keyOf } from "./figures.ts";

/** Milliseconds between two looks: between closer ones the ups and downs of normal work would end every rise. */
const LOOK_EVERY = 20_000;
/** A look after a longer pause, of a hidden page for example, has not seen what happened in between. */
const PAUSE_MAX = 120_000;

export interface Seen {
  /** When it was looked at last. Milliseconds since 1970, by the service, like all times here. */
  readonly at: number;
  readonly free: Amount;
  /** Since when Free has only grown or stayed, and what it was then; null: it is not known. */
  readonly rise: Rise | null;
  /** Dead letters that have left it: the counter, and those that were seen to leave, with the first and the last instant. */
  readonly deadLettered: number | null;
  readonly dead: { readonly count: number; readonly since: number; readonly last: number } | null;
}

interface Rise {
  readonly since: number;
  readonly from: number;
  /** Whether it was seen to fall before. Otherwise it has risen for longer, perhaps. */
  readonly isBeginning: boolean;
}

export type History = ReadonlyMap<string, Seen>;

/** The history with an answer. Queues that do not exist any more are forgotten. */
export function remember(history: History, { at, places }: Overview): History {
  const now = Date.parse(at);
  return new Map(places.map((place) => [keyOf(place), see(history.get(keyOf(place)), place, now)]));
}

function see(before: Seen | undefined, place: PlaceFigures, at: number): Seen {
  if (before !== undefined && at - before.at < LOOK_EVERY) return before;
  const { free } = place.messages;
  const deadLettered = place.counters?.dead_lettered ?? null;
  const isGap = before === undefined || at - before.at > PAUSE_MAX;
  return {
    at,
    free,
    rise: riseOf(isGap ? undefined : before, free, at),
    deadLettered,
    dead: deadOf(before, deadLettered, at),
  };
}

function riseOf(before: Seen | undefined, free: Amount, at: number): Rise | null {
  const from = most(free);
  if (from === null) return null;
  if (before?.rise == null) return { since: at, from, isBeginning: false };
  return from < least(before.free) ? { since: at, from, isBeginning: true } : before.rise;
}

function deadOf(before: Seen | undefined, deadLettered: number | null, at: number): Seen["dead"] {
  const last = before?.deadLettered ?? null;
  const more = last === null || deadLettered === null ? 0 : deadLettered - last;
  // A smaller counter has begun anew.
  if (more <= 0) return before?.dead ?? null;
  return { count: (before?.dead?.count ?? 0) + more, since: before?.dead?.since ?? at, last: at };
}

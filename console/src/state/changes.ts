/** What has happened in a project between two answers of the service, which tells sums and counters only. */
import type { MessageCounts, ProjectUsage } from "sukkal/client";

/** Milliseconds over which changes are told. */
const SPAN_MAX = 300_000;

export interface Change {
  readonly usage: ProjectUsage;
  /** The earlier answer; null: there is none yet. */
  readonly before: ProjectUsage | null;
}

/** The answers of the last minutes. */
export function added(earlier: readonly ProjectUsage[] = [], usage: ProjectUsage): readonly ProjectUsage[] {
  const limit = Date.parse(usage.at) - SPAN_MAX;
  return [...earlier.filter(({ at }) => Date.parse(at) >= limit), usage];
}

/** `answers`: the oldest first. */
export function changeOf(usage: ProjectUsage, [oldest]: readonly ProjectUsage[]): Change {
  return { usage, before: oldest === undefined || oldest.at === usage.at ? null : oldest };
}

/** Milliseconds between the two answers. */
export function spanOf({ usage, before }: Change): number {
  return before === null ? 0 : Date.parse(usage.at) - Date.parse(before.at);
}

/** How much a counter has grown; null: not known, because there is no earlier answer, or it has begun anew. */
export function grownBy({ usage, before }: Change, counter: keyof MessageCounts): number | null {
  if (before === null || before.counters.since !== usage.counters.since) return null;
  return Math.max(0, usage.counters[counter] - before.counters[counter]);
}

/** A minute; null: not known. */
export function perMinute(change: Change, counter: keyof MessageCounts): number | null {
  const grown = grownBy(change, counter);
  return grown === null ? null : (grown * 60_000) / spanOf(change);
}

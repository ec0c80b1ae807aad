/** The sums of an overview. */
import { NO_COUNTS } from "../../domain/figures.ts";
import type { CounterTotals, PlaceOverview, Totals } from "../../domain/overview.ts";
import { toEpochMs } from "../../domain/time.ts";
import type { OverviewRequest } from "../rpc/meter.ts";
import type { Places } from "./places.ts";
import { addCounters } from "./point.ts";
import type { RemovedCounts } from "./removed-counts.ts";
import { sumsOf } from "./sums.ts";

interface AllOfProject {
  readonly places: Places;
  readonly removed: RemovedCounts;
}

/** `shown`: those that the request matches. */
export function totalsOf(
  shown: readonly PlaceOverview[],
  { kind, prefix, name, place }: OverviewRequest,
  all: AllOfProject,
  now: number,
): Totals {
  const isFiltered = prefix !== "" || name !== null || place !== undefined;
  return { ...sumsOf(shown), counters: isFiltered ? countersOf(shown, now) : allCounters(kind, all) };
}

/** Those of the queues and topics that are shown. They fall when one is deleted. */
function countersOf(places: readonly PlaceOverview[], now: number): CounterTotals {
  let values = NO_COUNTS;
  let since = places.length === 0 ? now : 0;
  let isExact = true;
  for (const { counters } of places) {
    if (counters === null) continue;
    values = addCounters(values, counters.values);
    since = Math.max(since, counters.since);
    isExact &&= counters.isExact;
  }
  return { since: toEpochMs(since), isExact, values };
}

/** Those of a whole project, with what is deleted: a sum without it would fall. */
function allCounters(kind: OverviewRequest["kind"], { places, removed }: AllOfProject): CounterTotals {
  let values = NO_COUNTS;
  let { isExact } = removed;
  for (const each of kind === null ? (["queue", "topic"] as const) : [kind]) {
    values = addCounters(values, removed.of(each).messages);
  }
  for (const { place, queue } of places.all()) {
    if (kind !== null && place.kind !== kind) continue;
    values = addCounters(values, queue.counts);
    isExact &&= queue.isCounterExact && queue.isConfirmed;
  }
  return { since: toEpochMs(removed.since), isExact, values };
}

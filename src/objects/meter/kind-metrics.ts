/** The sums that monitors read, over the queues and over the topics of a project. */
import { NO_DELIVERIES, NOTHING, type Bounds } from "../../domain/figures.ts";
import type { KindMetrics } from "../../domain/metrics.ts";
import type { PlaceOverview } from "../../domain/overview.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import { addBounds } from "./point.ts";
import { totalsOf } from "./shown-places.ts";

export function kindMetrics(places: readonly PlaceOverview[], now: EpochMs): KindMetrics {
  const { counters, ...totals } = totalsOf(places, now);
  const byCertainty = { current: 0, recent: 0, unconfirmed: 0, unknown: 0 };
  let oldestAt: Bounds | null = null;
  let pending = NOTHING;
  let values = NO_DELIVERIES;
  let since = 0;
  for (const { certainty, oldestAt: oldest, subscriptions } of places) {
    byCertainty[certainty] += 1;
    if (oldest !== null && (oldestAt === null || oldest.min < oldestAt.min)) oldestAt = oldest;
    if (subscriptions === null) continue;
    pending = addBounds(pending, subscriptions.pending);
    const { delivered, failed, givenUp } = subscriptions.counters.values;
    values = {
      delivered: values.delivered + delivered,
      failed: values.failed + failed,
      givenUp: values.givenUp + givenUp,
    };
    since = Math.max(since, subscriptions.counters.since);
  }
  return {
    places: byCertainty,
    ...totals,
    oldestAt,
    counters: { since: counters.since, values: counters.values },
    notifications: { pending, counters: { since: since === 0 ? now : toEpochMs(since), values } },
  };
}

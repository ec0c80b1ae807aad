/** The sums of a project for monitors: over its queues and over its topics. */
import { NOTHING } from "../../domain/figures.ts";
import type { KindMetrics, ProjectMetrics } from "../../domain/metrics.ts";
import { unheardPlace, type Certainty } from "../../domain/overview.ts";
import type { PlaceKind } from "../../domain/place.ts";
import { toEpochMs } from "../../domain/time.ts";
import type { Held } from "./places.ts";
import { addBounds, earliest } from "./point.ts";
import { countsOf, type RemovedCounts } from "./removed-counts.ts";
import { showPlace } from "./shown-places.ts";
import { sumsOf } from "./sums.ts";

interface MetricsDeps {
  readonly removed: RemovedCounts;
  readonly hasSessions: boolean;
  readonly now: number;
}

export function projectMetrics(places: readonly Held[], deps: MetricsDeps): ProjectMetrics {
  const reportedAt = places.reduce((latest, { queue }) => Math.max(latest, queue.arrivedAt), 0);
  const metricsOf = (kind: PlaceKind): KindMetrics =>
    kindMetrics(
      places.filter(({ place }) => place.kind === kind),
      kind,
      deps,
    );
  return {
    reportedAt: reportedAt === 0 ? null : toEpochMs(reportedAt),
    kinds: { queue: metricsOf("queue"), topic: metricsOf("topic") },
  };
}

function kindMetrics(
  places: readonly Held[],
  kind: PlaceKind,
  { removed, hasSessions, now }: MetricsDeps,
): KindMetrics {
  const shown = places.flatMap((held) => {
    const { figures } = held.queue;
    if (figures === null) return [unheardPlace(held.place)];
    // Deleted.
    if (figures.epoch === null) return [];
    return [showPlace(held, figures, { hasSessions, rates: null, now })];
  });
  const certainties: Record<Certainty, number> = { current: 0, recent: 0, unconfirmed: 0, unknown: 0 };
  for (const { certainty } of shown) certainties[certainty] += 1;
  const { unconfirmed, unknown } = certainties;
  const { bytes, unconfirmed: _, ...bounds } = sumsOf(shown);
  const since = toEpochMs(removed.since);
  // Those that are deleted and not forgotten yet have counted, too.
  const { messages, notifications } = places.reduce((sums, held) => countsOf(held, sums), removed.of(kind));
  const isUncertain = unconfirmed + unknown > 0;
  const known = isUncertain ? { min: 0, max: Infinity } : NOTHING;
  const pending = shown.reduce((sum, { subscriptions }) => addBounds(sum, subscriptions?.pending ?? NOTHING), known);
  return {
    ...bounds,
    bytes: isUncertain ? null : bytes,
    places: certainties,
    oldestAt:
      unknown > 0
        ? null
        : shown.reduce<KindMetrics["oldestAt"]>((oldest, place) => earliest(oldest, place.oldestAt), null),
    counters: { since, values: messages },
    notifications: { pending, counters: { since, values: notifications } },
  };
}

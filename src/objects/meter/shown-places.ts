/** The overview of a project: which queues and topics a request matches, in which order, and what is shown of each. */
import { NOTHING, type Counters, type DeliveryCounters, type QueueFigures } from "../../domain/figures.ts";
import { DELIVERY_REPORT_MS, deliveryReportMs } from "../../domain/metering.ts";
import type { PlaceOverview, SubscriptionsOverview } from "../../domain/overview.ts";
import { firstExpiryAt, loadAt, oldestAt, pendingOf, shownAt } from "../../domain/shown-figures.ts";
import { toEpochMs } from "../../domain/time.ts";
import type { OverviewRequest } from "../rpc/meter.ts";
import type { Held } from "./places.ts";
import { addBounds } from "./point.ts";

const FAILING_MAX = 20;

/** What a place is shown with, beside its entry. */
export interface ShownWith {
  /** Somebody may hold news of hot queues. */
  readonly hasSessions: boolean;
  readonly rates: Counters | null;
  readonly now: number;
}

export function matches({ kind, prefix, name, place }: OverviewRequest): (held: Held) => boolean {
  return ({ place: candidate }) => {
    if (place !== undefined) return candidate.kind === place.kind && candidate.name === place.name;
    if (kind !== null && candidate.kind !== kind) return false;
    return candidate.name.startsWith(prefix) && (name === null || candidate.name.includes(name));
  };
}

/** `figures`: those of the entry. */
export function showPlace(held: Held, figures: QueueFigures, { hasSessions, rates, now }: ShownWith): PlaceOverview {
  const { place, queue } = held;
  const { counts, since, isCounterExact } = queue;
  const mayLag = hasSessions && queue.hotUntil > 0;
  return {
    place,
    certainty: queue.isConfirmed ? (mayLag ? "recent" : "current") : "unconfirmed",
    asOf: figures.takenAt,
    ...shownAt(figures, now),
    oldestAt: oldestAt(figures, now),
    firstExpiryAt: firstExpiryAt(figures, now),
    bytes: figures.bytes,
    isPaused: figures.isPaused,
    ...(figures.spread === undefined ? {} : { spread: figures.spread }),
    // Of what may have changed the load is that of some seconds ago.
    load: mayLag ? (figures.load ?? null) : loadAt(figures, now),
    counters: { since: toEpochMs(since), isExact: isCounterExact && queue.isConfirmed, values: counts },
    rates,
    subscriptions: subscriptionsOf(held, figures),
  };
}

function subscriptionsOf({ deliveries, queue }: Held, figures: QueueFigures): SubscriptionsOverview | null {
  if (figures.subscriptions === 0 && deliveries.size === 0) return null;
  let pending = NOTHING;
  let values: DeliveryCounters = { delivered: 0, failed: 0, givenUp: 0 };
  let since = queue.since;
  // An object that reports seldom may be evicted before it has told its counts.
  const isTold = deliveryReportMs(figures.subscriptions) === DELIVERY_REPORT_MS;
  // Connections get messages from the queue itself.
  const objects = figures.subscriptions - (figures.connections ?? 0);
  let isExact = isTold && queue.isConfirmed;
  let heard = 0;
  const failing = [];
  for (const [subscription, entry] of deliveries) {
    const counts = entry.counts as DeliveryCounters;
    values = {
      delivered: values.delivered + counts.delivered,
      failed: values.failed + counts.failed,
      givenUp: values.givenUp + counts.givenUp,
    };
    since = Math.max(since, entry.since);
    isExact &&= entry.isCounterExact;
    // It is over.
    if (entry.figures?.epoch == null) continue;
    heard += 1;
    const ownPending = pendingOf(figures, entry.figures);
    pending = addBounds(pending, ownPending);
    // What may be pending may have been attempted since the last report.
    isExact &&= ownPending.max === 0;
    const { pending: waiting, kept, failsSince = null } = entry.figures;
    if (waiting + kept > 0) failing.push({ subscription, pending: waiting, kept, failsSince });
  }
  // A DeliveryObject of which nothing was heard may have to send all that was posted.
  for (; heard < objects; heard++) {
    pending = addBounds(pending, pendingOf(figures, null));
    isExact = false;
  }
  failing.sort((one, other) => other.pending + other.kept - one.pending - one.kept);
  return {
    count: figures.subscriptions,
    pending,
    counters: { since: toEpochMs(since), isExact, values },
    failing: failing.slice(0, FAILING_MAX),
  };
}

/** Sorts places, the largest first; those without a value last. Equal ones are in the order of their names. */
export function sorted(places: readonly PlaceOverview[], sort: OverviewRequest["sort"]): readonly PlaceOverview[] {
  const byName = (one: PlaceOverview, other: PlaceOverview): number =>
    one.place.name < other.place.name ? -1 : one.place.name > other.place.name ? 1 : 0;
  if (sort === "name") return places.toSorted(byName);
  const value = valueOf[sort];
  return places.toSorted((one, other) => {
    const [first, second] = [value(one), value(other)];
    if (first === second) return byName(one, other);
    if (first === null || second === null) return first === null ? 1 : -1;
    return second - first;
  });
}

const valueOf: Readonly<Record<Exclude<OverviewRequest["sort"], "name">, (place: PlaceOverview) => number | null>> = {
  free: ({ free }) => free?.max ?? null,
  stored: ({ stored }) => stored?.max ?? null,
  claimed: ({ claimed }) => claimed?.max ?? null,
  // The oldest first.
  oldest: ({ oldestAt: oldest }) => (oldest === null ? null : -oldest.min),
  rate: ({ rates }) => rates?.posted ?? null,
  bytes: ({ bytes }) => bytes,
  waiting: ({ waiting }) => waiting?.max ?? null,
};

/** Figures of which every metric has a sample, for the tests of their text. */
import { COUNTERS, exactly, type Counters } from "../../src/domain/figures.ts";
import { toProjectId, type QueueName } from "../../src/domain/id.ts";
import type { KindMetrics, PlacesMetrics, ServiceMetrics } from "../../src/domain/metrics.ts";
import type { PlaceOverview } from "../../src/domain/overview.ts";
import { DURATION_BOUNDS } from "../../src/domain/request-counts.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const SINCE = toEpochMs(1_764_312_345_123);
const AT = toEpochMs(SINCE + 60_000);

/** posted 1, adopted 2, claimed 3 and so on. */
const COUNTS = Object.fromEntries(COUNTERS.map((counter, index) => [counter, index + 1])) as unknown as Counters;

export const KIND_METRICS: KindMetrics = {
  places: { current: 3, recent: 2, unconfirmed: 1, unknown: 0 },
  stored: { min: 5, max: 9 },
  free: { min: 2, max: 7 },
  claimed: { min: 0, max: 2 },
  delayed: exactly(1),
  waiting: { min: 0, max: 4 },
  oldestAt: { min: SINCE, max: AT },
  bytes: 40_960,
  counters: { since: SINCE, values: COUNTS },
  notifications: {
    pending: { min: 0, max: 6 },
    counters: { since: SINCE, values: { delivered: 10, failed: 3, givenUp: 1 } },
  },
};

export function serviceSample(...projects: readonly string[]): ServiceMetrics {
  const metrics = { reportedAt: AT, kinds: { queue: KIND_METRICS, topic: { ...KIND_METRICS, oldestAt: null } } };
  const durations = [1, ...DURATION_BOUNDS.map(() => 2)];
  return {
    version: "0.1.0",
    requests: {
      since: SINCE,
      counts: [
        {
          transport: "http",
          operation: "message_post",
          statuses: [
            [201, 12],
            [503, 1],
          ],
          durations,
          durationMs: 1_250,
        },
        { transport: "websocket", operation: "none", statuses: [[400, 13]], durations, durationMs: 0 },
      ],
    },
    projects: projects.map((project) => ({ project: toProjectId(project), metrics })),
    projectsOmitted: 2,
    projectsSilent: 1,
  };
}

const NAMED = {
  // A name as `parseQueueName` accepts it.
  place: { kind: "queue", name: "jobs" as QueueName },
  rates: null,
  firstExpiryAt: null,
  isPaused: null,
} as const;

/** A queue with all figures, and one of which only its name is known. */
export function placesSample(): PlacesMetrics {
  const { places: _, notifications, counters, ...figures } = KIND_METRICS;
  const counted = { since: SINCE, isExact: true };
  const subscriptions = {
    count: 1,
    pending: notifications.pending,
    counters: { ...counted, values: notifications.counters.values },
    failing: [],
  };
  const known: PlaceOverview = {
    ...NAMED,
    ...figures,
    certainty: "recent",
    asOf: AT,
    counters: { ...counted, values: counters.values },
    subscriptions,
    load: 0.25,
  };
  const spread: PlaceOverview = {
    ...known,
    place: { kind: "queue", name: "clicks" as QueueName },
    load: null,
    spread: { phase: "spread", objects: 8, load: 2.5, changedAt: SINCE },
  };
  const nothing = {
    stored: null,
    free: null,
    claimed: null,
    delayed: null,
    waiting: null,
    oldestAt: null,
    bytes: null,
  };
  const place = { kind: "topic", name: "news" as QueueName } as const;
  const unknown: PlaceOverview = {
    ...NAMED,
    ...nothing,
    place,
    certainty: "unknown",
    asOf: null,
    counters: null,
    subscriptions: null,
  };
  return { places: [known, spread, unknown], omitted: 4_000 };
}

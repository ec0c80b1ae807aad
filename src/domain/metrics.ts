/** The figures of the service as monitors read them: of projects, of the queues and topics of one project, and of requests. */
import { NO_COUNTS, NO_DELIVERIES, NOTHING, type Bounds, type Counters, type DeliveryCounters } from "./figures.ts";
import type { ProjectId } from "./id.ts";
import type { Certainty, PlaceOverview } from "./overview.ts";
import type { PlaceKind } from "./place.ts";
import type { RequestCounts } from "./request-counts.ts";
import type { EpochMs } from "./time.ts";

/** The sums over the queues, or over the topics, of a project. null: not known. */
export interface KindMetrics {
  /** The queues or topics that the meter has heard of. */
  readonly places: Readonly<Record<Certainty, number>>;
  /** Without a largest number that is known, `max` is infinite. */
  readonly stored: Bounds;
  readonly free: Bounds;
  readonly claimed: Bounds;
  readonly delayed: Bounds;
  readonly waiting: Bounds;
  /** When the oldest stored message was posted; null: there is none, or it is not known. */
  readonly oldestAt: Bounds | null;
  readonly bytes: number | null;
  readonly counters: { readonly since: EpochMs; readonly values: Counters };
  readonly notifications: NotificationMetrics;
}

export interface NotificationMetrics {
  readonly pending: Bounds;
  readonly counters: { readonly since: EpochMs; readonly values: DeliveryCounters };
}

/** What the meter of a project says. */
export interface ProjectMetrics {
  /** When a report last arrived; null: since the start of the meter none has. */
  readonly reportedAt: EpochMs | null;
  readonly kinds: Readonly<Record<PlaceKind, KindMetrics>>;
}

/** The queues and topics of a project with the most messages. */
export interface PlacesMetrics {
  readonly places: readonly PlaceOverview[];
  /** Those with fewer messages, which are left out. */
  readonly omitted: number;
}

/** All that the page of the service shows. */
export interface ServiceMetrics {
  readonly version: string;
  readonly requests: { readonly since: EpochMs; readonly counts: readonly RequestCounts[] } | null;
  readonly projects: readonly { readonly project: ProjectId; readonly metrics: ProjectMetrics }[];
  /** Projects in use that are left out, and those whose meters did not answer. */
  readonly projectsOmitted: number;
  readonly projectsSilent: number;
}

/** The metrics of a project without figures. */
export function noMetrics(at: EpochMs): ProjectMetrics {
  const none: KindMetrics = {
    places: { current: 0, recent: 0, unconfirmed: 0, unknown: 0 },
    stored: NOTHING,
    free: NOTHING,
    claimed: NOTHING,
    delayed: NOTHING,
    waiting: NOTHING,
    oldestAt: null,
    bytes: 0,
    counters: { since: at, values: NO_COUNTS },
    notifications: { pending: NOTHING, counters: { since: at, values: NO_DELIVERIES } },
  };
  return { reportedAt: null, kinds: { queue: none, topic: none } };
}

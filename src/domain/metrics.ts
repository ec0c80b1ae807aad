/** The figures of the service as monitors read them: of projects, of the queues and topics of one project, and of requests. */
import type { Bounds, Counters, DeliveryCounters } from "./figures.ts";
import type { ProjectId } from "./id.ts";
import type { Certainty, PlaceOverview } from "./overview.ts";
import type { PlaceKind } from "./place.ts";
import type { EpochMs } from "./time.ts";

/** Projects whose figures are on one page, and queues and topics on the page of a project. */
export const METRICS_PROJECTS_MAX = 100;
export const METRICS_PLACES_MAX = 1_000;

/** The sums over the queues, or over the topics, of a project. null: not known. */
export interface KindMetrics {
  /** The queues or topics that the meter has figures of. */
  readonly places: Readonly<Record<Certainty, number>>;
  readonly stored: Bounds;
  readonly free: Bounds;
  readonly claimed: Bounds;
  readonly delayed: Bounds;
  readonly waiting: Bounds;
  /** When the oldest stored message was posted; null: there is none, or it is not known. */
  readonly oldestAt: Bounds | null;
  readonly bytes: number;
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

export const TRANSPORTS = ["http", "websocket"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Upper bounds of the durations that are counted together, in seconds. A further number counts those above the last. */
export const DURATION_BOUNDS = [0.005, 0.025, 0.1, 0.5, 2.5, 10] as const;

/** The requests of an operation. */
export interface RequestCounts {
  readonly transport: Transport;
  /** `none`: those that were answered before an operation was known. */
  readonly operation: string;
  readonly statuses: readonly (readonly [status: number, count: number])[];
  /** By DURATION_BOUNDS. */
  readonly durations: readonly number[];
  readonly durationMs: number;
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

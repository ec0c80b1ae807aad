/** The metrics of the service: their names, types and meanings. docs/OBSERVE.md lists them. */
import { COUNTERS, type Bounds, type Counter, type Counters, type DeliveryCounters } from "../domain/figures.ts";
import type { ProjectId } from "../domain/id.ts";
import type { PlacesMetrics, ServiceMetrics } from "../domain/metrics.ts";
import type { PlaceOverview } from "../domain/overview.ts";
import { DURATION_BOUNDS } from "../domain/request-counts.ts";
import type { EpochMs } from "../domain/time.ts";
import type { Family, Labels, Point } from "./metrics.ts";

/** The page of the service: the sums over the queues and over the topics of each project. */
export function serviceFamilies(metrics: ServiceMetrics): readonly Family[] {
  const { version, requests, projects, projectsOmitted, projectsSilent } = metrics;
  const rows = projects.flatMap(({ project, metrics: { kinds } }) =>
    (["queue", "topic"] as const).map((kind) => ({ ...kinds[kind], labels: { project, kind } })),
  );
  const reports = projects.map(({ project, metrics: { reportedAt } }) => ({ labels: { project }, reportedAt }));
  return [
    {
      name: "sukkal_build",
      type: "info",
      help: "The version of the service.",
      points: [{ labels: { version }, value: 1 }],
    },
    ...requestFamilies(requests),
    gauge("sukkal_projects_omitted", "Projects in use that this page of at most 100 leaves out.", [
      { labels: {}, value: projectsOmitted },
    ]),
    gauge("sukkal_projects_silent", "Projects whose figures could not be read for this page.", [
      { labels: {}, value: projectsSilent },
    ]),
    {
      ...gauge("sukkal_last_report_timestamp_seconds", "When figures of the project last arrived."),
      unit: "seconds",
      points: pointsOf(reports, ({ reportedAt }) => secondsOf(reportedAt)),
    },
    gauge(
      "sukkal_places",
      "Queues or topics by the certainty of their figures.",
      rows.flatMap(({ labels, places }) =>
        Object.entries(places).map(([certainty, value]) => ({ labels: { ...labels, certainty }, value })),
      ),
    ),
    ...figureFamilies("sukkal", rows),
  ];
}

/** The page of a project: its queues and topics, one by one. */
export function placeFamilies(project: ProjectId, { places, omitted }: PlacesMetrics): readonly Family[] {
  const rows = places.map((place) => ({ ...place, ...toRow(project, place) }));
  return [
    gauge("sukkal_queues_omitted", "Queues and topics of the project that this page of at most 1000 leaves out.", [
      { labels: { project }, value: omitted },
    ]),
    gauge(
      "sukkal_queue_confirmed",
      "1: the figures are those of 20 s ago or newer. 0: they may have changed since.",
      pointsOf(rows, ({ certainty }) => (certainty === "current" || certainty === "recent" ? 1 : 0)),
    ),
    {
      ...gauge("sukkal_queue_figures_timestamp_seconds", "When the figures were taken."),
      unit: "seconds",
      points: pointsOf(rows, ({ asOf }) => secondsOf(asOf)),
    },
    ...figureFamilies("sukkal_queue", rows),
  ];
}

/** Figures with the labels of their samples. null: not known. */
interface Row {
  readonly labels: Labels;
  readonly stored: Bounds | null;
  readonly free: Bounds | null;
  readonly claimed: Bounds | null;
  readonly delayed: Bounds | null;
  readonly waiting: Bounds | null;
  readonly oldestAt: Bounds | null;
  readonly bytes: number | null;
  readonly counters: Counted<Counters> | null;
  readonly notifications: { readonly pending: Bounds; readonly counters: Counted<DeliveryCounters> } | null;
}

interface Counted<Values> {
  /** Absent: it is not shown, which halves the samples of counters. */
  readonly since?: EpochMs;
  readonly values: Values;
}

function toRow(project: ProjectId, { place, counters, subscriptions, ...figures }: PlaceOverview): Row {
  return {
    ...figures,
    labels: { project, kind: place.kind, name: place.name },
    counters: counters === null ? null : { values: counters.values },
    notifications:
      subscriptions === null
        ? null
        : { pending: subscriptions.pending, counters: { values: subscriptions.counters.values } },
  };
}

const COUNTED: Readonly<Record<Counter, readonly [name: string, help: string]>> = {
  posted: ["posted", "Messages that clients have posted."],
  adopted: ["adopted", "Messages that have arrived from other queues: dead letters and redriven messages."],
  claimed: ["claimed", "Messages that clients have claimed, once per claim."],
  released: ["released", "Claimed messages that clients have released."],
  lapsed: ["lapsed", "Claimed messages that are free again because the time of their claims was over."],
  deleted: ["deleted", "Messages that clients have deleted."],
  expired: ["expired", "Messages that were removed because their time was over, up to minutes later."],
  deadLettered: ["dead_lettered", "Messages that have left for the dead-letter queue."],
  redriven: ["redriven", "Messages that a redrive has moved to another queue."],
};

function figureFamilies(prefix: string, rows: readonly Row[]): readonly Family[] {
  const bounded = (name: string, help: string, find: (row: Row) => Bounds | null): readonly Family[] => [
    gauge(
      `${prefix}_${name}_min`,
      `${help}, at least.`,
      pointsOf(rows, (row) => find(row)?.min ?? null),
    ),
    gauge(
      `${prefix}_${name}_max`,
      `${help}, at most.`,
      pointsOf(rows, (row) => find(row)?.max ?? null),
    ),
  ];
  const [, waiting] = bounded("waiting_claims", "Claims that wait for messages", (row) => row.waiting);
  const [, pending] = bounded(
    "notifications_pending",
    "Notifications to send",
    (row) => row.notifications?.pending ?? null,
  );
  return [
    ...bounded("stored_messages", "Messages that are stored", ({ stored }) => stored),
    ...statesOf(prefix, rows),
    {
      ...gauge(`${prefix}_oldest_message_timestamp_seconds`, "No stored message was posted before."),
      unit: "seconds",
      points: pointsOf(rows, ({ oldestAt }) => secondsOf(oldestAt?.min ?? null)),
    },
    {
      ...gauge(`${prefix}_storage_bytes`, "Storage of the queues or topics, tables of the service included."),
      unit: "bytes",
      points: pointsOf(rows, ({ bytes }) => bytes),
    },
    ...[waiting, pending].flatMap((family) => family ?? []),
    ...COUNTERS.map((counter) => {
      const [name, help] = COUNTED[counter];
      return {
        name: `${prefix}_messages_${name}`,
        type: "counter",
        help,
        points: counterPoints(rows, counter),
      } as const;
    }),
    ...notificationCounters(prefix, rows),
  ];
}

/** Stored messages by what claims can do with them. */
function statesOf(prefix: string, rows: readonly Row[]): readonly Family[] {
  const points = (bound: keyof Bounds): readonly Point[] =>
    (["free", "claimed", "delayed"] as const).flatMap((state) =>
      pointsOf(rows, (row) => row[state]?.[bound] ?? null).map(({ labels, value }) => ({
        labels: { ...labels, state },
        value,
      })),
    );
  return [
    gauge(`${prefix}_messages_min`, "Stored messages by state, at least.", points("min")),
    gauge(`${prefix}_messages_max`, "Stored messages by state, at most.", points("max")),
  ];
}

function notificationCounters(prefix: string, rows: readonly Row[]): readonly Family[] {
  const notified = rows.flatMap(({ labels, notifications }) =>
    notifications === null ? [] : [{ labels, counters: notifications.counters }],
  );
  const attempts = (["delivered", "failed"] as const).flatMap((outcome) =>
    counterPoints(
      notified.map(({ labels, counters }) => ({ labels: { ...labels, outcome }, counters })),
      outcome,
    ),
  );
  return [
    {
      name: `${prefix}_notification_attempts`,
      type: "counter",
      help: "Attempts to deliver notifications.",
      points: attempts,
    },
    {
      name: `${prefix}_notifications_given_up`,
      type: "counter",
      help: "Notifications that were refused for good, or whose last attempt has failed.",
      points: counterPoints(notified, "givenUp"),
    },
  ];
}

function requestFamilies(requests: ServiceMetrics["requests"]): readonly Family[] {
  if (requests === null) return [];
  const { since, counts } = requests;
  return [
    {
      name: "sukkal_requests",
      type: "counter",
      help: "Requests and WebSocket frames that were answered.",
      points: counts.flatMap(({ transport, operation, statuses }) =>
        statuses.map(([status, value]) => ({ labels: { transport, operation, status: String(status) }, value, since })),
      ),
    },
    {
      name: "sukkal_request_duration_seconds",
      type: "histogram",
      unit: "seconds",
      help: "Time to the answer, including that in which claims wait for messages.",
      bounds: DURATION_BOUNDS,
      points: counts.map(({ transport, operation, durations, durationMs }) => ({
        labels: { transport, operation },
        counts: durations,
        sum: durationMs / 1000,
        since,
      })),
    },
  ];
}

function gauge(name: string, help: string, points: readonly Point[] = []) {
  return { name, type: "gauge", help, points } as const;
}

/** Rows without a value have no sample. */
function pointsOf<R extends { readonly labels: Labels }>(
  rows: readonly R[],
  find: (row: R) => number | null,
): readonly Point[] {
  return rows.flatMap((row) => {
    const value = find(row);
    return value === null ? [] : [{ labels: row.labels, value }];
  });
}

function counterPoints<Name extends string>(
  rows: readonly { readonly labels: Labels; readonly counters: Counted<Readonly<Record<Name, number>>> | null }[],
  name: Name,
): readonly Point[] {
  return rows.flatMap(({ labels, counters }) => {
    if (counters === null) return [];
    const { since, values } = counters;
    return [{ labels, value: values[name], ...(since === undefined ? {} : { since }) }];
  });
}

function secondsOf(at: EpochMs | number | null): number | null {
  return at === null ? null : at / 1000;
}

/** The metrics of the service: their names, types and meanings. docs/OBSERVE.md lists them. */
import type { ProjectId } from "../domain/id.ts";
import type { PlacesMetrics, ServiceMetrics } from "../domain/metrics.ts";
import type { PlaceOverview } from "../domain/overview.ts";
import { DURATION_BOUNDS } from "../domain/request-counts.ts";
import { figureFamilies, gauge, pointsOf, secondsOf, type FigureRow } from "./figure-families.ts";
import type { Family } from "./metrics.ts";

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
    gauge(
      "sukkal_queue_objects",
      "Objects of a queue that is spread over several.",
      pointsOf(rows, ({ spread }) => spread?.objects ?? null),
    ),
    gauge(
      "sukkal_queue_load",
      "What the queue does, as a share of what one object carries.",
      pointsOf(rows, ({ spread, load = null }) => (spread === undefined ? load : spread.load)),
    ),
    ...figureFamilies("sukkal_queue", rows),
  ];
}

function toRow(project: ProjectId, { place, counters, subscriptions, ...figures }: PlaceOverview): FigureRow {
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

/** The figures of the service for monitors. Ours. */
import { VERSION } from "../config/version.ts";
import { isProjectId, type ProjectId } from "../domain/id.ts";
import type { PlacesMetrics, ProjectMetrics, ServiceMetrics } from "../domain/metrics.ts";
import { after, toSeconds } from "../domain/time.ts";
import { mapConcurrently } from "../mechanisms/map-concurrently.ts";
import { SingleFlightCache, type CacheDeps } from "../mechanisms/single-flight-cache.ts";
import { withTimeout } from "../mechanisms/timeout.ts";
import { logFault } from "../telemetry/event.ts";
import type { ServiceContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";

/** Projects whose figures are on one page, and queues and topics on the page of a project. */
const PROJECTS_MAX = 100;
const PLACES_MAX = 1_000;
/** Prometheus waits for 10 s by default. A project whose meter takes longer than this is left out. */
const METER_MS_MAX = 4_000;
/** Meters that are asked at the same time. */
const CONCURRENCY = 50;

export interface MetricsRequest {
  /** null: all projects in use. */
  readonly project: ProjectId | null;
  /** The queues and topics of the project, one by one. */
  readonly isPerQueue: boolean;
}

export type MetricsPage =
  | { readonly kind: "service"; readonly metrics: ServiceMetrics }
  | { readonly kind: "project"; readonly project: ProjectId; readonly metrics: PlacesMetrics };

/** How long a page is kept: the next scrape of one Prometheus gets a new one, and that of a second one costs nothing. */
const PAGE_TTL = toSeconds(10);
/** Pages that are kept. One has up to a megabyte. */
const PAGES_MAX = 20;

export class MetricsPages {
  private readonly pages = new SingleFlightCache<MetricsPage>(PAGES_MAX);

  get(asked: MetricsRequest, ask: () => Promise<MetricsPage>, deps: CacheDeps): Promise<MetricsPage> {
    const look = async () => ({ value: await ask(), until: after(deps.now(), PAGE_TTL) });
    return this.pages.get(JSON.stringify(asked), look, deps);
  }
}

export const getMetrics: Operation<ServiceContext, MetricsRequest, MetricsPage> = {
  name: "metrics_get",
  policy: "metrics:get",
  whatFailed: "The metrics could not be read.",
  isIdempotent: always,
  run: async (context, { project, isPerQueue }) =>
    project !== null && isPerQueue
      ? { kind: "project", project, metrics: await placesOf(context, project) }
      : { kind: "service", metrics: await serviceOf(context, project) },
};

async function placesOf({ meterOf }: ServiceContext, project: ProjectId): Promise<PlacesMetrics> {
  const page = { kind: null, prefix: "", name: null, sort: "stored", limit: PLACES_MAX, asks: true } as const;
  const { places, matched } = await meterOf(project).overview(page);
  return { places, omitted: matched - places.length };
}

async function serviceOf(context: ServiceContext, project: ProjectId | null): Promise<ServiceMetrics> {
  const { activeProjects, meterOf } = context;
  const { projects, projectCount, requests } = await activeProjects().service({ limit: PROJECTS_MAX });
  // The queues that health checks use are in a project of their own.
  const asked = project === null ? projects.filter(isProjectId) : [project];
  const faults: unknown[] = [];
  const answers = await mapConcurrently(asked, CONCURRENCY, async (each) => {
    const asking = withTimeout(METER_MS_MAX, meterOf(each).metrics());
    const metrics: ProjectMetrics | null = await asking.catch((fault: unknown) => {
      faults.push(fault);
      return null;
    });
    return metrics === null ? [] : [{ project: each, metrics }];
  });
  // One line, although many may fail.
  if (faults.length > 0) logFault(context.event, faults[0]);
  return {
    version: VERSION,
    requests,
    projects: answers.flat(),
    projectsOmitted: project === null ? Math.max(0, projectCount - projects.length) : 0,
    projectsSilent: faults.length,
  };
}

/**
 * MeterObject: the figures of the queues and topics of a project (ADR 19). Named after the project. The one with the reserved
 * name lists the projects in use, and counts the requests of the service.
 */
import { DurableObject } from "cloudflare:workers";
import { toProjectId, type ProjectId } from "../../domain/id.ts";
import { noMetrics, type ProjectMetrics } from "../../domain/metrics.ts";
import { noOverview, type MeterOverview } from "../../domain/overview.ts";
import { noSeries, type Series } from "../../domain/series.ts";
import type { RequestCounts } from "../../domain/request-counts.ts";
import { ActiveProjects } from "../../storage/meter/active-projects.ts";
import { RequestRows } from "../../storage/meter/requests.ts";
import { METER_MIGRATIONS } from "../../storage/meter/schema.ts";
import { ObjectStore } from "../object-store.ts";
import type {
  ActiveProjectsRpc,
  BeginRequest,
  MeterReply,
  MeterRpc,
  OverviewRequest,
  ReportRequest,
  SeriesRequest,
  ServiceNumbers,
} from "../rpc/meter.ts";
import type { ObjectBindings } from "../rpc/stubs.ts";
import { RequestTotals } from "./request-totals.ts";

export class MeterObject extends DurableObject<ObjectBindings> implements MeterRpc, ActiveProjectsRpc {
  private readonly store: ObjectStore;
  private readonly active: ActiveProjects;
  private readonly requests: RequestTotals;
  private readonly era = crypto.randomUUID();

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    const project = toProjectId(ctx.id.name ?? "");
    this.store = new ObjectStore({ ctx, migrations: METER_MIGRATIONS, kind: "meter", project, place: null });
    this.active = new ActiveProjects(this.store.sql);
    this.store.open();
    const rows = new RequestRows(this.store.sql);
    this.requests = new RequestTotals({ store: this.store, rows, waitUntil: (work) => ctx.waitUntil(work) });
  }

  async begin(_: BeginRequest): Promise<MeterReply> {
    return { era: this.era, pace: 1 };
  }

  async report(_: ReportRequest): Promise<MeterReply> {
    return { era: this.era, pace: 1 };
  }

  async overview(_: OverviewRequest): Promise<MeterOverview> {
    return noOverview(this.store.clock.now());
  }

  async series(request: SeriesRequest): Promise<Series> {
    return noSeries(request);
  }

  async noteActive({ project }: { readonly project: ProjectId }): Promise<void> {
    this.store.write(() => this.active.put(project, this.store.clock.now()));
  }

  async activeProjects({ limit }: { readonly limit: number }): Promise<readonly ProjectId[]> {
    return this.store.hasTables ? this.active.newest(limit) : [];
  }

  async countRequests({ counts }: { readonly counts: readonly RequestCounts[] }): Promise<void> {
    this.requests.add(counts);
  }

  async service({ limit }: { readonly limit: number }): Promise<ServiceNumbers> {
    const { hasTables } = this.store;
    return {
      projects: hasTables ? this.active.newest(limit) : [],
      projectCount: hasTables ? this.active.count() : 0,
      requests: this.requests.totals,
    };
  }

  async metrics(): Promise<ProjectMetrics> {
    return noMetrics(this.store.clock.now());
  }
}

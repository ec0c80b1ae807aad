/**
 * MeterObject: the figures of the queues and topics of a project (ADR 19). Named after the project. The one with the reserved
 * name lists the projects in use, and counts the requests of the service. It has no timer and no alarm: what time changes is
 * computed when somebody looks.
 */
import { DurableObject } from "cloudflare:workers";
import { configOf } from "../../config/config-cache.ts";
import { toProjectId, type ProjectId } from "../../domain/id.ts";
import { HOT_MS } from "../../domain/metering.ts";
import type { ProjectMetrics } from "../../domain/metrics.ts";
import { OVERVIEW_MAX, type MeterOverview, type PlaceOverview } from "../../domain/overview.ts";
import type { Place } from "../../domain/place.ts";
import type { RequestCounts } from "../../domain/request-counts.ts";
import type { Series } from "../../domain/series.ts";
import { toEpochMs } from "../../domain/time.ts";
import { ActiveProjects } from "../../storage/meter/active-projects.ts";
import { MeterStore } from "../../storage/meter/meter-rows.ts";
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
import { toObjects, type ObjectBindings, type Objects } from "../rpc/stubs.ts";
import { Consumers } from "./consumers.ts";
import { projectMetrics } from "./kind-metrics.ts";
import { Meter, type MeterChanges } from "./meter.ts";
import { packBucket, readBucket } from "./packed-entries.ts";
import type { Held } from "./places.ts";
import { PointSeries } from "./point-series.ts";
import { askPlaces, QUESTIONS_MAX } from "./questions.ts";
import { ratesOf } from "./rates.ts";
import { RequestTotals } from "./request-totals.ts";
import { matches, showPlace, sorted } from "./shown-places.ts";
import { totalsOf } from "./totals.ts";

/** Calls per second above which reporters are told to report less often. */
const CALLS_MAX = 50;
/** Between two notes that the project is in use. */
const ACTIVE_MS = 300_000;
/** A project is in use for so long after its last news. */
const IN_USE_MS = 86_400_000;

export class MeterObject extends DurableObject<ObjectBindings> implements MeterRpc, ActiveProjectsRpc {
  private readonly project: ProjectId;
  private readonly store: ObjectStore;
  private readonly rows: MeterStore;
  private readonly active: ActiveProjects;
  private readonly requests: RequestTotals;
  private readonly objects: Objects;
  private readonly pastPoints: PointSeries;
  private readonly meter: Meter;
  private readonly consumers = new Consumers();
  private notedAt = Number.NEGATIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: ObjectBindings) {
    super(ctx, env);
    this.project = toProjectId(ctx.id.name ?? "");
    this.store = new ObjectStore({
      ctx,
      migrations: METER_MIGRATIONS,
      kind: "meter",
      project: this.project,
      place: null,
    });
    const { sql, clock } = this.store;
    this.rows = new MeterStore(sql);
    this.active = new ActiveProjects(sql);
    this.objects = toObjects(env, { config: configOf(env) });
    const state = this.store.open() ? this.rows.state() : null;
    this.requests = new RequestTotals({
      store: this.store,
      rows: new RequestRows(sql),
      waitUntil: (work) => ctx.waitUntil(work),
    });
    const now = clock.now();
    this.pastPoints = new PointSeries(
      {
        hour: (bucket, hour) => (this.store.hasTables ? this.rows.hour(bucket, hour) : null),
        putHour: (bucket, hour, points) => this.rows.putHour(bucket, hour, points),
      },
      state?.pointsUntil ?? now,
    );
    this.meter = new Meter(
      {
        era: crypto.randomUUID(),
        hotMs: HOT_MS,
        callsMax: CALLS_MAX,
        advance: (places, at) => this.pastPoints.advance(places, at),
        rows: {
          read: () => ({
            openPace: state?.openPace ?? 0,
            held: this.store.hasTables ? this.readBuckets(now) : [],
            removed: state?.removed ?? null,
          }),
          write: (changes) => this.write(changes),
        },
      },
      now,
    );
  }

  async begin(request: BeginRequest): Promise<MeterReply> {
    this.noteInUse();
    return this.meter.begin(request, this.store.clock.now());
  }

  async report(request: ReportRequest): Promise<MeterReply> {
    this.noteInUse();
    for (const news of request.consumers ?? []) this.consumers.hear(news);
    return this.meter.report(request, this.store.clock.now());
  }

  async overview(request: OverviewRequest): Promise<MeterOverview> {
    const first = this.show(request);
    const asked = this.toAsk(request, first);
    if (asked.length === 0) return first;
    await this.ask(asked);
    return this.show(request);
  }

  async series(request: SeriesRequest): Promise<Series> {
    this.meter.look(this.store.clock.now());
    return this.pastPoints.read(request);
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
    const { clock, hasTables } = this.store;
    return {
      projects: hasTables ? this.active.newest(limit) : [],
      projectCount: hasTables ? this.active.countSince(clock.now() - IN_USE_MS) : 0,
      requests: this.requests.totals,
    };
  }

  async metrics(): Promise<ProjectMetrics> {
    const { clock } = this.store;
    const places = (): readonly Held[] => [...this.meter.look(clock.now()).all()];
    const asked = places().filter((held) => this.meter.mayAsk(held, clock.now()));
    if (asked.length > 0) await this.ask(asked.map(({ place }) => place));
    const { removed, hasSessions } = this.meter;
    return projectMetrics(places(), { removed, hasSessions, now: clock.now() });
  }

  /** Asks objects, and takes their answers. What has gone is forgotten. */
  private async ask(asked: readonly Place[]): Promise<void> {
    const { clock } = this.store;
    const { answers, gone, silent } = await askPlaces(asked, {
      isMissing: (place) => this.objects.hasNoFile(this.project, place),
      stubOf: (place) => this.objects.place(this.project, place),
      clock: () => clock.now(),
      logFault: (error) => this.store.logFault("meter ask", error),
    });
    const now = clock.now();
    for (const { place, ...answer } of answers) this.meter.answer(place, answer, now);
    for (const place of gone) this.meter.gone(place);
    for (const place of silent) this.meter.unanswered(place, now);
    this.meter.endAnswers(now);
  }

  private show(request: OverviewRequest): MeterOverview {
    const shown = this.shownPlaces(matches(request));
    const now = this.store.clock.now();
    const page = sorted(shown, request.sort)
      .filter(({ place }) => place.name > (request.marker ?? ""))
      .slice(0, Math.min(request.limit, OVERVIEW_MAX));
    const trends =
      request.trend === true
        ? this.pastPoints.trends(
            page.map(({ place }) => place),
            now,
          )
        : null;
    return {
      at: now,
      places: page.map((each, index) => ({
        ...each,
        ...(request.consumers === true ? { consumers: this.consumers.of(each.place, now) } : {}),
        ...(trends === null ? {} : { trend: trends[index] ?? [] }),
      })),
      matched: shown.length,
      totals: totalsOf(shown, request, this.meter, now),
    };
  }

  private shownPlaces(isAsked: (held: Held) => boolean): readonly PlaceOverview[] {
    const now = this.store.clock.now();
    const places = this.meter.look(now);
    const { hasSessions } = this.meter;
    return [...places.all()].filter(isAsked).flatMap((held) => {
      const { figures } = held.queue;
      if (figures === null || figures.epoch === null) return [];
      return [showPlace(held, figures, { hasSessions, rates: ratesOf(held, this.pastPoints, now), now })];
    });
  }

  /**
   * The places whose objects have to be asked: those of which something may have been lost, the ones without figures and those of
   * the page first, because the sums contain the others as well. If fresh figures are wanted, the whole page.
   */
  private toAsk(request: OverviewRequest, { places, at }: MeterOverview): readonly Place[] {
    const { asks, fresh, place } = request;
    if (fresh === true)
      return (place === undefined ? places.map((shown) => shown.place) : [place]).slice(0, QUESTIONS_MAX);
    if (!asks) return [];
    const { meter } = this;
    const isOfRequest = matches(request);
    const onPage = new Set(places.map((shown) => meter.places.find(shown.place)));
    const rank = (held: Held): number => (held.queue.figures === null ? 0 : onPage.has(held) ? 1 : 2);
    return [...meter.places.all()]
      .filter((held) => meter.mayAsk(held, at) && isOfRequest(held))
      .toSorted((one, other) => rank(one) - rank(other))
      .map((held) => held.place);
  }

  /** A project that is not noted is missing in lists until its next change. */
  private noteInUse(): void {
    const now = this.store.clock.now();
    if (now - this.notedAt < ACTIVE_MS) return;
    this.notedAt = now;
    const { project } = this;
    const note = this.objects.activeProjects().noteActive({ project });
    this.ctx.waitUntil(note.catch((error: unknown) => this.store.logFault("meter note", error)));
  }

  /** A damaged row is lost, and its places are unknown. */
  private readBuckets(now: number): readonly Held[] {
    return this.rows.buckets().flatMap(({ entries }) => {
      try {
        return readBucket(entries, now);
      } catch (error) {
        this.store.logFault("meter read", error);
        return [];
      }
    });
  }

  private write({ openPace, buckets, removed }: MeterChanges): void {
    this.store.write(() => {
      if (buckets.size > 0 || openPace === 0) this.pastPoints.write();
      this.rows.putState({ openPace, pointsUntil: toEpochMs(this.pastPoints.until), removed });
      for (const [number, held] of buckets) this.rows.putBucket(number, packBucket(held));
    });
  }
}

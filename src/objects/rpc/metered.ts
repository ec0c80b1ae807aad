/**
 * Calls of a Worker or hub to queues and topics, whose answers carry figures to the meter of the project (ADR 19). The calls
 * themselves stay what they are: one hop, and no failure of the meter fails them.
 */
import { BEGIN_WAIT_MS } from "../../domain/metering.ts";
import type { ClientId, ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import type { EpochMs } from "../../domain/time.ts";
import { within } from "../../mechanisms/timeout.ts";
import type { OwnedPlace } from "./direct-stubs.ts";
import type { Turn } from "./flush-plan.ts";
import { CREATING } from "./located.ts";
import type { MeterRpc } from "./meter.ts";
import type { PlaceCalls } from "./place-calls.ts";
import type { QueueMethod, TakenFigures } from "./queue.ts";
import type { ProjectReporter, ReporterCalls, Reporters } from "./reporters.ts";

/** The request of a client, whose calls are metered. */
export interface Metering {
  /** They report the figures of queues and topics that it calls. */
  readonly reporters: Reporters;
  readonly clock: () => EpochMs;
  /** Who asks, by its Client-ID; null: it has none. */
  readonly client: ClientId | null;
  /** Lets work outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Sets the alarm that reports, of an object: a timer would keep it from sleeping. Absent: work after the request reports. */
  readonly alarm?: (project: ProjectId, turn: Turn) => void;
}

/** Stubs for what is metered. */
export interface MeteringStubs {
  /** The meter of a project, which is told nothing before. */
  plainMeter(owner: ProjectId): MeterRpc;
  /** Asks a queue or topic for its figures. */
  figures(owner: ProjectId, place: Place): Promise<TakenFigures>;
  /** Whether it is certain that the queue or topic has never existed. */
  hasNoFile(owner: ProjectId, place: Place): Promise<boolean>;
}

export interface MeteredDeps {
  readonly target: OwnedPlace;
  readonly calls: PlaceCalls;
  readonly stubs: MeteringStubs;
  readonly request: Metering;
}

/** Methods that change nothing of what figures say. */
const READS: ReadonlySet<QueueMethod> = new Set<QueueMethod>([
  "metadata",
  "stats",
  "usage",
  "list",
  "get",
  "getClaim",
  "signingGeneration",
  "redrive",
  "subscriptions",
  "subscription",
  "isSubscribed",
  "consumers",
  "figures",
]);

/**
 * A wait is counted by the claim before it, and tells its own end with its answer. That of a connection may end at once, by a
 * call to its hub, so its answer must not wait for a begin.
 */
const WAITS: ReadonlySet<QueueMethod> = new Set<QueueMethod>(["awaitMessages", "noteWait"]);

/** The calls of a reporter for a project. */
export class ProjectCalls implements ReporterCalls {
  readonly clock: () => EpochMs;
  private readonly owner: ProjectId;
  private readonly stubs: Pick<MeteringStubs, "plainMeter" | "figures">;

  constructor(owner: ProjectId, stubs: Pick<MeteringStubs, "plainMeter" | "figures">, clock: () => EpochMs) {
    this.owner = owner;
    this.stubs = stubs;
    this.clock = clock;
  }

  meter(): MeterRpc {
    return this.stubs.plainMeter(this.owner);
  }

  figures(place: Place): Promise<TakenFigures> {
    return this.stubs.figures(this.owner, place);
  }
}

/** Calls a queue or topic, and tells its reporter. */
export class MeteredPlace {
  private readonly deps: MeteredDeps;
  private readonly project: ProjectReporter;

  constructor(deps: MeteredDeps) {
    this.deps = deps;
    this.project = deps.request.reporters.of(deps.target.owner);
  }

  call(method: QueueMethod, request: unknown): Promise<unknown> {
    return READS.has(method) || WAITS.has(method) ? this.read(method, request) : this.change(method, request);
  }

  private async read(method: QueueMethod, request: unknown): Promise<unknown> {
    const { reporter } = this.project;
    const { target, calls } = this.deps;
    const { clock } = this.deps.request;
    const asked = reporter.startRead(target.place, clock());
    const wish = { withFigures: asked.withFigures || WAITS.has(method), withView: false };
    const answer = await calls.call(method, request, wish);
    if (answer.figures !== undefined) {
      reporter.hear(asked, answer, clock());
      this.flushLater();
    }
    return answer.value;
  }

  private async change(method: QueueMethod, request: unknown): Promise<unknown> {
    const { reporter } = this.project;
    const { target, calls } = this.deps;
    const { clock, client, waitUntil } = this.deps.request;
    const started = reporter.startChange(target.place, clock());
    const begin = reporter.needsBegin(started) ? this.sendBegin(method) : null;
    if (begin !== null) waitUntil(begin);
    try {
      const answer = await calls.call(method, request, { withFigures: started.withFigures, withView: false });
      // A spread queue tells none with its answers: it is asked later.
      const heard = answer.spread === undefined ? started : { ...started, withFigures: false };
      const now = clock();
      reporter.learn(heard, answer, now);
      reporter.consumers.note(target.place, { client, method, request, answer: answer.value }, now);
      return answer.value;
    } catch (error) {
      reporter.doubt(target.place, clock());
      throw error;
    } finally {
      if (begin !== null) await within(BEGIN_WAIT_MS, begin, undefined);
      reporter.endChange(started);
      this.flushLater();
    }
  }

  /** Never rejects. Requests about what does not exist create no meter. */
  private async sendBegin(method: QueueMethod): Promise<void> {
    const { reporter } = this.project;
    const { target, stubs } = this.deps;
    const { owner, place } = target;
    const { clock } = this.deps.request;
    // Without effect in the cloud.
    if (!CREATING.has(method) && (await stubs.hasNoFile(owner, place))) return;
    const request = reporter.begin(place, clock());
    try {
      reporter.begun(request, await stubs.plainMeter(owner).begin(request));
    } catch {
      reporter.doubt(place, clock());
      this.flushLater();
    }
  }

  private flushLater(): void {
    const { project } = this;
    const { target, stubs } = this.deps;
    const { owner } = target;
    const { clock, alarm, reporters, waitUntil } = this.deps.request;
    const turn = project.plan.take(project.reporter.flushMs, clock(), alarm !== undefined);
    if (turn === null) return;
    if (alarm !== undefined) alarm(owner, turn);
    else waitUntil(reporters.report(project, turn, new ProjectCalls(owner, stubs, clock)));
  }
}

/** Stubs of objects, by which a Worker and other objects call them. */
import type { ClientId, ProjectId, QueueName, SubscriptionId } from "../../domain/id.ts";
import { queueNamed, type Place } from "../../domain/place.ts";
import { HOME, type Jurisdiction, type Region } from "../../domain/region.ts";
import type { DeliveryRpc } from "./delivery.ts";
import { DirectStubs } from "./direct-stubs.ts";
import { finderOf, type Finder, type PlacementAccess, type UngatedCaller } from "./finders.ts";
import type { HubRpc } from "./hub.ts";
import { MeteredPlace, ProjectCalls, type Metering, type MeteringStubs } from "./metered.ts";
import type { ActiveProjectsRpc, MeterRpc } from "./meter.ts";
import type { PlaceObjectName } from "./names.ts";
import { plainStub, stubBy } from "./place-calls.ts";
import type { PoolsRpc } from "./pools.ts";
import type { ProjectRpc } from "./project.ts";
import type { QueueRpc, TakenFigures } from "./queue.ts";
import { objectIn } from "./regions.ts";
import type { Reporters } from "./reporters.ts";
import type { ShardRpc } from "./shard.ts";
import type { SharedStubs } from "./shared-stubs.ts";
import { SpreadPlace } from "./spread-place.ts";
import { WakeGate } from "./wake-gate.ts";

export type { PlacementAccess } from "./finders.ts";
export type { WakeGate } from "./wake-gate.ts";

/** The objects that a request can call. Stubs are made per request: a stub must not outlive the request that made it. */
export interface Objects {
  queue(project: ProjectId, name: QueueName): QueueRpc;
  /** A queue or topic in any region. `seconds`: the maximum duration of a call that waits. */
  place(project: ProjectId, place: Place, seconds?: number): QueueRpc;
  /** Whether it is certain that the object of a queue or topic at home has no database: a call would create one. */
  hasNoFile(project: ProjectId, place: Place): Promise<boolean>;
  /** The object of a queue or topic in this region, even if the queue is in another. */
  placeIn(region: Region, project: ProjectId, place: Place): QueueRpc;
  /** The placement of a queue or topic, and the pools for it; null: pools are not in use. */
  placementAccess(project: ProjectId, place: Place): PlacementAccess | null;
  project(project: ProjectId): ProjectRpc;
  /** A shard of a queue. */
  shard(queue: PlaceObjectName, shard: number): ShardRpc;
  /** The DeliveryObject of a subscription, which is in the region of its queue or topic. */
  delivery(project: ProjectId, place: Place, subscription: SubscriptionId): DeliveryRpc;
  /** The figures of a project's queues and topics. Who asks is told what this caller has not reported yet, too. */
  meter(project: ProjectId): MeterRpc;
  /** The one object that lists the projects in use. */
  activeProjects(): ActiveProjectsRpc;
  /** A hub by its name. */
  hub(name: string): HubRpc;
  /** The one object that has the pools, and the flavors of all projects. */
  pools(): PoolsRpc;
  /** Whether the disk is too full for posts; never in the cloud. */
  isDiskLow(): Promise<boolean>;
}

/** The namespaces of objects among the Worker's bindings. */
export interface ObjectBindings {
  readonly QUEUES: DurableObjectNamespace;
  readonly SHARD_OBJECTS: DurableObjectNamespace;
  readonly TOPICS: DurableObjectNamespace;
  readonly PROJECTS: DurableObjectNamespace;
  readonly DELIVERIES: DurableObjectNamespace;
  readonly HUBS: DurableObjectNamespace;
  readonly POOLS: DurableObjectNamespace;
  readonly METERS: DurableObjectNamespace;
  /** The network service for requests to Keystone; absent: the global `fetch`. */
  readonly KEYSTONE?: Fetcher;
  /** The network with the collector of spans. */
  readonly COLLECTOR?: Fetcher;
  /** A network service that may connect to private addresses, for subscribers there, where the operator allows them. */
  readonly PRIVATE_NETWORK?: Fetcher;
  /** Cloudflare's `send_email` binding. */
  readonly MAIL?: SendEmail;
  /** The network service for connections to the operator's mail server; absent: the global `connect`. */
  readonly SMTP?: Fetcher;
  /** The data folder with all databases, in a self-hosted service. */
  readonly DISK?: Fetcher;
  /** The folder with the description of the API (http/site.ts). */
  readonly SITE?: Fetcher;
}

/** The access of a Worker to the objects. */
export interface ObjectAccess {
  readonly bindings: ObjectBindings;
  readonly gate: WakeGate;
}

/** The access of a request of a client. Its calls are metered, unless `reporters` is null. */
export interface MeteredAccess extends ObjectAccess {
  readonly reporters: Reporters | null;
  readonly client: ClientId | null;
  readonly alarm?: NonNullable<ClientRequest["alarm"]>;
  readonly shared?: SharedStubs;
}

/** The request of a client, for which a Worker or hub calls objects. `reporters` null: nobody reports figures. */
export type ClientRequest = Omit<Metering, "reporters"> & {
  readonly reporters: Reporters | null;
  /** The stubs of the object that answers the request. Absent: a stub must not outlive the request. */
  readonly shared?: SharedStubs;
};

/**
 * `caller`: the wake gate of a Worker, or a caller whose calls pass none. `request`: that of a Worker, whose calls are metered
 * and go to all objects of a queue; null: they go to its home.
 */
export function toObjects(
  bindings: ObjectBindings,
  caller: WakeGate | UngatedCaller,
  request: ClientRequest | null = null,
): Objects {
  return new AllObjects(bindings, caller, request);
}

class AllObjects implements Objects, MeteringStubs {
  private readonly bindings: ObjectBindings;
  private readonly gate: WakeGate | null;
  private readonly jurisdiction: Jurisdiction | null;
  private readonly request: ClientRequest | null;
  private readonly shared: SharedStubs | null;
  private readonly stubs: DirectStubs;
  private readonly finder: Finder;

  constructor(bindings: ObjectBindings, caller: WakeGate | UngatedCaller, request: ClientRequest | null) {
    const { jurisdiction, pooling } = caller.config;
    this.bindings = bindings;
    this.gate = caller instanceof WakeGate ? caller : null;
    this.jurisdiction = jurisdiction;
    this.request = request;
    this.shared = request?.shared ?? null;
    this.stubs = new DirectStubs({ bindings, gate: this.gate, jurisdiction, shared: this.shared }, pooling);
    this.finder = finderOf(this.stubs, caller);
  }

  queue(project: ProjectId, name: QueueName): QueueRpc {
    return this.place(project, queueNamed(name));
  }

  place(owner: ProjectId, place: Place, seconds = 0): QueueRpc {
    const { request, gate, stubs, finder } = this;
    const target = { owner, place, seconds };
    if (request === null || gate === null) return finder.stub(target);
    const home = finder.home(target);
    const calls = place.kind === "queue" ? new SpreadPlace({ home, target, stubs, request, map: gate.spreads }) : home;
    return isMetered(request) ? stubBy(new MeteredPlace({ target, calls, stubs: this, request })) : plainStub(calls);
  }

  hasNoFile(owner: ProjectId, place: Place): Promise<boolean> {
    return this.stubs.hasNoFile(owner, place);
  }

  placeIn(region: Region, owner: ProjectId, place: Place): QueueRpc {
    return this.stubs.place(region, { owner, place, seconds: 0 });
  }

  placementAccess(owner: ProjectId, place: Place): PlacementAccess | null {
    return this.finder.placementAccess(owner, place);
  }

  project(project: ProjectId): ProjectRpc {
    return this.stubs.project(project);
  }

  shard(queue: PlaceObjectName, shard: number): ShardRpc {
    return this.stubs.shard(queue, shard);
  }

  delivery(owner: ProjectId, place: Place, subscription: SubscriptionId): DeliveryRpc {
    return this.finder.delivery({ owner, place, seconds: 0 }, subscription);
  }

  meter(project: ProjectId): MeterRpc {
    const { request, stubs } = this;
    return request !== null && isMetered(request) ? informed(project, this, request) : stubs.meter(project);
  }

  /** Past all that meters. */
  plainMeter(project: ProjectId): MeterRpc {
    return this.stubs.meter(project);
  }

  figures(owner: ProjectId, place: Place): Promise<TakenFigures> {
    return this.finder.stub({ owner, place, seconds: 0 }).figures();
  }

  activeProjects(): ActiveProjectsRpc {
    return this.stubs.activeProjects();
  }

  /** Past the gate: only objects call hubs, and a hub that is called exists. */
  hub(name: string): HubRpc {
    const { bindings, jurisdiction } = this;
    return objectIn(bindings.HUBS, name, { region: HOME, jurisdiction }) as unknown as HubRpc;
  }

  pools(): PoolsRpc {
    return this.stubs.pools();
  }

  async isDiskLow(): Promise<boolean> {
    const { gate, bindings } = this;
    return gate !== null && bindings.DISK !== undefined && gate.disk.isLow(bindings.DISK);
  }
}

function isMetered(request: ClientRequest): request is Metering {
  return request.reporters !== null;
}

/** Before a question the meter hears what the reporter knows, so that clients see what they have just done. */
function informed(owner: ProjectId, stubs: MeteringStubs, { reporters, clock }: Metering): MeterRpc {
  const meter = (): MeterRpc => stubs.plainMeter(owner);
  const tell = (): Promise<void> => reporters.tellNews(owner, new ProjectCalls(owner, stubs, clock));
  return {
    begin: (request) => meter().begin(request),
    report: (request) => meter().report(request),
    overview: (request) => tell().then(() => meter().overview(request)),
    series: (request) => tell().then(() => meter().series(request)),
    metrics: () => tell().then(() => meter().metrics()),
  };
}

/** Stubs of objects, by which a Worker and other objects call them. */
import type { Config } from "../../config/config.ts";
import type { ClientId, ProjectId, QueueName, SubscriptionId } from "../../domain/id.ts";
import { queueNamed, type Place, type PlaceKind } from "../../domain/place.ts";
import type { Placement } from "../../domain/placement.ts";
import type { Candidate } from "../../domain/pool.ts";
import { HOME, type Region } from "../../domain/region.ts";
import { candidatesFor, choosePlacement } from "./placement-choice.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { DeliveryRpc } from "./delivery.ts";
import type { Turn } from "./flush-plan.ts";
import type { HubRpc } from "./hub.ts";
import { CREATING, locatedDelivery, locatedPlace, Locator, type LocatorDeps } from "./located.ts";
import { MISSING_DELIVERY, MISSING_METER, MISSING_PROJECT, missingPlace, refusedPlace } from "./missing.ts";
import { deliveryObjectName, placeObjectName, shardObjectName, type PlaceObjectName } from "./names.ts";
import type { ActiveProjectsRpc, MeterRpc } from "./meter.ts";
import type { PoolsRpc } from "./pools.ts";
import type { ProjectRpc } from "./project.ts";
import { meteredPlace, type FoundAnswer } from "./metered.ts";
import type { ConditionalAnswer, ConditionalCall, QueueMethod, QueueRpc, TakenFigures } from "./queue.ts";
import type { Reporters } from "./reporters.ts";
import type { ShardRpc } from "./shard.ts";
import { objectIn } from "./regions.ts";
import { StubFactory, type Space } from "./stub-factory.ts";
import { WakeGate } from "./wake-gate.ts";
import { DIRECT, placeBy, spreadWay, type Ways } from "./ways.ts";

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

/** Reads and changes the placement of a queue or topic that exists. */
export interface PlacementAccess {
  /** Its placement by the project; null: it has none. */
  placement(): Promise<Placement | null>;
  /** The pools of a flavor, or those without one (null). Throws the Refusal `flavor-unknown`. */
  candidates(flavor: string | null): Promise<readonly Candidate[]>;
  /** Records another pool of the same region. */
  assign(placement: Placement): Promise<void>;
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
}

/** The request of a client, for which a Worker or hub calls objects. */
export interface ClientRequest {
  /** They report the figures of queues and topics that it calls; null: nobody does. */
  readonly reporters: Reporters | null;
  readonly clock: () => EpochMs;
  /** Who asks, by its Client-ID; null: it has none. */
  readonly client: ClientId | null;
  /** Lets work outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Sets the alarm that reports, of an object: a timer would keep it from sleeping. Absent: work after the request reports. */
  readonly alarm?: (project: ProjectId, turn: Turn) => void;
}

type Metering = ClientRequest & { readonly reporters: Reporters };

/** A caller whose calls pass no wake gate: an object, or the readiness check. */
export interface UngatedCaller {
  readonly config: Pick<Config, "jurisdiction" | "pooling">;
  /** Its region, which is also the region of its DeliveryObjects. By default the home region. */
  readonly region?: Region;
  /** The placement of queues that its calls create. */
  readonly placement?: () => Promise<Placement>;
}

/** The name of the only object in its namespace. */
const POOLS_NAME = "pools";
/** A line break: no client can have a project of this name. */
const ACTIVE_PROJECTS_NAME = "\nactive";

const SPACES: Readonly<Record<PlaceKind, Space>> = { queue: "QUEUES", topic: "TOPICS" };

/**
 * `caller`: the wake gate of a Worker, or a caller whose calls pass none. `request`: whose calls are metered and go to all
 * objects of a queue; null: they go to its home.
 */
export function toObjects(
  bindings: ObjectBindings,
  caller: WakeGate | UngatedCaller,
  request: ClientRequest | null = null,
): Objects {
  const reporters = request?.reporters ?? null;
  const metering = request === null || reporters === null ? null : { ...request, reporters };
  const gate = caller instanceof WakeGate ? caller : null;
  const { jurisdiction, pooling } = caller.config;
  const factory = new StubFactory({ bindings, gate, jurisdiction });
  const project = (id: ProjectId): ProjectRpc =>
    factory.guarded<ProjectRpc>("PROJECTS", id, { missing: () => MISSING_PROJECT });
  const stubs: Stubs = {
    project,
    place: placesOf(factory, { project, pooling }),
    delivery: (region, owner, source, subscription) =>
      factory.guarded<DeliveryRpc>("DELIVERIES", deliveryObjectName(owner, source, { subscription, region }), {
        region,
        missing: () => MISSING_DELIVERY,
      }),
    // Past the gate: it is one object, called only by operators and for new queues.
    pools: () => factory.unguarded("POOLS", POOLS_NAME) as unknown as PoolsRpc,
  };
  const meter = (owner: ProjectId): MeterRpc =>
    factory.guarded<MeterRpc>("METERS", owner, { missing: () => MISSING_METER });
  const hasNoFile = async (owner: ProjectId, target: Place): Promise<boolean> =>
    !pooling && factory.hasNoFile(SPACES[target.kind], placeObjectName(owner, target, HOME));
  const find = pooling ? located : unlocated;
  const figures = (owner: ProjectId, target: Place): Promise<TakenFigures> =>
    find(stubs, caller, DIRECT).place(owner, target).figures();
  const shard: Objects["shard"] = (queue, number) =>
    factory.guarded<ShardRpc>("SHARD_OBJECTS", shardObjectName(queue, number), {
      region: queue.region,
      missing: () => ({}),
    });
  const metered = metering === null ? null : meteredBy(metering, { meter, figures, hasNoFile });
  const spread = gate === null || request === null ? null : spreadWay({ ...request, map: gate.spreads, shard });
  const found = find(stubs, caller, { metered, spread });
  return {
    ...found,
    queue: (owner, name) => found.place(owner, queueNamed(name)),
    placeIn: stubs.place,
    hasNoFile,
    project,
    shard,
    pools: stubs.pools,
    // Past the gate: it is one object.
    activeProjects: () => factory.unguarded("METERS", ACTIVE_PROJECTS_NAME) as unknown as ActiveProjectsRpc,
    meter: metering === null ? meter : informedBy(metering, { meter, figures }),
    // Past the gate: only objects call hubs, and a hub that is called exists.
    hub: (name) => objectIn(bindings.HUBS, name, { region: HOME, jurisdiction }) as unknown as HubRpc,
    isDiskLow: async () => gate !== null && bindings.DISK !== undefined && gate.disk.isLow(bindings.DISK),
  };
}

/** Stubs of objects whose regions are known. */
interface Stubs {
  readonly project: (id: ProjectId) => ProjectRpc;
  readonly pools: () => PoolsRpc;
  readonly place: (region: Region, project: ProjectId, place: Place, seconds?: number) => QueueRpc;
  readonly delivery: (region: Region, project: ProjectId, place: Place, subscription: SubscriptionId) => DeliveryRpc;
}

function placesOf(
  factory: StubFactory,
  { project, pooling }: Pick<Stubs, "project"> & { readonly pooling: boolean },
): Stubs["place"] {
  return (region, owner, target, seconds = 0) => {
    const entry = { place: target, ...(pooling ? { region } : {}) };
    return factory.guarded<QueueRpc>(SPACES[target.kind], placeObjectName(owner, target, region), {
      region,
      missing: (config) => missingPlace(owner, target, config, () => project(owner).leave(entry)),
      refused: (config) => refusedPlace(target, config, project(owner)),
      callMs: seconds * 1000,
      // If the project lists a queue whose database is missing, its data is lost. The queue's object reports that.
      isExpected: async () => {
        if (await factory.hasNoFile("PROJECTS", owner)) return false;
        // Past the gate: this call only finds out whether another object has to be woken.
        const index = factory.unguarded("PROJECTS", owner) as unknown as ProjectRpc;
        return index.has(entry);
      },
    });
  };
}

type PlaceStubs = Pick<Objects, "place" | "placementAccess" | "delivery">;

/** What reporters call. */
interface MeteringCalls extends Pick<Objects, "meter" | "hasNoFile"> {
  readonly figures: (owner: ProjectId, target: Place) => Promise<TakenFigures>;
}

function meteredBy(
  { reporters, clock, client, waitUntil, alarm }: Metering,
  { meter, figures, hasNoFile }: MeteringCalls,
): NonNullable<Ways["metered"]> {
  return (owner, target, call) => {
    const project = reporters.of(owner);
    const calls = { meter: () => meter(owner), figures: (asked: Place) => figures(owner, asked), clock };
    return meteredPlace(target, {
      ...calls,
      project,
      client,
      isVain: async (method) => !CREATING.has(method) && hasNoFile(owner, target),
      call,
      waitUntil,
      isAlarm: alarm !== undefined,
      later: (turn) => (alarm === undefined ? waitUntil(reporters.report(project, turn, calls)) : alarm(owner, turn)),
    });
  };
}

/** Before a question the meter hears what the reporter knows, so that clients see what they have just done. */
function informedBy(
  { reporters, clock }: Metering,
  { meter, figures }: Omit<MeteringCalls, "hasNoFile">,
): Objects["meter"] {
  return (owner) => {
    const calls = { meter: () => meter(owner), figures: (asked: Place) => figures(owner, asked), clock };
    const tell = (): Promise<void> => reporters.tellNews(owner, calls);
    return {
      begin: (request) => meter(owner).begin(request),
      report: (request) => meter(owner).report(request),
      overview: (request) => tell().then(() => meter(owner).overview(request)),
      series: (request) => tell().then(() => meter(owner).series(request)),
      metrics: () => tell().then(() => meter(owner).metrics()),
    };
  };
}

/** Without pools every queue is in the home region. */
function unlocated(stubs: Stubs, caller: WakeGate | UngatedCaller, ways: Ways): PlaceStubs {
  const region = caller instanceof WakeGate ? HOME : (caller.region ?? HOME);
  return {
    place: (owner, target, seconds) => {
      const stub = (): QueueRpc => stubs.place(HOME, owner, target, seconds);
      if (ways.metered === null && ways.spread === null) return stub();
      // Each call has a stub of its own: one that has failed may stay broken.
      return placeBy(ways, { owner, place: target, region: () => HOME }, (method, request, { withFigures, withView }) =>
        withFigures || withView
          ? callTold(stub(), { method, request, withFigures })
          : callPlainly(stub(), method, request),
      );
    },
    placementAccess: () => null,
    delivery: (owner, source, subscription) => stubs.delivery(region, owner, source, subscription),
  };
}

/** The runtime says so of a method that the object's version does not have. The call has then had no effect. */
const NO_CALL_IF_HERE = 'does not implement the method "callIfHere"';

/** A call whose answer tells more than the value. */
async function callTold(
  stub: QueueRpc,
  { method, request, withFigures }: Pick<ConditionalCall, "method" | "request"> & { readonly withFigures: boolean },
): Promise<FoundAnswer> {
  const wish = withFigures ? { withFigures } : {};
  let found: ConditionalAnswer;
  try {
    found = await stub.callIfHere({ method, request, isSettled: true, ...wish });
  } catch (error) {
    if (!(error instanceof Error && error.message.includes(NO_CALL_IF_HERE))) throw error;
    return callPlainly(stub, method, request);
  }
  if (found.isHere) return found;
  throw new Error("The queue is in another region, and pools are switched off.");
}

async function callPlainly(stub: QueueRpc, method: QueueMethod, request: unknown): Promise<FoundAnswer> {
  return { value: await (stub[method] as (asked: unknown) => Promise<unknown>)(request) };
}

/** With pools every call finds the region of its queue (located.ts). */
function located(stubs: Stubs, caller: WakeGate | UngatedCaller, ways: Ways): PlaceStubs {
  const { project, pools } = stubs;
  if (!(caller instanceof WakeGate)) {
    const { region = HOME, placement = async () => ({ region, pool: null }) } = caller;
    const nothing = { cachedRegion: () => null, cacheRegion: () => {} };
    return {
      ...unlocated(stubs, caller, DIRECT),
      place: (owner, target) => locatedPlace(locatorOf(stubs, { owner, target }, { ...nothing, choose: placement })),
    };
  }
  const choice = { config: caller.config, cache: caller.placements, pools };
  const locator = (owner: ProjectId, target: Place, seconds = 0): Locator => {
    const name = `${SPACES[target.kind]}/${placeObjectName(owner, target, HOME)}`;
    return locatorOf(
      stubs,
      { owner, target, seconds },
      {
        choose: (flavor) => choosePlacement({ project: owner, flavor }, choice),
        cachedRegion: () => choice.cache.regionOf(name),
        cacheRegion: (region) => choice.cache.setRegion(name, region),
      },
    );
  };
  return {
    place: (owner, target, seconds) => {
      const found = locator(owner, target, seconds);
      if (ways.metered === null && ways.spread === null) return locatedPlace(found);
      return placeBy(ways, { owner, place: target, region: () => found.called }, (method, request, { withFigures }) =>
        found.call(method, request, withFigures || undefined),
      );
    },
    placementAccess: (owner, target) => ({
      placement: () => project(owner).placement({ place: target }),
      candidates: (flavor) => candidatesFor({ project: owner, flavor }, choice),
      assign: (chosen) => project(owner).assign({ place: target, ...chosen }),
    }),
    delivery: (owner, source, subscription) =>
      locatedDelivery(locator(owner, source), (region) => stubs.delivery(region, owner, source, subscription)),
  };
}

function locatorOf(
  stubs: Stubs,
  { owner, target, seconds = 0 }: { readonly owner: ProjectId; readonly target: Place; readonly seconds?: number },
  rest: Pick<LocatorDeps, "choose" | "cachedRegion" | "cacheRegion">,
): Locator {
  return new Locator({
    objectIn: (region) => stubs.place(region, owner, target, seconds),
    placement: () => stubs.project(owner).placement({ place: target }),
    ...rest,
  });
}

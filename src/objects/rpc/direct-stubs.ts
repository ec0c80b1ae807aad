/** Stubs of objects whose regions are known. */
import type { Config } from "../../config/config.ts";
import type { ProjectId, SubscriptionId } from "../../domain/id.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
import { HOME, type Region } from "../../domain/region.ts";
import type { DeliveryRpc } from "./delivery.ts";
import type { ActiveProjectsRpc, MeterRpc } from "./meter.ts";
import { MISSING_DELIVERY, MISSING_METER, MISSING_PROJECT, missingPlace, refusedPlace } from "./missing.ts";
import { deliveryObjectName, placeObjectName, shardObjectName, type PlaceObjectName } from "./names.ts";
import type { PoolsRpc } from "./pools.ts";
import type { ProjectRpc } from "./project.ts";
import type { QueueRpc } from "./queue.ts";
import type { ShardRpc } from "./shard.ts";
import { StubFactory, type Guard, type Space, type StubFactoryDeps } from "./stub-factory.ts";
import type { Refused } from "./wake-gate.ts";

/** The name of the only object in its namespace. */
const POOLS_NAME = "pools";
/** A line break: no client can have a project of this name. */
const ACTIVE_PROJECTS_NAME = "\nactive";

const SPACES: Readonly<Record<PlaceKind, Space>> = { queue: "QUEUES", topic: "TOPICS" };

const PROJECT_GUARD: Guard<ProjectRpc> = { missing: () => MISSING_PROJECT };
const METER_GUARD: Guard<MeterRpc> = { missing: () => MISSING_METER };

/** A queue or topic of a project. */
export interface OwnedPlace {
  readonly owner: ProjectId;
  readonly place: Place;
  /** The maximum duration of a call that waits. */
  readonly seconds: number;
}

export class DirectStubs {
  private readonly factory: StubFactory;
  private readonly pooling: boolean;

  constructor(deps: StubFactoryDeps, pooling: boolean) {
    this.factory = new StubFactory(deps);
    this.pooling = pooling;
  }

  project(id: ProjectId): ProjectRpc {
    return this.factory.guarded("PROJECTS", id, PROJECT_GUARD);
  }

  place(region: Region, target: OwnedPlace): QueueRpc {
    const { owner, place, seconds } = target;
    const entry = this.pooling ? { place, region } : { place };
    const guard = new PlaceGuard(this, owner, { entry, region, callMs: seconds * 1000 });
    return this.factory.guarded(SPACES[place.kind], placeObjectName(owner, place, region), guard);
  }

  /** Whether it is certain that a queue or topic at home has no database. */
  async hasNoFile(owner: ProjectId, place: Place): Promise<boolean> {
    return !this.pooling && this.factory.hasNoFile(SPACES[place.kind], placeObjectName(owner, place, HOME));
  }

  /** Whether the project has this entry. It is not woken for that if it has never existed. */
  async isListed(owner: ProjectId, entry: Entry): Promise<boolean> {
    if (await this.factory.hasNoFile("PROJECTS", owner)) return false;
    // Past the gate: this call only finds out whether another object has to be woken.
    const index = this.factory.unguarded("PROJECTS", owner) as unknown as ProjectRpc;
    return index.has(entry);
  }

  shard(queue: PlaceObjectName, shard: number): ShardRpc {
    const { region } = queue;
    return this.factory.guarded<ShardRpc>("SHARD_OBJECTS", shardObjectName(queue, shard), { region, missing: nothing });
  }

  delivery(region: Region, { owner, place }: OwnedPlace, subscription: SubscriptionId): DeliveryRpc {
    const name = deliveryObjectName(owner, place, { subscription, region });
    return this.factory.guarded<DeliveryRpc>("DELIVERIES", name, { region, missing: () => MISSING_DELIVERY });
  }

  meter(owner: ProjectId): MeterRpc {
    return this.factory.guarded("METERS", owner, METER_GUARD);
  }

  /** Past the gate: it is one object, called only by operators and for new queues. */
  pools(): PoolsRpc {
    return this.factory.unguarded("POOLS", POOLS_NAME) as unknown as PoolsRpc;
  }

  /** Past the gate: it is one object. */
  activeProjects(): ActiveProjectsRpc {
    return this.factory.unguarded("METERS", ACTIVE_PROJECTS_NAME) as unknown as ActiveProjectsRpc;
  }
}

/** Of a queue or topic in the index of its project. */
type Entry = Parameters<ProjectRpc["has"]>[0];

interface PlaceGuardDeps {
  readonly entry: Entry;
  readonly region: Region;
  readonly callMs: number;
}

class PlaceGuard implements Guard<QueueRpc> {
  readonly region: Region;
  readonly callMs: number;
  private readonly stubs: DirectStubs;
  private readonly owner: ProjectId;
  private readonly entry: Entry;

  constructor(stubs: DirectStubs, owner: ProjectId, { entry, region, callMs }: PlaceGuardDeps) {
    this.stubs = stubs;
    this.owner = owner;
    this.entry = entry;
    this.region = region;
    this.callMs = callMs;
  }

  missing(config: Config): Partial<QueueRpc> {
    const { stubs, owner, entry } = this;
    return missingPlace(owner, entry.place, config, () => stubs.project(owner).leave(entry));
  }

  refused(config: Config): Refused<QueueRpc> {
    return refusedPlace(this.entry.place, config, this.stubs.project(this.owner));
  }

  /** If the project lists a queue whose database is missing, its data is lost. The queue's object reports that. */
  isExpected(): Promise<boolean> {
    return this.stubs.isListed(this.owner, this.entry);
  }
}

function nothing(): Partial<ShardRpc> {
  return {};
}

/**
 * The contexts of operations, one for each scope: the service, a project, a place. The stubs in a context reach only the objects
 * of its scope. Only `admission.ts` makes contexts, after its checks.
 */
import { coversQueue, isAllowed, type Principal, type Rule } from "../auth/policy.ts";
import type { UrlSigner } from "../auth/signed-url.ts";
import type { Config } from "../config/config.ts";
import type { ProjectId, QueueName, SubscriptionId, TrustId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import type { Quotas } from "../domain/quota.ts";
import type { Region } from "../domain/region.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Result } from "../domain/result.ts";
import type { EpochMs } from "../domain/time.ts";
import type { DeliveryRpc } from "../objects/rpc/delivery.ts";
import type { ActiveProjectsRpc, MeterRpc } from "../objects/rpc/meter.ts";
import type { PoolsRpc } from "../objects/rpc/pools.ts";
import type { ProjectRpc } from "../objects/rpc/project.ts";
import type { QueueRpc } from "../objects/rpc/queue.ts";
import type { PlacementAccess } from "../objects/rpc/stubs.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import type { ProjectLimits } from "./project-limits.ts";

/** The part that all scopes have: the caller, and all dependencies except objects. One per request. */
export interface Context {
  readonly principal: Principal;
  readonly config: Config;
  readonly projectLimits: ProjectLimits;
  readonly signer: UrlSigner;
  /**
   * Creates a Keystone trust, with which the service can act for the caller until an instant; null: the caller's credential does
   * not allow it. Throws when Keystone does not answer.
   */
  readonly createTrust: ((until: EpochMs) => Promise<Result<TrustId, "not-authorized">>) | null;
  readonly event: RequestEvent;
  readonly clock: () => EpochMs;
  /** Lets work outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** The scope of operations on the service, or on a project that may be another than the caller's. */
export interface ServiceContext extends Context {
  /** The context of a project; null: the caller's own. Refuses other projects, except for operators. */
  readonly forProject: (requested: ProjectId | null) => ProjectContext;
  /** The context of a queue or topic of the caller's own project. Refuses a name outside of the principal's queue prefix. */
  readonly forPlace: (place: Place) => PlaceContext;
  /** A fresh stub of the object with the pools of the service and the flavors of all projects. */
  readonly pools: () => PoolsRpc;
  /** A stub of the object that lists the projects in use. */
  readonly activeProjects: () => ActiveProjectsRpc;
  /** The figures of any project, for monitors. */
  readonly meterOf: (project: ProjectId) => MeterRpc;
  /** A stub of a queue for the health report, in a project that no client can name. */
  readonly healthQueueStub: (name: QueueName, region: Region) => QueueRpc;
}

export interface ProjectContext extends Context {
  readonly project: ProjectId;
  /** A fresh stub of the project's object. */
  readonly stub: () => ProjectRpc;
  /** A fresh stub of the object with the figures of the project. */
  readonly meter: () => MeterRpc;
  /** A fresh stub of a queue or topic of the project. Refuses a name outside of the principal's queue prefix. */
  readonly placeStub: (place: Place) => QueueRpc;
}

/** Each attempt makes a new stub, because one that has failed may stay broken. */
export interface PlaceContext<P extends Place = Place> extends Context {
  readonly project: ProjectId;
  readonly place: P;
  /** A new stub of the place's object. `seconds`: the duration of a call that waits. */
  readonly stub: (seconds?: number) => QueueRpc;
  /** A new stub of the object with the figures of the project. */
  readonly meter: () => MeterRpc;
  /** A new stub of the DeliveryObject of one of its subscriptions. */
  readonly deliveryStub: (subscription: SubscriptionId) => DeliveryRpc;
  /** The placement of the place, and the pools for it; null: pools are not in use. */
  readonly placementAccess: PlacementAccess | null;
  /** The quotas of the project. */
  readonly quotas: () => Promise<Quotas>;
}

/** The scope of operations that topics do not have. */
export type QueueContext = PlaceContext<Place<"queue">>;

/** The scope of operations on topics that have rules of their own. */
export type TopicContext = PlaceContext<Place<"topic">>;

/** Refuses a principal that does not pass the rule. An operation calls it for a rule in addition to its own. */
export function requireRule({ principal, config }: Context, rule: Rule | null): void {
  if (rule === null || isAllowed(principal, rule, config.policyRules)) return;
  throw new Refusal({ kind: "not-authorized" });
}

/**
 * Refuses a name outside of the principal's queue prefix. An operation calls it for a second queue, such as a dead-letter queue.
 */
export function requireCovered({ principal }: Pick<Context, "principal">, queue: string): void {
  if (!coversQueue(principal, queue)) throw new Refusal({ kind: "not-authorized" });
}

/** The principal's project. Refuses a principal without one. */
export function projectOf({ project }: Principal): ProjectId {
  if (project === null) throw new Refusal({ kind: "not-authorized" });
  return project;
}

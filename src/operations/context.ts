/**
 * What an operation gets, by its scope: the whole service, a project, or a place. A context leads to no other objects than those
 * of its scope. Only `admission.ts` makes one, after the checks.
 */
import { coversQueue, isAllowed, type Principal, type Rule } from "../auth/policy.ts";
import type { UrlSigner } from "../auth/signed-url.ts";
import type { Config } from "../config/config.ts";
import type { ProjectId, QueueName, SubscriptionId, TrustId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import type { Quotas } from "../domain/quota.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Result } from "../domain/result.ts";
import type { EpochMs } from "../domain/time.ts";
import type { DeliveryRpc } from "../objects/rpc/delivery.ts";
import type { PoolsRpc } from "../objects/rpc/pools.ts";
import type { ProjectRpc } from "../objects/rpc/project.ts";
import type { QueueRpc } from "../objects/rpc/queue.ts";
import type { RequestEvent } from "../telemetry/event.ts";
import type { ProjectLimits } from "./project-limits.ts";

/** What every scope has: the caller, and all dependencies but the objects. One per request. */
export interface Context {
  readonly principal: Principal;
  readonly config: Config;
  readonly projectLimits: ProjectLimits;
  readonly signer: UrlSigner;
  /**
   * Makes a trust of Keystone, by which the service acts for the caller until then; null where that is impossible. Throws when
   * Keystone cannot be asked.
   */
  readonly entrust: ((until: EpochMs) => Promise<Result<TrustId, "not-authorized">>) | null;
  readonly event: RequestEvent;
  readonly clock: () => EpochMs;
  /** Lets work outlive the request. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Of operations that concern the service, or a project other than the caller's. */
export interface ServiceContext extends Context {
  /** The caller's own project (null), or for an operator any. Refuses every other. */
  readonly reach: (asked: ProjectId | null) => ProjectContext;
  /** A queue or topic of the caller's own project that an operation names beside its project. Refuses as an admission does. */
  readonly reachPlace: (place: Place) => PlaceContext;
  /** A fresh stub of the object that has the pools, and the flavors of all projects. */
  readonly pools: () => PoolsRpc;
  /** A stub of a queue for the health report, in a project that no client can name. */
  readonly trialStub: (name: QueueName) => QueueRpc;
}

export interface ProjectContext extends Context {
  readonly project: ProjectId;
  /** A fresh stub of the project's object. */
  readonly stub: () => ProjectRpc;
}

/** Stubs are made anew for each attempt: one that has failed may be broken permanently. */
export interface PlaceContext<P extends Place = Place> extends Context {
  readonly project: ProjectId;
  readonly place: P;
  /** A fresh stub of the place's object. `seconds`: how long the call may take, for calls that wait. */
  readonly stub: (seconds?: number) => QueueRpc;
  /** A fresh stub of the DeliveryObject of one of its subscriptions. */
  readonly deliveryStub: (subscription: SubscriptionId) => DeliveryRpc;
  /** The quotas of the project. */
  readonly quotas: () => Promise<Quotas>;
}

/** Of operations that topics do not have. */
export type QueueContext = PlaceContext<Place<"queue">>;

/** Refuses a principal that does not pass the rule. An operation calls it for a second rule beside its own. */
export function requireRule({ principal, config }: Context, rule: Rule | null): void {
  if (rule === null || isAllowed(principal, rule, config.policyRules)) return;
  throw new Refusal({ kind: "not-authorized" });
}

/** Refuses a name outside of the principal's prefix. An operation calls it for a second queue, whose name it tells the first. */
export function requireCovered({ principal }: Pick<Context, "principal">, queue: string): void {
  if (!coversQueue(principal, queue)) throw new Refusal({ kind: "not-authorized" });
}

/** The principal's project. Refuses a principal without one. */
export function projectOf({ project }: Principal): ProjectId {
  if (project === null) throw new Refusal({ kind: "not-authorized" });
  return project;
}

/**
 * Admission: the only access of callers to operations, and through them to the objects, for every transport. A transport makes a
 * Caller from a request or frame, gets the door of the request's scope, and has an operation admitted there before it reads the
 * body. It then has a function that performs this operation in this scope, and nothing else.
 */
import { isOperator } from "../auth/policy.ts";
import { isProjectId, toProjectId, type ProjectId } from "../domain/id.ts";
import { queueNamed, type Place } from "../domain/place.ts";
import type { QuotaName, Quotas } from "../domain/quota.ts";
import { Refusal } from "../domain/refusal.ts";
import { toObjects, type MeteredAccess, type Objects } from "../objects/rpc/stubs.ts";
import { logEvent } from "../telemetry/event.ts";
import {
  projectOf,
  requireCovered,
  requireRule,
  type Context,
  type PlaceContext,
  type ProjectContext,
  type ServiceContext,
} from "./context.ts";
import { perform, type Operation } from "./operation.ts";

export type { ObjectAccess, ObjectBindings, WakeGate } from "../objects/rpc/stubs.ts";

/** Performs the admitted operation. Throws only Refusals. */
export type Perform<Input, Output> = (input: Input) => Promise<Output>;

/** The sender of a request or frame, before any check of what it may do. */
export class Caller {
  private readonly context: Context;
  private readonly objects: Objects;

  constructor(context: Context, objects: Objects) {
    this.context = context;
    this.objects = objects;
  }

  serviceDoor(): Door<ServiceContext> {
    const { context, objects } = this;
    return new Door(context, objects, () => serviceContext(context, objects));
  }

  /** The door of the caller's project. Refuses a caller without one. */
  projectDoor(): Door<ProjectContext> {
    const { context, objects } = this;
    const project = projectOf(context.principal);
    return new Door(context, objects, () => projectContext(context, objects, project));
  }

  /** The door of a queue or topic of the caller's project. Refuses a caller without a project. */
  placeDoor<P extends Place>(place: P): Door<PlaceContext<P>> {
    const { context, objects } = this;
    const project = projectOf(context.principal);
    return new Door(context, objects, () => placeContext(context, objects, { project, place }));
  }
}

/** Makes a Caller. Transports have the bindings of the objects, but make no stubs themselves. */
export function toCaller(context: Context, { bindings, gate, ...access }: MeteredAccess): Caller {
  const { clock, waitUntil } = context;
  return new Caller(context, toObjects(bindings, gate, { ...access, clock, waitUntil }));
}

const REQUESTS_QUOTA: QuotaName = "requests_per_second";
/** Retry-After on a full disk, in seconds. */
const DISK_RETRY_AFTER = 10;

/** Admits a caller to the operations of one scope. */
export class Door<Scope extends Context> {
  private readonly context: Context;
  private readonly objects: Objects;
  private readonly makeScope: () => Scope;

  /** `makeScope` makes the context of the scope. It refuses a principal that has no access to the scope. */
  constructor(context: Context, objects: Objects, makeScope: () => Scope) {
    this.context = context;
    this.objects = objects;
    this.makeScope = makeScope;
  }

  /** Admits or refuses, before the body is read. The order of the checks: policy, queue prefix, disk space, request rate. */
  async admit<Input, Output>(operation: Operation<Scope, Input, Output>): Promise<Perform<Input, Output>> {
    const { context, objects } = this;
    context.event.operation = operation.name;
    requireRule(context, operation.policy);
    const scope = this.makeScope();
    if (operation.needsDiskSpace === true && (await objects.isDiskLow())) {
      throw new Refusal({ kind: "disk-full", retryAfter: DISK_RETRY_AFTER });
    }
    const { project } = context.principal;
    if (project !== null) {
      const quotas = await quotasOf(context, objects, project);
      const retryAfter = context.projectLimits.take(project, quotas, context.clock());
      const limit = quotas.requests_per_second;
      if (retryAfter > 0) {
        logEvent("quota.exceeded", context.event, { quota: REQUESTS_QUOTA, limit });
        throw new Refusal({ kind: "requests-too-many", limit, retryAfter });
      }
    }
    return (input) => perform(scope, operation, input);
  }
}

function quotasOf({ projectLimits, clock, waitUntil }: Context, objects: Objects, project: ProjectId): Promise<Quotas> {
  return projectLimits.quotasOf(project, async () => objects.project(project).quotas(), { now: clock, waitUntil });
}

/** Refuses a name outside of the principal's queue prefix, so that there is no context of such a place. */
function placeContext<P extends Place>(
  context: Context,
  objects: Objects,
  { project, place }: { readonly project: ProjectId; readonly place: P },
): PlaceContext<P> {
  requireCovered(context, place.name);
  return {
    ...context,
    project,
    place,
    stub: (seconds = 0) => objects.place(project, place, seconds),
    meter: () => objects.meter(project),
    placementAccess: objects.placementAccess(project, place),
    deliveryStub: (subscription) => objects.delivery(project, place, subscription),
    quotas: () => quotasOf(context, objects, project),
  };
}

function projectContext(context: Context, objects: Objects, project: ProjectId): ProjectContext {
  return {
    ...context,
    project,
    stub: () => objects.project(project),
    meter: () => objects.meter(project),
    placeStub: (place) => placeContext(context, objects, { project, place }).stub(),
  };
}

/** No header can contain a line break, so no client can have this project. */
const HEALTH_PROJECT = toProjectId("\nhealth");

function serviceContext(context: Context, objects: Objects): ServiceContext {
  const { principal } = context;
  return {
    ...context,
    forProject: (requested) => projectContext(context, objects, allowedProject(principal, requested)),
    forPlace: (place) => placeContext(context, objects, { project: projectOf(principal), place }),
    pools: () => objects.pools(),
    activeProjects: () => objects.activeProjects(),
    meterOf: (project) => objects.meter(checkedProject(project)),
    healthQueueStub: (name, region) => objects.placeIn(region, HEALTH_PROJECT, queueNamed(name)),
  };
}

function allowedProject(principal: Context["principal"], requested: ProjectId | null): ProjectId {
  const project = requested ?? principal.project;
  if (project === null) {
    const reason = "This credential belongs to no project: name one, as `project_id` or at the end of the path.";
    throw new Refusal({ kind: "request-invalid", reason });
  }
  if (project !== principal.project && !isOperator(principal)) throw new Refusal({ kind: "not-authorized" });
  return checkedProject(project);
}

function checkedProject(project: ProjectId): ProjectId {
  if (!isProjectId(project)) {
    const reason = "`project_id` must be a text of 256 characters at most, without line breaks.";
    throw new Refusal({ kind: "request-invalid", reason });
  }
  return project;
}

/**
 * The answers of objects that have never existed, so that a read of a missing object does not create its database
 * (wake-gate.ts). They repeat the code of the objects; test/objects/missing.test.ts compares both. A method that is absent here
 * is called on the object itself.
 */
import type { Config } from "../../config/config.ts";
import { checkNewClaim, checkRenewal } from "../../domain/claim.ts";
import { placeNotFound, type CreationFailure, type PlaceNotFound } from "../../domain/failure.ts";
import type { ProjectId } from "../../domain/id.ts";
import { EMPTY_OBJECT, membersOf } from "../../domain/json.ts";
import type { Place } from "../../domain/place.ts";
import { noMetrics } from "../../domain/metrics.ts";
import { noOverview } from "../../domain/overview.ts";
import { noSeries } from "../../domain/series.ts";
import { checkMetadata } from "../../domain/queue-metadata.ts";
import type { Quotas } from "../../domain/quota.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { checkSubscriptionChanges } from "../../domain/subscription.ts";
import { toEpochMs } from "../../domain/time.ts";
import { checkCreation } from "../creation.ts";
import type { DeliveryRpc } from "./delivery.ts";
import type { MeterRpc } from "./meter.ts";
import type { ProjectRpc } from "./project.ts";
import { MISSING, type QueueRpc } from "./queue.ts";
import type { Refused } from "./wake-gate.ts";

/**
 * All methods but those that create the queue or wait for messages, and those that only its own DeliveryObjects, or Workers that
 * know it as spread, call.
 */
type MissingPlace = Omit<
  QueueRpc,
  | "callIfHere"
  | "create"
  | "post"
  | "subscribe"
  | "adopt"
  | "awaitMessages"
  | "noteWait"
  | "disableSubscription"
  | "find"
  | "spreadView"
>;

/** The size of an empty SQLite database: one page. */
const EMPTY_DATABASE_BYTES = 4096;

/** The answers of a missing queue or topic. `leave` removes it from the project's index, where damage may have left it. */
export function missingPlace(
  project: ProjectId,
  place: Place,
  config: Config,
  leave: () => Promise<void>,
): MissingPlace {
  const noQueue = async (): Promise<Result<never, PlaceNotFound>> => err(placeNotFound(project, place));
  const noSubscription = async ({ id }: { readonly id: string }): Promise<Result<never, "subscription-not-found">> =>
    err({ kind: "subscription-not-found", subscription: id });
  return {
    metadata: async () => EMPTY_OBJECT,
    patch: noQueue,
    depart: noQueue,
    remove: () => leave().then(unchanged),
    stats: async () => ({ exists: false, claimed: 0, free: 0, oldest: null, newest: null }),
    usage: async () => ({ messages: 0, subscriptions: 0, bytes: EMPTY_DATABASE_BYTES }),
    purge: unchanged,
    list: async () => ({ messages: [], next: null, isDelayed: false, exists: false }),
    get: none,
    delete: missing,
    deleteMany: done,
    pop: none,
    claim: async (request) => {
      const checked = checkNewClaim(request, config.limits);
      return checked.ok ? ok(null) : checked;
    },
    consumers: none,
    // A fresh object has some, but they say nothing.
    figures: async () => ({}),
    getClaim: absent,
    renew: async ({ claim, ...request }) => {
      const checked = checkRenewal(request, config.limits);
      return checked.ok ? err({ kind: "claim-not-found", claim, queue: place.name, project }) : checked;
    },
    settle: missing,
    release: nothing,
    withdraw: nothing,
    endWaits: nothing,
    signingGeneration: absent,
    redrive: absent,
    startRedrive: async () => err({ kind: "queue-not-found", queue: place.name, project }),
    cancelRedrive: unchanged,
    subscriptions: none,
    subscription: absent,
    isSubscribed: async () => false,
    updateSubscription: async ({ id, document }) => {
      const rules = { id, kinds: config.subscriberTypes, defaultTtl: config.defaultSubscriptionTtl };
      const checked = checkSubscriptionChanges(membersOf(document), rules, toEpochMs(Date.now()));
      return checked.ok ? noSubscription({ id }) : checked;
    },
    confirmSubscription: noSubscription,
    unsubscribe: nothing,
    unsubscribeConnection: nothing,
    unsubscribeAll: nothing,
    announce: noSubscription,
    testSubscription: noSubscription,
    renewSecret: noSubscription,
  };
}

/** The refusals of requests that would create a queue or topic but may not. They create no object. */
export function refusedPlace(
  place: Place,
  config: Config,
  project: Pick<ProjectRpc, "admitsQueue">,
): Refused<QueueRpc> {
  const refuse = async ({ quotas }: { readonly quotas: Quotas }): Promise<Result<never, CreationFailure> | null> => {
    const failure = await checkCreation(place, quotas, project);
    return failure === null ? null : err(failure);
  };
  return {
    create: async (request) => {
      const canEncrypt = config.messageEncryptionKey !== null;
      const context = { kind: place.kind, document: "put", limits: config.limits, canEncrypt } as const;
      const failure = checkMetadata(membersOf(request.metadata), context);
      return failure === null ? refuse(request) : err(failure);
    },
    post: refuse,
    subscribe: refuse,
  };
}

export const MISSING_PROJECT: Omit<
  ProjectRpc,
  "enter" | "admitsQueue" | "releaseQueue" | "createKey" | "setQuotas" | "settle" | "assign"
> = {
  list: async ({ withCount }) => ({ entries: [], count: withCount ? 0 : null }),
  index: async () => ({ places: [], isWhole: true }),
  has: async () => false,
  placement: absent,
  vacate: nothing,
  leave: nothing,
  count: async () => 0,
  quotas: async () => ({}),
  useKey: absent,
  key: absent,
  keys: none,
  revokeKey: async () => false,
};

/** A project without figures. Begins and reports create the meter. */
export const MISSING_METER: Pick<MeterRpc, "overview" | "series" | "metrics"> = {
  overview: async () => noOverview(toEpochMs(Date.now())),
  series: async (request) => noSeries(request),
  metrics: async () => noMetrics(toEpochMs(Date.now())),
};

export const MISSING_DELIVERY: Pick<DeliveryRpc, "report" | "redeliver" | "redeliverSome" | "undelivered"> = {
  report: async () => ({
    delivered: 0,
    failed: 0,
    pending: 0,
    redeliverable: 0,
    nextAttemptAt: null,
    attempts: [],
  }),
  redeliver: async () => 0,
  redeliverSome: async () => 0,
  undelivered: none,
};

async function nothing(): Promise<void> {
  // A missing object has nothing to change.
}

async function unchanged(): Promise<false> {
  return false;
}

async function none(): Promise<readonly never[]> {
  return [];
}

async function absent(): Promise<null> {
  return null;
}

async function done(): Promise<Result<null, never>> {
  return ok(null);
}

async function missing(): Promise<typeof MISSING> {
  return MISSING;
}

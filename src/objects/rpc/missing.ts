/**
 * What objects answer that never were: nothing is there. Said here as well, so that a request which only asks need not
 * bring one into being (wake-gate.ts); test/objects/missing.test.ts asks both. What is not said here is asked of the
 * object.
 */
import type { Config } from "../../config/config.ts";
import { checkNewClaim, checkRenewal } from "../../domain/claim.ts";
import type { Failure } from "../../domain/failure.ts";
import type { ProjectId } from "../../domain/id.ts";
import { EMPTY_OBJECT, membersOf } from "../../domain/json.ts";
import type { Place } from "../../domain/place.ts";
import { checkMetadata } from "../../domain/queue.ts";
import type { Quotas } from "../../domain/quota.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { checkSubscriptionChanges } from "../../domain/subscription.ts";
import { toEpochMs } from "../../domain/time.ts";
import { checkCreation } from "../creation.ts";
import type { DeliveryRpc } from "./delivery.ts";
import type { ProjectRpc, QueueRpc } from "./queue.ts";
import type { Refused } from "./wake-gate.ts";

/** All that is asked of a queue or topic but what makes it, what waits for that, and what only its subscriptions tell it. */
type MissingPlace = Omit<QueueRpc, "create" | "post" | "subscribe" | "adopt" | "awaitMessages" | "disableSubscription">;

/** What SQLite makes of a database that holds nothing: one page. */
const EMPTY_DATABASE_BYTES = 4096;

/** Of a queue or topic. `leave`: takes it out of the project's index, where a damaged folder may have left it. */
export function missingPlace(
  project: ProjectId,
  place: Place,
  config: Config,
  leave: () => Promise<void>,
): MissingPlace {
  const noQueue = async (): Promise<Result<never>> => err(notFound(project, place));
  const noSubscription = async ({ id }: { readonly id: string }): Promise<Result<never>> =>
    err({ kind: "subscription-not-found", subscription: id });
  return {
    metadata: async () => EMPTY_OBJECT,
    patch: noQueue,
    remove: leave,
    stats: async () => ({ exists: false, claimed: 0, free: 0, oldest: null, newest: null }),
    usage: async () => ({ messages: 0, subscriptions: 0, bytes: EMPTY_DATABASE_BYTES }),
    purge: nothing,
    list: async () => ({ messages: [], next: null, isDelayed: false }),
    get: none,
    delete: done,
    deleteMany: done,
    pop: none,
    claim: async (request) => {
      const checked = checkNewClaim(request, config.limits);
      return checked.ok ? ok(null) : checked;
    },
    getClaim: absent,
    renew: async ({ claim, ...request }) => {
      const checked = checkRenewal(request, config.limits);
      return checked.ok ? err({ kind: "claim-not-found", claim, queue: place.name, project }) : checked;
    },
    release: nothing,
    withdraw: nothing,
    endWaits: nothing,
    signingGeneration: absent,
    redrive: absent,
    startRedrive: async () => err({ kind: "queue-not-found", queue: place.name, project }),
    cancelRedrive: nothing,
    subscriptions: none,
    subscription: absent,
    isSubscribed: async () => false,
    updateSubscription: async ({ id, document }) => {
      const rules = { id, kinds: config.subscriberKinds, defaultTtl: config.defaultSubscriptionTtl };
      const checked = checkSubscriptionChanges(membersOf(document), rules, toEpochMs(Date.now()));
      return checked.ok ? noSubscription({ id }) : checked;
    },
    confirmSubscription: noSubscription,
    unsubscribe: nothing,
    unsubscribeAll: nothing,
    announce: noSubscription,
    renewSecret: noSubscription,
  };
}

/** What is answered to whoever would create a queue or topic and may not: no object is brought into being to say so. */
export function refusedPlace(
  place: Place,
  config: Config,
  project: Pick<ProjectRpc, "admitsQueue">,
): Refused<QueueRpc> {
  const refuse = async ({ quotas }: { readonly quotas: Quotas }): Promise<Result<never> | null> => {
    const failure = await checkCreation(place, quotas, project);
    return failure === null ? null : err(failure);
  };
  return {
    create: async (request) => {
      const canEncrypt = config.messageEncryptionKey !== null;
      const context = { document: "put", limits: config.limits, canEncrypt } as const;
      const failure = checkMetadata(membersOf(request.metadata), context);
      return failure === null ? refuse(request) : err(failure);
    },
    post: refuse,
    subscribe: refuse,
  };
}

export const MISSING_PROJECT: Omit<ProjectRpc, "enter" | "admitsQueue" | "releaseQueue" | "createKey" | "setQuotas"> = {
  list: async ({ withCount }) => ({ entries: [], count: withCount ? 0 : null }),
  has: async () => false,
  leave: nothing,
  count: async () => 0,
  quotas: async () => ({}),
  useKey: absent,
  key: absent,
  keys: none,
  revokeKey: async () => false,
};

export const MISSING_DELIVERY: Pick<DeliveryRpc, "report" | "redeliver"> = {
  report: async () => ({
    delivered: 0,
    failed: 0,
    pending: 0,
    redeliverable: 0,
    nextAttemptAt: null,
    attempts: [],
  }),
  redeliver: async () => 0,
};

async function nothing(): Promise<void> {
  // Nothing is there that it could change.
}

async function none(): Promise<readonly never[]> {
  return [];
}

async function absent(): Promise<null> {
  return null;
}

async function done(): Promise<Result<null>> {
  return ok(null);
}

function notFound(project: ProjectId, { kind, name }: Place): Failure {
  return kind === "topic"
    ? { kind: "topic-not-found", topic: name, project }
    : { kind: "queue-not-found", queue: name, project };
}

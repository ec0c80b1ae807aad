/**
 * The arithmetic of leases. A claim is a lease over messages. Its ttl is the duration of the lease. Its grace extends the
 * life of messages that would expire before the lease ends. Upstream: zaqar/transport/wsgi/v2_0/claims.py.
 */
import type { FailureOf } from "./failure.ts";
import type { ClientId, ClaimId } from "./id.ts";
import { CLAIM_GRACE_MIN, CLAIM_TTL_MIN, checkRange, PAGE_DEFAULT, type Limits } from "./limits.ts";
import type { Detailed } from "./details.ts";
import type { Message } from "./message.ts";
import { err, ok, type Result } from "./result.ts";
import { after, toSeconds, type EpochMs, type Seconds } from "./time.ts";

export interface Lease {
  readonly ttl: Seconds;
  readonly grace: Seconds;
}

/** The lease that a client asks for. null: the service's default applies, in a renewal too. */
export interface LeaseRequest {
  readonly ttl: number | null;
  readonly grace: number | null;
}

/** Absent: a Worker of an older version does not say who claims. */
export interface ClaimedBy {
  readonly client?: ClientId;
}

/** The clients of whom the holdings are told. */
const HOLDINGS_MAX = 100;

/** The live claims of one client of a queue. */
export interface Holding {
  /** null: claims of a version that did not store their clients. */
  readonly client: ClientId | null;
  readonly claims: number;
  readonly messages: number;
}

/** Of each client, those with most messages first. */
export function joinHoldings(holdings: readonly (readonly Holding[])[]): readonly Holding[] {
  const joined = new Map<ClientId | null, Holding>();
  for (const { client, claims, messages } of holdings.flat()) {
    const former = joined.get(client) ?? { claims: 0, messages: 0 };
    joined.set(client, { client, claims: former.claims + claims, messages: former.messages + messages });
  }
  return [...joined.values()].toSorted((one, other) => other.messages - one.messages).slice(0, HOLDINGS_MAX);
}

/** The request for a new claim. */
export interface NewClaim extends LeaseRequest, Detailed {
  /** null: the default. */
  readonly limit: number | null;
}

/**
 * The lease and the maximum number of messages of a new claim. Checked in upstream's order: ttl, limit, grace.
 */
export function checkNewClaim(
  request: NewClaim,
  limits: Limits,
): Result<{ readonly lease: Lease; readonly limit: number }, "out-of-range"> {
  const lease = withDefaults(request, limits);
  const limit = request.limit ?? PAGE_DEFAULT;
  const failure =
    checkTtl(lease, limits) ??
    checkRange("limit", limit, { min: 1, max: limits.maxMessagesPerClaimOrPop }) ??
    checkRange("claim grace", lease.grace, { min: CLAIM_GRACE_MIN, max: limits.maxClaimGrace });
  return failure === null ? ok({ lease, limit }) : err(failure);
}

/**
 * The lease of a renewed claim.
 * Upstream quirk: the grace of a renewal has no range. Here it is clamped to GRACE_STORABLE_MAX, so that the arithmetic stays
 * exact.
 */
export function checkRenewal(request: LeaseRequest, limits: Limits): Result<Lease, "out-of-range"> {
  const lease = withDefaults(request, limits);
  const failure = checkTtl(lease, limits);
  if (failure !== null) return err(failure);
  return ok({ ttl: lease.ttl, grace: toSeconds(Math.min(Math.max(lease.grace, 0), GRACE_STORABLE_MAX)) });
}

/** Seconds: a thousand years. Instants in milliseconds stay exact integers with it. */
const GRACE_STORABLE_MAX = 31_536_000_000;

/** The life of a message: the ttl that clients see, and the instant of its expiry. */
export interface Life {
  readonly ttl: Seconds;
  readonly expiresAt: EpochMs;
}

/** The life of a message before a claim extended it. */
export interface EarlierLife {
  /** The message's number in its queue's log. */
  readonly sequence: number;
  /** null: the life that its segment states. */
  readonly life: Life | null;
}

/** The data that withdrawing a claim needs: undoing a claim whose answer did not reach its client. */
export interface ClaimUndo {
  readonly claimedAt: EpochMs;
  /** The earlier lives of the messages whose lives the claim extended. */
  readonly former: readonly EarlierLife[];
}

/** A new claim. */
export interface Claimed {
  readonly claim: ClaimId;
  readonly messages: readonly Message[];
  /** Present if it was requested. */
  readonly undo?: ClaimUndo;
}

/** A live claim with its messages. */
export interface ClaimView extends Claimed {
  readonly lease: Lease;
  /** Seconds since the creation or the last renewal. */
  readonly age: Seconds;
}

/**
 * The extended life of a message that would expire before the claim ends: until the claim's end plus the grace, with ttl +
 * grace as the ttl that clients see. null: the message outlives the claim, so its life stays, even if it ends within the
 * grace.
 */
export function extendLife(life: Life, lease: Lease, claimedAt: EpochMs): Life | null {
  const claimEnds = after(claimedAt, lease.ttl);
  if (life.expiresAt >= claimEnds) return null;
  return { ttl: toSeconds(lease.ttl + lease.grace), expiresAt: after(claimEnds, lease.grace) };
}

function withDefaults(request: LeaseRequest, limits: Limits): Lease {
  return {
    ttl: toSeconds(request.ttl ?? limits.defaultClaimTtl),
    grace: toSeconds(request.grace ?? limits.defaultClaimGrace),
  };
}

function checkTtl(lease: Lease, limits: Limits): FailureOf<"out-of-range"> | null {
  return checkRange("claim ttl", lease.ttl, { min: CLAIM_TTL_MIN, max: limits.maxClaimTtl });
}

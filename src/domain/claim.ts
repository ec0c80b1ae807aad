/**
 * The lease arithmetic (core contract 5). A claim is a lease over messages: its ttl bounds the lease, its grace is added
 * to the life of a message that would otherwise end inside it.
 */
import type { Failure } from "./failure.ts";
import { CLAIM_GRACE_MIN, CLAIM_TTL_MIN, checkRange, PAGE_DEFAULT, type Limits } from "./limits.ts";
import { err, ok, type Result } from "./result.ts";
import { after, toSeconds, type EpochMs, type Seconds } from "./time.ts";

export interface Lease {
  readonly ttl: Seconds;
  readonly grace: Seconds;
}

/** What a client asked for; absent fields take the service's defaults, also on renewal. */
export interface LeaseRequest {
  readonly ttl: number | null;
  readonly grace: number | null;
}

/** The lease and size of a new claim. Upstream's order of checks: ttl, limit, grace. */
export function checkNewClaim(
  request: LeaseRequest & { readonly limit: number | null },
  limits: Limits,
): Result<{ readonly lease: Lease; readonly limit: number }> {
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
 * Upstream quirk: a renewal's grace has no range. Ours only bounds it to what arithmetic on dates can hold.
 */
export function checkRenewal(request: LeaseRequest, limits: Limits): Result<Lease> {
  const lease = withDefaults(request, limits);
  const failure = checkTtl(lease, limits);
  if (failure !== null) return err(failure);
  return ok({ ttl: lease.ttl, grace: toSeconds(Math.min(Math.max(lease.grace, 0), GRACE_STORABLE_MAX)) });
}

/** A thousand years: far beyond any use, small enough that every instant stays an exact integer of milliseconds. */
const GRACE_STORABLE_MAX = 31_536_000_000;

/** How long a message lives: its ttl as shown, and the instant it ends. */
export interface Life {
  readonly ttl: Seconds;
  readonly expiresAt: EpochMs;
}

/** The life of a message before a claim let it live on; null: as long as its segment. */
export interface FormerLife {
  /** The message's number in its queue's log. */
  readonly sequence: number;
  readonly life: Life | null;
}

/** What it takes to withdraw a claim that nobody has heard of: to make it as if it had never been. */
export interface Undo {
  readonly claimedAt: EpochMs;
  /** Of the messages that it lets live on. */
  readonly former: readonly FormerLife[];
}

/**
 * A message whose life would end before the claim does lives on to the claim's end plus the grace, and shows
 * ttl + grace as its ttl. A message that outlives the claim is left alone, even if not by the whole grace (5.4).
 * Returns null when nothing changes.
 */
export function stretchLife(life: Life, lease: Lease, claimedAt: EpochMs): Life | null {
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

function checkTtl(lease: Lease, limits: Limits): Failure | null {
  return checkRange("claim ttl", lease.ttl, { min: CLAIM_TTL_MIN, max: limits.maxClaimTtl });
}

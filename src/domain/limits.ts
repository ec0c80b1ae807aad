/**
 * The limits and defaults of the API, named after upstream's options (zaqar/conf/transport.py). Durations are in whole
 * seconds, sizes in bytes, pages in entries. `config/limits.ts` has the setting of each.
 */
import type { FailureOf, Quantity } from "./failure.ts";

export interface Limits {
  readonly defaultMessageTtl: number;
  readonly defaultMessageDelay: number;
  readonly defaultClaimTtl: number;
  readonly defaultClaimGrace: number;
  readonly maxQueuesPerPage: number;
  readonly maxMessagesPerPage: number;
  readonly maxMessagesPerClaimOrPop: number;
  readonly maxQueueMetadata: number;
  readonly maxMessagesPostSize: number;
  readonly maxMessageTtl: number;
  readonly maxMessageDelay: number;
  readonly maxClaimTtl: number;
  readonly maxClaimGrace: number;
  readonly minLengthClientId: number;
  readonly maxLengthClientId: number;
  /** Ours: the maximum number of messages of one queue under live claims. It limits the memory of the queue's object. */
  readonly maxClaimedMessages: number;
  /** Ours: the maximum of `Prefer: wait=N`, seconds. */
  readonly maxClaimWait: number;
  /** Ours: the maximum number of waiting claim requests of one queue. */
  readonly maxWaitingClaims: number;
  /** Ours: the maximum number of waiting claim requests of one project at one Worker, or `UNLIMITED`. */
  readonly maxWaitingClaimsPerProject: number;
  /** Ours: the delay of the last byte of an answer to a claim that has waited, milliseconds (http/last-byte.ts). */
  readonly claimAnswerPause: number;
  /** Ours: how long an Idempotency-Key is stored, seconds. */
  readonly idempotencyWindow: number;
}

/** Seconds. Upstream hard-codes these minima. */
export const MESSAGE_TTL_MIN = 60;
export const CLAIM_TTL_MIN = 60;
export const CLAIM_GRACE_MIN = 60;

/** The size of a page or claim without a `limit`. Upstream: zaqar/storage/base.py. */
export const PAGE_DEFAULT = 10;

/** `out-of-range` for a quantity outside its bounds, which are included; else null. */
export function checkRange(
  quantity: Quantity,
  value: number,
  bounds: { readonly min: number; readonly max: number },
): FailureOf<"out-of-range"> | null {
  if (value >= bounds.min && value <= bounds.max) return null;
  return { kind: "out-of-range", quantity, min: bounds.min, max: bounds.max, got: value };
}

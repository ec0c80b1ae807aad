/**
 * Every bound and default of the API, named as upstream's option (core contract 1.9). Durations are whole seconds,
 * sizes bytes, pages counts. `config.ts` fills a Limits from the settings; nothing else invents a number.
 */
import type { Failure, Quantity } from "./failure.ts";

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
  /** Ours: messages of one queue under live claims at one time; bounds an object's memory. */
  readonly maxClaimedMessages: number;
  /** Ours: the longest `Prefer: wait=N` that is honoured, seconds. */
  readonly maxClaimWait: number;
  /** Ours: claim requests of one queue that wait at one time. */
  readonly maxWaitingClaims: number;
  /** Ours: those of one project, at one Worker; `UNLIMITED`: any number. */
  readonly maxWaitingClaimsPerProject: number;
  /** Ours: how long the last byte of an answer to a claim that waited is held back, milliseconds. */
  readonly claimAnswerPause: number;
  /** Ours: how long an Idempotency-Key is remembered, seconds. */
  readonly idempotencyWindow: number;
}

/** Upstream hard-codes these minima (seconds). */
export const MESSAGE_TTL_MIN = 60;
export const CLAIM_TTL_MIN = 60;
export const CLAIM_GRACE_MIN = 60;

/** Unstated page and claim sizes are 10, not the maximum. */
export const PAGE_DEFAULT = 10;

/** The failure of a quantity outside its bounds, or null. */
export function checkRange(
  quantity: Quantity,
  value: number,
  bounds: { readonly min: number; readonly max: number },
): Failure | null {
  if (value >= bounds.min && value <= bounds.max) return null;
  return { kind: "out-of-range", quantity, min: bounds.min, max: bounds.max, got: value };
}

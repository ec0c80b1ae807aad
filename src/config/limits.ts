/** The limits of the API: the defaults and maxima of requests. */
import type { Limits } from "../domain/limits.ts";
import { bytes, characters, count, milliseconds, seconds, variableOf, YEAR, type Setting } from "./setting.ts";

/**
 * A message must fit into a row of 2 MB, also when it is encrypted or all its characters have three bytes. That bounds
 * `maxMessagesPostSize`. The other maxima keep arithmetic exact, and answers within an object's memory.
 */
export const LIMIT_SETTINGS = {
  defaultMessageTtl: seconds({ default: 3600, range: { min: 60, max: YEAR * 100 } }),
  defaultMessageDelay: seconds({ default: 0, range: { min: 0, max: YEAR } }),
  defaultClaimTtl: seconds({ default: 300, range: { min: 60, max: YEAR } }),
  defaultClaimGrace: seconds({ default: 60, range: { min: 60, max: YEAR } }),
  maxQueuesPerPage: count({ default: 20, range: { min: 1, max: 1000 } }),
  maxMessagesPerPage: count({ default: 20, range: { min: 1, max: 1000 } }),
  maxMessagesPerClaimOrPop: count({ default: 20, range: { min: 1, max: 1000 } }),
  maxQueueMetadata: bytes({ default: 65_536, range: { min: 1, max: 524_288 } }),
  maxMessagesPostSize: bytes({ default: 262_144, range: { min: 1, max: 1_048_576 } }),
  maxMessageTtl: seconds({ default: 1_209_600, range: { min: 60, max: YEAR * 100 } }),
  maxMessageDelay: seconds({ default: 900, range: { min: 0, max: YEAR } }),
  maxClaimTtl: seconds({ default: 43_200, range: { min: 60, max: YEAR } }),
  maxClaimGrace: seconds({ default: 43_200, range: { min: 60, max: YEAR } }),
  maxClaimedMessages: count({ default: 120_000, range: { min: 1, max: 1_000_000 } }),
  maxClaimWait: seconds({ default: 20, range: { min: 0, max: 60 } }),
  maxWaitingClaims: count({ default: 1000, range: { min: 0, max: 10_000 } }),
  /** -1: any number. */
  maxWaitingClaimsPerProject: count({ default: -1, range: { min: -1, max: 1_000_000 } }),
  claimAnswerPause: milliseconds({ default: 2, range: { min: 0, max: 1000 } }),
  idempotencyWindow: seconds({ default: 86_400, range: { min: 60, max: YEAR } }),
  minLengthClientId: characters({ default: 10, range: { min: 1, max: 1000 } }),
  maxLengthClientId: characters({ default: 36, range: { min: 1, max: 1000 } }),
} satisfies Readonly<Record<keyof Limits, Setting<number>>>;

/** The first of each pair must not be greater than the second. */
const PAIRS = [
  ["defaultMessageTtl", "maxMessageTtl"],
  ["defaultMessageDelay", "maxMessageDelay"],
  ["defaultClaimTtl", "maxClaimTtl"],
  ["defaultClaimGrace", "maxClaimGrace"],
  ["minLengthClientId", "maxLengthClientId"],
  ["maxMessagesPerClaimOrPop", "maxClaimedMessages"],
] as const satisfies readonly (readonly [keyof Limits, keyof Limits])[];

export function assertOrder(limits: Limits): void {
  for (const [smaller, larger] of PAIRS) {
    if (limits[smaller] <= limits[larger]) continue;
    const bound = `it must not be greater than ${variableOf(larger)}, which is ${limits[larger]}`;
    throw new Error(`${variableOf(smaller)} is ${limits[smaller]}: ${bound}.`);
  }
}

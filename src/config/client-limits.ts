/** The limits that a client can meet. Each has the name of its setting in lower case. */
import { CLAIM_GRACE_MIN, CLAIM_TTL_MIN, MESSAGE_TTL_MIN, type Limits } from "../domain/limits.ts";
import type { Config } from "./config.ts";
import { variableOf } from "./setting.ts";

/** Upstream hard-codes these. */
const MINIMA = { min_message_ttl: MESSAGE_TTL_MIN, min_claim_ttl: CLAIM_TTL_MIN, min_claim_grace: CLAIM_GRACE_MIN };

/** Beside those of `Limits`. */
const FIELDS = [
  "defaultSubscriptionTtl",
  "maxSubscriptionsPerPage",
  "maxDeliveryConcurrency",
  "maxBodyWait",
  "maxBytesInFlight",
  "signedUrlTtlMax",
  "websocketMaxFrame",
  "websocketActionsPerSecond",
  "websocketConnectionsPerProject",
  "websocketReplyRate",
  "websocketPushRate",
  "websocketMaxUnheard",
  "websocketIdleMax",
] as const satisfies readonly (keyof Config)[];

/** Their effect is that of the service, not of a request. */
const HIDDEN: readonly (keyof Limits)[] = ["claimAnswerPause"];

/** -1 or null: no limit. */
export function clientLimits(config: Config): Readonly<Record<string, number | null>> {
  const hidden: readonly string[] = HIDDEN;
  const limits = Object.entries(config.limits).filter(([field]) => !hidden.includes(field));
  const others = FIELDS.map((field) => [field, config[field]] as const);
  const shown = [...limits, ...others].map(([field, value]) => [variableOf(field).toLowerCase(), value] as const);
  return { ...MINIMA, ...Object.fromEntries(shown) };
}

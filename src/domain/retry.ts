/**
 * The retry policy of notifications (`_retry_policy` in a queue's metadata or a subscription's options), and its delays. A
 * policy is validated before it is stored, so that deliveries can rely on it. Upstream: zaqar/notification/tasks/webhook.py.
 *
 *   first attempt ── N0 at once ── N1 x minimum ── one per back-off delay ── N2 x maximum ── given up
 */
import { EMPTY_OBJECT, isTruthy, membersOf, toInteger, toText, typeOf, type JsonText } from "./json.ts";
import { excerpt } from "./excerpt.ts";
import { toSeconds, type Seconds } from "./time.ts";

/** A complete policy: absent members have their defaults, and all values are within their bounds. */
export interface RetryPolicy {
  readonly retriesWithNoDelay: number;
  readonly minimumDelayRetries: number;
  readonly minimumDelay: Seconds;
  readonly maximumDelay: Seconds;
  readonly maximumDelayRetries: number;
  readonly backoff: Backoff;
}

export type Backoff = "linear" | "arithmetic" | "geometric" | "exponential";

const INTEGERS = [
  "retries_with_no_delay",
  "minimum_delay_retries",
  "minimum_delay",
  "maximum_delay",
  "maximum_delay_retries",
] as const;

/** The members that a policy may have. Others are ignored, as upstream. */
export const RETRY_POLICY_MEMBERS: ReadonlySet<string> = new Set([
  ...INTEGERS,
  "retry_backoff_function",
  "ignore_subscription_override",
]);

const BACKOFFS: readonly Backoff[] = ["linear", "arithmetic", "geometric", "exponential"];

/** The default number of retries of each phase. */
const RETRIES_DEFAULT = 3;
/** Seconds: the default delays. */
const MINIMUM_DELAY_DEFAULT = 5;
const MAXIMUM_DELAY_DEFAULT = 30;
/** Seconds: the minimum difference of the two delays, which the back-off functions need. */
const DELAY_SPREAD_MIN = 10;
/** Seconds, upstream's LINEAR_INTERVAL: all back-off functions divide the difference of the two delays by it. */
const BACKOFF_STEP = 5;

/**
 * Ours: upstream has no limits. A phase of 2^63 retries without delay would call a dead receiver for ever, and a delay of
 * 2^63 seconds would never end. Values outside the limits are replaced by the nearest limit.
 */
export const PHASE_RETRIES_MAX = 100;
/** Seconds: a day. */
export const RETRY_DELAY_MAX = 86_400;
/**
 * Back-off retries. Their delays grow by five seconds each, so the last retry comes after 29 days, later than the maximum
 * message ttl.
 */
export const BACKOFF_RETRIES_MAX = 1000;

/**
 * A sentence for the client about an invalid retry policy; null for a valid one. Falsy members of any type are valid, as
 * upstream.
 */
export function checkRetryPolicy(policy: JsonText): string | null {
  if (typeOf(policy) !== "object") return "retry_policy must be a dict.";
  const members = membersOf(policy);
  const given = (key: string): JsonText | null => {
    const value = members.get(key);
    return value === undefined || !isTruthy(value) ? null : value;
  };
  const backoff = given("retry_backoff_function");
  if (backoff !== null) {
    const name = toText(backoff);
    if (name === null) return "retry_backoff_function must be a string.";
    if (!BACKOFFS.some((known) => known === name)) {
      return `invalid retry_backoff_function. It must be one of ${BACKOFFS.join(", ")}, not "${excerpt(name)}".`;
    }
  }
  const override = given("ignore_subscription_override");
  if (override !== null && typeOf(override) !== "boolean") return "ignore_subscription_override must be a boolean.";
  for (const key of INTEGERS) {
    const value = given(key);
    if (value !== null && toInteger(value) === null) return `Retry policy: ${key} must be a integer.`;
  }
  const delay = (key: string, otherwise: number): number => {
    const value = members.get(key);
    return (value === undefined ? null : toInteger(value)) ?? otherwise;
  };
  const minimum = delay("minimum_delay", MINIMUM_DELAY_DEFAULT);
  const maximum = delay("maximum_delay", MAXIMUM_DELAY_DEFAULT);
  // Upstream's sentences, extended by the values.
  const defaults = `${MINIMUM_DELAY_DEFAULT} and ${MAXIMUM_DELAY_DEFAULT} unless stated`;
  const delays = `they are ${minimum} and ${maximum} (${defaults}).`;
  if (maximum < minimum) return `minimum_delay must less than maximum_delay. In seconds, ${delays}`;
  if (maximum - minimum < DELAY_SPREAD_MIN) {
    return `invalid minimum_delay and maximum_delay. There must be ${DELAY_SPREAD_MIN} seconds or more between them: ${delays}`;
  }
  return null;
}

/** The policy of a text that `checkRetryPolicy` has accepted. Falsy members other than 0 and false count as absent. */
export function toRetryPolicy(policy: JsonText): RetryPolicy {
  const members = membersOf(typeOf(policy) === "object" ? policy : EMPTY_OBJECT);
  const integer = (key: (typeof INTEGERS)[number], otherwise: number, max: number): number => {
    const value = members.get(key);
    const given = (value === undefined ? null : toInteger(value)) ?? otherwise;
    return Math.min(Math.max(given, 0), max);
  };
  const backoff = toText(members.get("retry_backoff_function") ?? EMPTY_OBJECT);
  return {
    retriesWithNoDelay: integer("retries_with_no_delay", RETRIES_DEFAULT, PHASE_RETRIES_MAX),
    minimumDelayRetries: integer("minimum_delay_retries", RETRIES_DEFAULT, PHASE_RETRIES_MAX),
    minimumDelay: toSeconds(integer("minimum_delay", MINIMUM_DELAY_DEFAULT, RETRY_DELAY_MAX)),
    maximumDelay: toSeconds(integer("maximum_delay", MAXIMUM_DELAY_DEFAULT, RETRY_DELAY_MAX)),
    maximumDelayRetries: integer("maximum_delay_retries", RETRIES_DEFAULT, PHASE_RETRIES_MAX),
    backoff: BACKOFFS.find((known) => known === backoff) ?? "linear",
  };
}

/**
 * The policy of a delivery. `queue` and `subscription` are the two stored policies, null for none. They are never merged: the
 * subscription's policy is used unless it is empty or one of the two has a true `ignore_subscription_override`.
 */
export function choosePolicy(policies: {
  readonly queue: JsonText | null;
  readonly subscription: JsonText | null;
}): RetryPolicy {
  const queue = policies.queue ?? EMPTY_OBJECT;
  const subscription = policies.subscription ?? EMPTY_OBJECT;
  const queueWins = ignoresSubscription(queue) || ignoresSubscription(subscription) || !isTruthy(subscription);
  return toRetryPolicy(queueWins ? queue : subscription);
}

function ignoresSubscription(policy: JsonText): boolean {
  const value = typeOf(policy) === "object" ? membersOf(policy).get("ignore_subscription_override") : undefined;
  return value !== undefined && isTruthy(value);
}

/**
 * The delay before the next retry of a delivery whose first attempt and `retriesSoFar` retries have failed. null: no retry is
 * left.
 */
export function nextDelay(policy: RetryPolicy, retriesSoFar: number): Seconds | null {
  let retry = retriesSoFar;
  if (retry < policy.retriesWithNoDelay) return toSeconds(0);
  retry -= policy.retriesWithNoDelay;
  if (retry < policy.minimumDelayRetries) return policy.minimumDelay;
  retry -= policy.minimumDelayRetries;
  const backoffs = backoffRetries(policy);
  if (retry < backoffs) return backoffDelay(policy, retry);
  retry -= backoffs;
  return retry < policy.maximumDelayRetries ? policy.maximumDelay : null;
}

/** Adds a random part to a delay: `delay * jitter` at most. `fraction` is a random number from 0 to 1. */
export function withJitter(delay: Seconds, jitter: number, fraction: number): Seconds {
  return toSeconds(delay + Math.round(delay * jitter * fraction));
}

/** The number of back-off delays: one per BACKOFF_STEP of the difference. Linear rounds up and never reaches the maximum. */
function backoffRetries(policy: RetryPolicy): number {
  const steps = (policy.maximumDelay - policy.minimumDelay) / BACKOFF_STEP;
  return Math.min(policy.backoff === "linear" ? Math.ceil(steps) : Math.floor(steps), BACKOFF_RETRIES_MAX);
}

/**
 * The back-off delay number `index`, from 0. The order of the floating-point operations is upstream's, because their rounding
 * decides, for example, whether the last delay is 10 or 11 after truncation.
 */
function backoffDelay(policy: RetryPolicy, index: number): Seconds {
  const minimum = policy.minimumDelay;
  const retries = backoffRetries(policy);
  switch (policy.backoff) {
    case "linear":
      return toSeconds(minimum + index * BACKOFF_STEP);
    case "arithmetic": {
      const spread = policy.maximumDelay - minimum;
      const difference = retries === 1 ? 0 : (2 * spread) / (retries * (retries - 1));
      return toSeconds(Math.trunc(minimum + (index * (index + 1) * difference) / 2));
    }
    case "geometric": {
      const { start, ratio } = progression(policy, retries);
      return toSeconds(Math.trunc(start * ratio ** index));
    }
    case "exponential": {
      const { start, ratio } = progression(policy, retries);
      return toSeconds(Math.trunc((start / ratio) * ratio ** (index + 1)));
    }
  }
}

/**
 * The geometric progression from the minimum to the maximum. A minimum of 0 is replaced by 1 second, because no ratio leads
 * from 0. Upstream divides by zero then, and ends the retries.
 */
function progression(policy: RetryPolicy, retries: number): { readonly start: number; readonly ratio: number } {
  const start = Math.max(policy.minimumDelay, 1);
  const ratio = retries === 1 ? 1 : 10 ** (log10(policy.maximumDelay / start) / (retries - 1));
  return { start, ratio };
}

const LOG10_2_HIGH = 0.30102999566361177;
const LOG10_2_LOW = 3.694239077158931e-13;

/**
 * The logarithm of a number >= 1 with the rounding of fdlibm's e_log10.c, which is that of the C library and so of upstream's
 * Python. `Math.log10` differs in the last digit between engines, which changes a delay by a second.
 */
function log10(value: number): number {
  let exponent = 0;
  let mantissa = value;
  for (; mantissa >= 2; mantissa /= 2) exponent++;
  return exponent * LOG10_2_LOW + Math.LOG10E * Math.log(mantissa) + exponent * LOG10_2_HIGH;
}

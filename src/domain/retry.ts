/**
 * The retry policy of notifications: `_retry_policy` in a queue's metadata or a subscription's options (extended
 * contract 1.9), and the delays it asks for. A policy is checked where it is stored, so that a delivery never meets a
 * broken one. Upstream: zaqar/notification/tasks/webhook.py.
 *
 *   first attempt ── N0 at once ── N1 x minimum ── one per back-off delay ── N2 x maximum ── given up
 */
import { EMPTY_OBJECT, isTruthy, membersOf, toInteger, toText, typeOf, type JsonText } from "./json.ts";
import { shown } from "./shown.ts";
import { toSeconds, type Seconds } from "./time.ts";

/** A policy as deliveries follow it: every member filled in and within its bound. */
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

const BACKOFFS: readonly Backoff[] = ["linear", "arithmetic", "geometric", "exponential"];

/** Retries of a phase that the policy leaves out. */
const RETRIES_DEFAULT = 3;
/** Seconds; fill in for a bound that the policy leaves out. */
const MINIMUM_DELAY_DEFAULT = 5;
const MAXIMUM_DELAY_DEFAULT = 30;
/** The back-off functions need room between the two delays. */
const DELAY_SPREAD_MIN = 10;
/** Seconds; upstream's LINEAR_INTERVAL: how finely every back-off function divides the spread. */
const BACKOFF_STEP = 5;

/**
 * Ours, because upstream takes any integer: a phase of 2^63 retries without delay would call a dead receiver for ever,
 * and a delay of as many seconds never comes. Whatever lies outside is taken for the nearest bound.
 */
export const PHASE_RETRIES_MAX = 100;
/** Seconds: a day. */
export const RETRY_DELAY_MAX = 86_400;
/** At steps of five seconds these last 29 days, longer than any message lives by default. */
export const BACKOFF_RETRIES_MAX = 1000;

/** What is wrong with a retry policy, as a sentence, or null. Falsy members pass whatever their type. */
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
      return `invalid retry_backoff_function. It must be one of ${BACKOFFS.join(", ")}, not "${shown(name)}".`;
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
  // Upstream's sentences, and what they leave out.
  const defaults = `${MINIMUM_DELAY_DEFAULT} and ${MAXIMUM_DELAY_DEFAULT} unless stated`;
  const delays = `they are ${minimum} and ${maximum} (${defaults}).`;
  if (maximum < minimum) return `minimum_delay must less than maximum_delay. In seconds, ${delays}`;
  if (maximum - minimum < DELAY_SPREAD_MIN) {
    return `invalid minimum_delay and maximum_delay. There must be ${DELAY_SPREAD_MIN} seconds or more between them: ${delays}`;
  }
  return null;
}

/** The policy of a text that `checkRetryPolicy` has passed. A member that is null, or falsy without being 0, is absent. */
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
 * The policy that a delivery follows, null being none. Policies are chosen whole, never merged: the subscription's wins
 * unless it is empty or either of the two says `ignore_subscription_override`.
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
 * How long to wait before the next retry of a delivery whose first attempt and `retriesSoFar` retries have failed; null
 * when it is given up.
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

/** The delay with up to `jitter`, a part of it, added; `fraction`, from 0 to 1, says how much of that. */
export function withJitter(delay: Seconds, jitter: number, fraction: number): Seconds {
  return toSeconds(delay + Math.round(delay * jitter * fraction));
}

/** Linear starts at the minimum and stops short of the maximum; the others have one delay per whole step. */
function backoffRetries(policy: RetryPolicy): number {
  const steps = (policy.maximumDelay - policy.minimumDelay) / BACKOFF_STEP;
  return Math.min(policy.backoff === "linear" ? Math.ceil(steps) : Math.floor(steps), BACKOFF_RETRIES_MAX);
}

/**
 * The back-off delay of that index, from 0. Written as upstream computes it, and truncated: the rounding of its powers
 * and logarithms decides whether a last delay is 11 or 10.
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
 * From the minimum to the maximum in equal ratios. Nothing grows from 0 by a ratio, where upstream divides by zero and
 * never retries again: a minimum of 0 starts from one second, the smallest delay there is.
 */
function progression(policy: RetryPolicy, retries: number): { readonly start: number; readonly ratio: number } {
  const start = Math.max(policy.minimumDelay, 1);
  const ratio = retries === 1 ? 1 : 10 ** (log10(policy.maximumDelay / start) / (retries - 1));
  return { start, ratio };
}

const LOG10_2_HIGH = 0.30102999566361177;
const LOG10_2_LOW = 3.694239077158931e-13;

/**
 * Of a number from 1 up, rounded as fdlibm's e_log10.c rounds it, and so the C library under upstream's Python:
 * `Math.log10` differs by the last digit from engine to engine, and with it a delay by a second.
 */
function log10(value: number): number {
  let exponent = 0;
  let mantissa = value;
  for (; mantissa >= 2; mantissa /= 2) exponent++;
  return exponent * LOG10_2_LOW + Math.LOG10E * Math.log(mantissa) + exponent * LOG10_2_HIGH;
}

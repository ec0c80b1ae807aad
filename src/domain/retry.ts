/**
 * The retry policy of notifications: `_retry_policy` in a queue's metadata (extended contract 1.9). A policy is checked
 * where it is stored, so that a delivery never meets a broken one.
 */
import { isTruthy, membersOf, toInteger, toText, typeOf, type JsonText } from "./json.ts";

const INTEGERS = [
  "retries_with_no_delay",
  "minimum_delay_retries",
  "minimum_delay",
  "maximum_delay",
  "maximum_delay_retries",
] as const;

const BACKOFF_FUNCTIONS = ["linear", "arithmetic", "geometric", "exponential"];

/** Seconds; fill in for a bound that the policy leaves out. */
const MINIMUM_DELAY_DEFAULT = 5;
const MAXIMUM_DELAY_DEFAULT = 30;
/** The back-off functions need room between the two delays. */
const DELAY_SPREAD_MIN = 10;

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
    if (!BACKOFF_FUNCTIONS.includes(name)) return "invalid retry_backoff_function.";
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
  if (maximum < minimum) return "minimum_delay must less than maximum_delay.";
  if (maximum - minimum < DELAY_SPREAD_MIN) return "invalid minimum_delay and maximum_delay.";
  return null;
}

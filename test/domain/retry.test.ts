/** The delays of retries. The validation of policies is in metadata.test.ts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMPTY_OBJECT, type JsonText } from "../../src/domain/json.ts";
import {
  BACKOFF_RETRIES_MAX,
  checkRetryPolicy,
  choosePolicy,
  nextDelay,
  PHASE_RETRIES_MAX,
  RETRY_DELAY_MAX,
  toRetryPolicy,
  withJitter,
} from "../../src/domain/retry.ts";
import { toSeconds } from "../../src/domain/time.ts";

type Members = Readonly<Record<string, unknown>>;

function policyOf(members: Members): ReturnType<typeof toRetryPolicy> {
  return toRetryPolicy(textOf(members));
}

function textOf(members: Members): JsonText {
  return JSON.stringify(members) as JsonText;
}

const RETRIES_MAX = 3 * PHASE_RETRIES_MAX + BACKOFF_RETRIES_MAX;

/** All delays until the delivery is given up. Fails for an endless policy. */
function delaysOf(members: Members): number[] {
  const policy = policyOf(members);
  const delays: number[] = [];
  for (let delay = nextDelay(policy, 0); delay !== null; delay = nextDelay(policy, delays.length)) {
    delays.push(delay);
    if (delays.length > RETRIES_MAX) throw new Error("the policy does not give up");
  }
  return delays;
}

/** The back-off delays, between the phases with fixed delays. */
function backoffOf(retry_backoff_function: string, minimum_delay: number, maximum_delay: number): number[] {
  const none = { retries_with_no_delay: 0, minimum_delay_retries: 0, maximum_delay_retries: 0 };
  return delaysOf({ ...none, retry_backoff_function, minimum_delay, maximum_delay });
}

describe("the phases", () => {
  test("of the defaults are 3 at once, 3 after 5 s, 5 growing and 3 after 30 s", () => {
    const delays = delaysOf({});
    expect(delays).toEqual([0, 0, 0, 5, 5, 5, 5, 10, 15, 20, 25, 30, 30, 30]);
    expect(delays.reduce((total, delay) => total + delay, 0)).toBe(180);
  });

  test.each([
    ["retries_with_no_delay", 2, [0, 0, 5, 5, 5, 5, 10, 15, 20, 25, 30, 30, 30]],
    ["minimum_delay_retries", 1, [0, 0, 0, 5, 5, 10, 15, 20, 25, 30, 30, 30]],
    ["maximum_delay_retries", 0, [0, 0, 0, 5, 5, 5, 5, 10, 15, 20, 25]],
    ["minimum_delay", 18, [0, 0, 0, 18, 18, 18, 18, 23, 28, 30, 30, 30]],
    ["maximum_delay", 15, [0, 0, 0, 5, 5, 5, 5, 10, 15, 15, 15]],
  ])("%s of %d decides its own", (key, value, delays) => {
    expect(delaysOf({ [key]: value })).toEqual(delays);
  });

  test("end: a delivery that was given up stays so", () => {
    expect(nextDelay(policyOf({}), 13)).toBe(30);
    expect(nextDelay(policyOf({}), 14)).toBeNull();
    expect(nextDelay(policyOf({}), 1_000_000)).toBeNull();
  });
});

describe("the back-off functions", () => {
  test.each([
    ["linear", 5, 30, [5, 10, 15, 20, 25]],
    ["linear", 5, 60, [5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55]],
    ["linear", 5, 31, [5, 10, 15, 20, 25, 30]],
    ["arithmetic", 5, 30, [5, 7, 12, 20, 30]],
    ["arithmetic", 5, 60, [5, 6, 8, 11, 15, 20, 26, 33, 41, 50, 60]],
    ["geometric", 5, 30, [5, 7, 12, 19, 30]],
    ["geometric", 5, 60, [5, 6, 8, 10, 13, 17, 22, 28, 36, 46, 59]],
    ["exponential", 5, 30, [5, 7, 12, 19, 30]],
    ["exponential", 5, 60, [5, 6, 8, 10, 13, 17, 22, 28, 36, 46, 59]],
    // Upstream's own figures, where the rounding of a logarithm or a power decides: a second that no client minds, but
    // a new runtime that rounds otherwise should be noticed.
    ["geometric", 1, 11, [1, 10]],
    ["geometric", 1, 43, [1, 1, 2, 5, 8, 14, 25, 43]],
    ["exponential", 1, 43, [1, 1, 2, 5, 8, 14, 25, 43]],
    ["geometric", 1, 93, [1, 1, 1, 2, 2, 3, 4, 6, 8, 11, 14, 18, 24, 32, 41, 54, 71, 92]],
    ["exponential", 1, 93, [0, 1, 1, 2, 2, 3, 4, 6, 8, 11, 14, 18, 24, 32, 41, 54, 71, 92]],
  ])("%s from %d to %d s", (name, minimum, maximum, delays) => {
    expect(backoffOf(name, minimum, maximum)).toEqual(delays);
  });

  test.each([
    ["linear", [0, 5, 10, 15]],
    ["arithmetic", [0, 3, 10, 20]],
    ["geometric", [1, 2, 7, 20]],
    ["exponential", [1, 2, 7, 20]],
  ])("%s from 0 to 20 s divides by nothing", (name, delays) => {
    expect(backoffOf(name, 0, 20)).toEqual(delays);
  });

  test.each(["arithmetic", "geometric", "exponential"])("%s with room for one delay has the minimum", (name) => {
    // No check accepts such small differences, but the limits of delays can make them of larger ones.
    expect(backoffOf(name, RETRY_DELAY_MAX - 5, RETRY_DELAY_MAX + 5)).toEqual([RETRY_DELAY_MAX - 5]);
    expect(backoffOf(name, RETRY_DELAY_MAX - 4, RETRY_DELAY_MAX + 6)).toEqual([]);
  });
});

describe("a member that is", () => {
  test.each([
    ["null", null],
    ["an empty text", ""],
    ["an empty array", []],
    ["left out", undefined],
  ])("%s has its default", (_, value) => {
    const keys = [
      "retries_with_no_delay",
      "minimum_delay_retries",
      "minimum_delay",
      "maximum_delay",
      "maximum_delay_retries",
      "retry_backoff_function",
    ];
    expect(policyOf(Object.fromEntries(keys.map((key) => [key, value])))).toEqual(policyOf({}));
  });

  test("a boolean counts as Python counts it", () => {
    expect(policyOf({ retries_with_no_delay: true, minimum_delay_retries: false })).toMatchObject({
      retriesWithNoDelay: 1,
      minimumDelayRetries: 0,
    });
  });

  test.each([
    ["retries_with_no_delay", "retriesWithNoDelay", PHASE_RETRIES_MAX],
    ["minimum_delay_retries", "minimumDelayRetries", PHASE_RETRIES_MAX],
    ["minimum_delay", "minimumDelay", RETRY_DELAY_MAX],
    ["maximum_delay", "maximumDelay", RETRY_DELAY_MAX],
    ["maximum_delay_retries", "maximumDelayRetries", PHASE_RETRIES_MAX],
  ] as const)("%s outside its bounds is taken for the nearest", (key, member, max) => {
    const values = [-1, 0, 1, max - 1, max, max + 1].map((value) => policyOf({ [key]: value })[member]);
    expect(values).toEqual([0, 0, 1, max - 1, max, max]);
    expect(toRetryPolicy(`{"${key}":9223372036854775807}` as JsonText)[member]).toBe(max);
  });

  test("no policy at all is the default one", () => {
    expect(toRetryPolicy("null" as JsonText)).toEqual(policyOf({}));
    expect(toRetryPolicy(EMPTY_OBJECT)).toEqual(policyOf({}));
  });
});

test.each([
  ["linear", BACKOFF_RETRIES_MAX * 5, BACKOFF_RETRIES_MAX],
  ["linear", BACKOFF_RETRIES_MAX * 5 - 5, BACKOFF_RETRIES_MAX - 1],
  ["linear", RETRY_DELAY_MAX, BACKOFF_RETRIES_MAX],
  ["geometric", BACKOFF_RETRIES_MAX * 5 - 1, BACKOFF_RETRIES_MAX - 1],
  ["geometric", RETRY_DELAY_MAX, BACKOFF_RETRIES_MAX],
])("%s back-off over %d s has %d delays", (name, spread, retries) => {
  expect(backoffOf(name, 0, spread)).toHaveLength(retries);
});

test("however wide the spread, growing delays reach the maximum", () => {
  expect(backoffOf("arithmetic", 0, RETRY_DELAY_MAX).at(-1)).toBe(RETRY_DELAY_MAX);
  expect(backoffOf("geometric", 0, RETRY_DELAY_MAX).at(-1)).toBeGreaterThan(RETRY_DELAY_MAX - 2);
});

test("any policy that passes the check gives up after bounded retries with bounded delays", () => {
  const integer = fc.oneof(fc.integer({ min: -30, max: 400 }), fc.integer(), fc.constant(2 ** 62), fc.constant(null));
  const policies = fc.record(
    {
      retries_with_no_delay: integer,
      minimum_delay_retries: integer,
      minimum_delay: integer,
      maximum_delay: integer,
      maximum_delay_retries: integer,
      retry_backoff_function: fc.constantFrom("linear", "arithmetic", "geometric", "exponential", null),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(policies, (members) => {
      fc.pre(checkRetryPolicy(textOf(members)) === null);
      const policy = policyOf(members);
      const delays = delaysOf(members);
      expect(delays.every((delay) => Number.isInteger(delay) && delay >= 0 && delay <= RETRY_DELAY_MAX)).toBe(true);
      const { retriesWithNoDelay, minimumDelayRetries, maximumDelayRetries } = policy;
      const backoffs = delays.slice(retriesWithNoDelay + minimumDelayRetries, delays.length - maximumDelayRetries);
      expect(backoffs).toEqual(backoffs.toSorted((a, b) => a - b));
      // Rounding may change either end by a second, and a minimum of 0 is replaced by 1.
      expect(backoffs.every((delay) => delay >= policy.minimumDelay - 1)).toBe(true);
      expect(backoffs.every((delay) => delay <= policy.maximumDelay)).toBe(true);
    }),
  );
});

describe("jitter", () => {
  test.each([
    [10, 0, 0.9, 10],
    [10, 0.5, 0, 10],
    [10, 0.5, 1, 15],
    [10, 1, 0.5, 15],
    [0, 1, 1, 0],
  ])("%i s and up to %d of it, of which %d, is %i s", (delay, jitter, fraction, result) => {
    expect(withJitter(toSeconds(delay), jitter, fraction)).toBe(result);
  });
});

describe("the policy that wins", () => {
  const minimumOf = (queue: Members | null, subscription: Members | null): number =>
    choosePolicy({
      queue: queue === null ? null : textOf(queue),
      subscription: subscription === null ? null : textOf(subscription),
    }).minimumDelay;
  const override = { ignore_subscription_override: true };
  const noOverride = { ignore_subscription_override: false };

  test.each([
    ["none is the default", null, null, 5],
    ["the subscription's, if the queue has none", null, { minimum_delay: 7 }, 7],
    ["the queue's, if the subscription has none", { minimum_delay: 6 }, null, 6],
    ["the queue's, if the subscription's is empty", { minimum_delay: 6 }, {}, 6],
    ["the subscription's of two", { minimum_delay: 6 }, { minimum_delay: 7 }, 7],
    ["the queue's, if it says so", { minimum_delay: 6, ...override }, { minimum_delay: 7 }, 6],
    ["the queue's, if the subscription's says so", { minimum_delay: 6 }, { minimum_delay: 7, ...override }, 6],
    ["the default, if only the subscription has one and gives way", null, { minimum_delay: 7, ...override }, 5],
    ["the subscription's, if both say not to", { minimum_delay: 6, ...noOverride }, { minimum_delay: 7 }, 7],
    ["a subscription's that states only that it stays", { minimum_delay: 6 }, noOverride, 5],
    ["never merged", { minimum_delay: 6 }, { maximum_delay: 40 }, 5],
  ])("%s", (_, queue, subscription, minimum) => {
    expect(minimumOf(queue, subscription)).toBe(minimum);
  });

  test("a policy of null is none", () => {
    const queue = textOf({ minimum_delay: 6 });
    expect(choosePolicy({ queue, subscription: "null" as JsonText }).minimumDelay).toBe(6);
    expect(choosePolicy({ queue: "null" as JsonText, subscription: null }).minimumDelay).toBe(5);
  });
});

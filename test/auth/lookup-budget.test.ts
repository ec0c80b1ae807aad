/** Look-ups of keys that may be forged: the number of failed ones is limited, that of successful ones is not. */
import { expect, test } from "vitest";
import { LookupBudget, FAILED_LOOKUP_SECONDS, FAILED_LOOKUPS_MAX } from "../../src/auth/lookup-budget.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const NOW = toEpochMs(1_000_000);

function inVain(count: number): LookupBudget {
  const lookupBudget = new LookupBudget();
  for (let at = 0; at < count; at++) {
    expect(lookupBudget.begin(NOW)).toBe(0);
    lookupBudget.end(true);
  }
  return lookupBudget;
}

test("look-ups that succeed are never refused", () => {
  const lookupBudget = new LookupBudget();
  for (let at = 0; at < 10 * FAILED_LOOKUPS_MAX; at++) {
    expect(lookupBudget.begin(NOW)).toBe(0);
    lookupBudget.end(false);
  }
});

test("after the maximum of failed look-ups, one more is allowed whenever one expires", () => {
  const lookupBudget = inVain(FAILED_LOOKUPS_MAX);
  expect(lookupBudget.begin(NOW)).toBe(FAILED_LOOKUP_SECONDS);
  expect(lookupBudget.begin(toEpochMs(NOW + FAILED_LOOKUP_SECONDS * 1000 - 1))).toBe(1);
  const then = toEpochMs(NOW + FAILED_LOOKUP_SECONDS * 1000);
  expect(lookupBudget.begin(then)).toBe(0);
  lookupBudget.end(true);
  expect(lookupBudget.begin(then)).toBe(FAILED_LOOKUP_SECONDS);
});

test("look-ups under way count until they end", () => {
  const lookupBudget = new LookupBudget();
  for (let at = 0; at < FAILED_LOOKUPS_MAX; at++) expect(lookupBudget.begin(NOW)).toBe(0);
  expect(lookupBudget.begin(NOW)).toBe(1);
  lookupBudget.end(false);
  expect(lookupBudget.begin(NOW)).toBe(0);
});

test("a clock set back neither expires failures nor adds to the wait", () => {
  const lookupBudget = inVain(FAILED_LOOKUPS_MAX);
  expect(lookupBudget.begin(toEpochMs(0))).toBe(FAILED_LOOKUP_SECONDS);
});

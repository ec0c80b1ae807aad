/** Look-ups of keys that may be made up: so many in vain, and no bound for those that are good. */
import { expect, test } from "vitest";
import { LookupBudget, DOUBT_SECONDS, DOUBTS_MAX } from "../../src/auth/lookup-budget.ts";
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

test("good ones are never held up", () => {
  const lookupBudget = new LookupBudget();
  for (let at = 0; at < 10 * DOUBTS_MAX; at++) {
    expect(lookupBudget.begin(NOW)).toBe(0);
    lookupBudget.end(false);
  }
});

test("after the most in vain there is one more each time that one is forgotten", () => {
  const lookupBudget = inVain(DOUBTS_MAX);
  expect(lookupBudget.begin(NOW)).toBe(DOUBT_SECONDS);
  expect(lookupBudget.begin(toEpochMs(NOW + DOUBT_SECONDS * 1000 - 1))).toBe(1);
  const then = toEpochMs(NOW + DOUBT_SECONDS * 1000);
  expect(lookupBudget.begin(then)).toBe(0);
  lookupBudget.end(true);
  expect(lookupBudget.begin(then)).toBe(DOUBT_SECONDS);
});

test("those under way count, and are over soon", () => {
  const lookupBudget = new LookupBudget();
  for (let at = 0; at < DOUBTS_MAX; at++) expect(lookupBudget.begin(NOW)).toBe(0);
  expect(lookupBudget.begin(NOW)).toBe(1);
  lookupBudget.end(false);
  expect(lookupBudget.begin(NOW)).toBe(0);
});

test("a clock that goes back forgives nothing, and takes nothing away", () => {
  const lookupBudget = inVain(DOUBTS_MAX);
  expect(lookupBudget.begin(toEpochMs(0))).toBe(DOUBT_SECONDS);
});

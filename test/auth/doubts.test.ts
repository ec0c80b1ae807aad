/** Look-ups of keys that may be made up: so many in vain, and no bound for those that are good. */
import { expect, test } from "vitest";
import { Doubts, DOUBT_SECONDS, DOUBTS_MAX } from "../../src/auth/lookup-budget.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const NOW = toEpochMs(1_000_000);

function inVain(count: number): Doubts {
  const doubts = new Doubts();
  for (let at = 0; at < count; at++) {
    expect(doubts.begin(NOW)).toBe(0);
    doubts.end(true);
  }
  return doubts;
}

test("good ones are never held up", () => {
  const doubts = new Doubts();
  for (let at = 0; at < 10 * DOUBTS_MAX; at++) {
    expect(doubts.begin(NOW)).toBe(0);
    doubts.end(false);
  }
});

test("after the most in vain there is one more each time that one is forgotten", () => {
  const doubts = inVain(DOUBTS_MAX);
  expect(doubts.begin(NOW)).toBe(DOUBT_SECONDS);
  expect(doubts.begin(toEpochMs(NOW + DOUBT_SECONDS * 1000 - 1))).toBe(1);
  const then = toEpochMs(NOW + DOUBT_SECONDS * 1000);
  expect(doubts.begin(then)).toBe(0);
  doubts.end(true);
  expect(doubts.begin(then)).toBe(DOUBT_SECONDS);
});

test("those under way count, and are over soon", () => {
  const doubts = new Doubts();
  for (let at = 0; at < DOUBTS_MAX; at++) expect(doubts.begin(NOW)).toBe(0);
  expect(doubts.begin(NOW)).toBe(1);
  doubts.end(false);
  expect(doubts.begin(NOW)).toBe(0);
});

test("a clock that goes back forgives nothing, and takes nothing away", () => {
  const doubts = inVain(DOUBTS_MAX);
  expect(doubts.begin(toEpochMs(0))).toBe(DOUBT_SECONDS);
});

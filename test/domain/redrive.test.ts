/** The rate limit of a redrive. */
import { expect, test } from "vitest";
import { allowedCount, initialRate, msUntilFullBurst, recordMoved } from "../../src/domain/redrive.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const START = toEpochMs(1_000_000);

test.each([
  { rate: 1, after: 0, allowed: 1 },
  { rate: 50, after: 0, allowed: 50 },
  { rate: 50, after: 3_600_000, allowed: 50 },
])("at first, $after ms after its start, $rate per second let $allowed move", ({ rate, after, allowed }) => {
  expect(allowedCount(initialRate(rate, START), toEpochMs(START + after))).toBe(allowed);
});

test.each([
  { rate: 1, after: 999, allowed: 0 },
  { rate: 1, after: 1000, allowed: 1 },
  { rate: 50, after: 19, allowed: 0 },
  { rate: 50, after: 20, allowed: 1 },
  { rate: 50, after: 1000, allowed: 50 },
  { rate: 50, after: 3_600_000, allowed: 50 },
])("a used-up rate of $rate lets $allowed move $after ms later", ({ rate, after, allowed }) => {
  const used = recordMoved(initialRate(rate, START), rate, START);
  expect(allowedCount(used, toEpochMs(START + after))).toBe(allowed);
});

test("a second's worth may be used in parts, and the rest is kept", () => {
  const used = recordMoved(recordMoved(initialRate(50, START), 20, START), 20, START);
  expect(allowedCount(used, START)).toBe(10);
  expect(msUntilFullBurst(used, START)).toBe(800);
});

test("a rate that does not divide evenly never moves more than it says", () => {
  let pace = initialRate(7, START);
  let moved = 0;
  for (let ms = 0; ms < 10_000; ms += 13) {
    const now = toEpochMs(START + ms);
    const count = allowedCount(pace, now);
    pace = recordMoved(pace, count, now);
    moved += count;
  }
  expect(moved).toBeLessThanOrEqual(77);
  expect(moved).toBeGreaterThan(65);
});

test("without a rate anything may move at any time", () => {
  const used = recordMoved(initialRate(null, START), 1_000_000, START);
  expect(allowedCount(used, START)).toBe(Infinity);
});

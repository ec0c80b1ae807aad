import { expect, test } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { MeanRate } from "../../src/mechanisms/mean-rate.ts";

/** A rate that has lasted for so many seconds. */
function rateAfter(perSecond: number, seconds: number): MeanRate {
  const rate = new MeanRate(10_000);
  for (let event = 0; event < perSecond * seconds; event++) rate.note(toEpochMs((1000 * event) / perSecond));
  return rate;
}

test("a rate that lasts is the mean", () => {
  expect(rateAfter(50, 60).perSecond(toEpochMs(60_000))).toBeCloseTo(50, 0);
});

test("the mean follows the rate within seconds", () => {
  expect(rateAfter(50, 10).perSecond(toEpochMs(10_000))).toBeCloseTo(50 * (1 - Math.exp(-1)), 0);
  expect(rateAfter(50, 60).perSecond(toEpochMs(70_000))).toBeCloseTo(50 * Math.exp(-1), 0);
});

test("a clock that steps back raises no rate", () => {
  const rate = rateAfter(50, 60);
  const mean = rate.perSecond(toEpochMs(60_000));
  expect(rate.perSecond(toEpochMs(0))).toBeLessThanOrEqual(mean + 1);
  rate.note(toEpochMs(0));
  expect(rate.perSecond(toEpochMs(0))).toBeCloseTo(mean, 0);
});

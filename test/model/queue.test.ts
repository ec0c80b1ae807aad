/**
 * Random steps of a queue of the service and of a simple model. After each step both must have the same state. To repeat a
 * failure, set MODEL_SEED below to the printed seed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { steps } from "../support/model/steps.ts";
import { Comparison } from "../support/model/comparison.ts";

freezeClock();

const MODEL_SEED: number | null = null;
const RUNS = 80;

test("a queue and its model agree after each of many random steps", { timeout: 300_000 }, async () => {
  const seed = MODEL_SEED ?? Date.now() % 2 ** 31;
  console.info(`model test: seed ${seed}`);
  let taken = 0;
  const property = fc.asyncProperty(steps, async (script) => {
    const comparison = await Comparison.create();
    for (const step of script) {
      await comparison.perform(step);
      await comparison.check();
      taken++;
    }
  });
  await fc.assert(property, { seed, numRuns: RUNS });
  console.info(`model test: ${taken} steps`);
  expect(taken).toBeGreaterThan(1000);
});

/**
 * Random steps of a queue of the service and of a simple model. After each step both must have the same state. To repeat a
 * failure, set MODEL_SEED below to the printed seed.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { freezeClock } from "../support/clock.ts";
import { Comparison } from "../support/model/comparison.ts";
import { overBothTransports, overHttp, type Turn } from "../support/model/steps.ts";

freezeClock();

const MODEL_SEED: number | null = null;
/** Milliseconds for the runs and the search of a smaller failure, which may wait for frames that do not come. */
const MS_MAX = 200_000;

interface Taken {
  turns: number;
  pushes: number;
  waits: number;
}

/** Takes random turns with a new queue in each run, and counts what they have led to. */
async function compare(turns: fc.Arbitrary<readonly Turn[]>, numRuns: number): Promise<Taken> {
  const seed = MODEL_SEED ?? Date.now() % 2 ** 31;
  console.info(`model test: seed ${seed}`);
  const taken: Taken = { turns: 0, pushes: 0, waits: 0 };
  const property = fc.asyncProperty(turns, async (script) => {
    const comparison = await Comparison.create();
    for (const turn of script) {
      await comparison.take(turn);
      await comparison.check();
    }
    await comparison.end();
    taken.turns += script.length;
    taken.pushes += comparison.connections.pushes;
    taken.waits += comparison.connections.claims;
  });
  await fc.assert(property, { seed, numRuns, plugins: [fc.interruptAfterTimeLimit(MS_MAX)] });
  console.info(`model test: ${JSON.stringify(taken)}`);
  return taken;
}

test("a queue and its model agree after each of many random steps", { timeout: 300_000 }, async () => {
  expect((await compare(overHttp, 40)).turns).toBeGreaterThan(700);
});

test("so they do over both transports, and connections get all that is due to them", { timeout: 300_000 }, async () => {
  const taken = await compare(overBothTransports, 50);
  expect(taken.turns).toBeGreaterThan(900);
  expect(taken.pushes).toBeGreaterThan(100);
  expect(taken.waits).toBeGreaterThan(5);
});

/** The simulation of bench/scale: it is what it claims to be, and a run is its settings. */
import { describe, expect, test } from "vitest";
import { steadyTable } from "../../../bench/scale/report.ts";
import { largestLoad, runSteady } from "../../../bench/scale/steady.ts";
import { COST, LAG_MS, type ScaleSettings } from "../../../bench/scale/settings.ts";
import { Simulation } from "../../../bench/scale/simulation.ts";
import { runWave } from "../../../bench/scale/wave.ts";
import { mean } from "../../../bench/statistics.ts";
import document from "../../../docs/SCALING.md?raw";

const SETTINGS: ScaleSettings = { seed: 1, objects: 1, rate: 400, producers: 100, shares: "equal", consumers: 16 };

async function simulate(settings: ScaleSettings, load: number, seconds: number): Promise<Simulation> {
  const simulation = new Simulation(settings);
  if (settings.objects > 1) simulation.home.grow(settings.objects);
  await simulation.timeline.run(1_000);
  simulation.load = load;
  simulation.start();
  await simulation.timeline.run(1_000 * (1 + seconds));
  return simulation;
}

describe("one object without consumers is a queue of the kind M/D/1", () => {
  test.each([
    { utilization: 0.5, tolerance: 0.05 },
    { utilization: 0.8, tolerance: 0.1 },
  ])("at a utilization of $utilization", async ({ utilization, tolerance }) => {
    const { rate } = SETTINGS;
    const { figures, timeline } = await simulate({ ...SETTINGS, consumers: 0 }, utilization * rate, 150);
    const service = (1_000 * COST.write) / rate;
    const waited = mean([...figures.postMs(0, timeline.now)]) - service - 2 * LAG_MS;
    // Pollaczek and Khinchine's formula, for constant times of service.
    const expected = (utilization * service) / (2 * (1 - utilization));
    expect(Math.abs(waited / expected - 1)).toBeLessThan(tolerance);
  });
});

describe("every message is in one place, and is claimed once", () => {
  const cases = [1, 2, 8].flatMap((objects) => [1, 2].map((seed) => ({ objects, seed })));
  test.each(cases)("$objects objects, seed $seed", async ({ objects, seed }) => {
    const settings: ScaleSettings = { ...SETTINGS, objects, seed, shares: "Zipf" };
    const { figures, kept, load, home, shards } = await simulate(settings, 300, 10);
    expect(load).toBe(300);
    expect(figures.claimedTwice).toBe(0);
    expect(figures.deleted).toBeGreaterThan(1_000);
    // Calls that are under way have happened in the object, but not for the client.
    const taken = [home, ...shards].reduce((sum, { log }) => sum + log.taken, 0);
    const gone = taken - kept;
    expect(taken).toBeGreaterThanOrEqual(figures.posted);
    expect(gone).toBeGreaterThanOrEqual(figures.deleted);
    expect(gone).toBeLessThanOrEqual(figures.claimed);
  });

  test("nothing is left when the load has gone", async () => {
    const simulation = await simulate({ ...SETTINGS, objects: 8 }, 300, 5);
    const { figures, timeline } = simulation;
    simulation.load = 0;
    await timeline.run(timeline.now + 3_000);
    expect(simulation.kept).toBe(0);
    expect(figures.deleted).toBe(figures.sentAt.length);
    expect(figures.posted).toBe(figures.sentAt.length);
  });
});

test("a run is its settings: a seed gives the same figures, another seed gives others", async () => {
  const settings = { ...SETTINGS, objects: 4 };
  const outcome = await runSteady(settings, 300);
  expect(await runSteady(settings, 300)).toEqual(outcome);
  expect(await runSteady({ ...settings, seed: 2 }, 300)).not.toEqual(outcome);
});

test("docs/SCALING.md has the figures of the present code", async () => {
  const settings = { ...SETTINGS, objects: 4, producers: 1_000, consumers: 64 };
  const largest = await largestLoad(settings);
  const outcome = await runSteady(settings, 0.7 * largest);
  const cellsOf = (line: string): readonly string[] => line.split("|").map((cell) => cell.trim());
  const [, , row = ""] = steadyTable([{ settings, largest, outcome }]).split("\n");
  const rows = document.split("\n").map(cellsOf);
  expect(rows, "run npm run simulate:scale, and copy its tables and its chart").toContainEqual(cellsOf(row));
});

test("a load that comes and goes spreads the queue once, and brings it back once", async () => {
  const { changes } = await runWave({ ...SETTINGS, objects: 4, rate: 100, consumers: 8 }, 40);
  expect(changes.map(({ phase }) => phase)).toEqual(["opening", "spread", "stopping", "draining", "closing", "one"]);
});

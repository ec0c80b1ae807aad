/**
 * `npm run simulate:scale [-- --seed 1] [--rate 400] [--short] [--chart file.svg]`: simulates queues on 1 to 64 objects without a
 * runtime, and prints the tables of docs/SCALING.md. `--rate`: C, the requests with a write that an object serves per second, as
 * `npm run calibrate` measures it. `--short`: queues on up to 8 objects.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BadArgument, numberOf, runProgram } from "../program.ts";
import {
  costTable,
  spreadCostTable,
  steadyChart,
  type SteadyCell,
  steadyTable,
  type WaveCell,
  waveTable,
} from "./report.ts";
import type { ScaleSettings } from "./settings.ts";
import { largestLoad, runSteady } from "./steady.ts";
import { runWave } from "./wave.ts";

const USAGE = "Usage: npm run simulate:scale -- [--seed 1] [--rate 400] [--short] [--chart file.svg]";
const OBJECTS = [1, 2, 4, 8, 16, 32, 64];
const OBJECTS_SHORT_MAX = 8;
const CONSUMERS = [1, 4, 64, 1_000];
const PRODUCERS = 1_000;
/** Of the largest load: where latencies are measured. */
const USUAL_SHARE = 0.7;
/** Of the largest load: the peak of a load that comes and goes. */
const PEAK_SHARE = 0.5;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string", default: "1" },
      rate: { type: "string", default: "400" },
      short: { type: "boolean", default: false },
      chart: { type: "string" },
    },
  });
  const base = { seed: Number(values.seed), rate: numberOf("rate", values.rate), producers: PRODUCERS };
  if (!Number.isInteger(base.seed)) throw new BadArgument(`--seed is "${values.seed}": it must be a whole number.`);
  const sizes = OBJECTS.filter((objects) => !values.short || objects <= OBJECTS_SHORT_MAX);
  const cells = await simulateSteady(sizes, base);
  const many = cells.filter(({ settings }) => settings.shares === "equal" && settings.consumers === 64);
  const waves = await simulateWaves(many.filter(({ settings }) => settings.objects > 1));
  if (values.chart !== undefined) writeFileSync(values.chart, steadyChart(cells));
  const one = many.find(({ settings }) => settings.objects === 1);
  const tables = [steadyTable(cells), waveTable(waves), costTable(one?.outcome.offered ?? 1), spreadCostTable(many)];
  process.stdout.write(`${tables.join("\n\n")}\n`);
}

async function simulateSteady(
  sizes: readonly number[],
  base: Pick<ScaleSettings, "seed" | "rate" | "producers">,
): Promise<SteadyCell[]> {
  const cells: SteadyCell[] = [];
  for (const objects of sizes) {
    for (const shares of ["equal", "Zipf"] as const) {
      for (const consumers of CONSUMERS) {
        process.stderr.write(`simulate: ${objects} objects, ${shares} producers, ${consumers} consumers\n`);
        const settings = { ...base, objects, shares, consumers };
        const largest = await largestLoad(settings);
        cells.push({ settings, largest, outcome: await runSteady(settings, USUAL_SHARE * largest) });
      }
    }
  }
  return cells;
}

async function simulateWaves(cells: readonly SteadyCell[]): Promise<WaveCell[]> {
  const waves: WaveCell[] = [];
  for (const { settings, largest } of cells) {
    process.stderr.write(`simulate: ${settings.objects} objects, a load that comes and goes\n`);
    waves.push({ settings, outcome: await runWave(settings, PEAK_SHARE * largest) });
  }
  return waves;
}

await runProgram(USAGE, main);

/**
 * The cost of figures: the service with METER=on and with METER=off, each in its own process. They are measured in turns. CPU time
 * is compared, because the rate on a disk varies more than what is looked for.
 */
import { join } from "node:path";
import type { Sample } from "./load/job.ts";
import type { Workload } from "./load/workloads.ts";
import type { Bench } from "./rounds.ts";
import { Server } from "./server.ts";
import { mean, standardError } from "./statistics.ts";
import { summarize, type Summary } from "./summary.ts";

export interface MeteringSummary {
  readonly workload: Workload;
  readonly connections: number;
  readonly on: Summary;
  readonly off: Summary;
  /** Server time per request with figures divided by that without, the mean over the rounds; with the standard error of it. */
  readonly cpuRatio: number;
  readonly cpuRatioError: number;
}

const CELLS = [
  { workload: "post 1", connections: 1 },
  { workload: "list 10", connections: 16 },
  { workload: "cycle", connections: 1 },
  { workload: "cycle", connections: 64 },
] as const;

/** In each round of the mode. More pairs make the error smaller. */
const PAIRS_PER_ROUND = 6;

export async function measureMetering(bench: Bench, folder: string): Promise<readonly MeteringSummary[]> {
  await using stack = new AsyncDisposableStack();
  const start = async (meter: string): Promise<Server> =>
    stack.adopt(
      await Server.start({ dataDir: join(folder, meter), environment: { METER: meter } }),
      async (server) => await server.stop(),
    );
  const servers = { on: await start("on"), off: await start("off") };
  const samples = CELLS.map((cell) => ({ cell, on: [] as Sample[], off: [] as Sample[] }));
  const pairs = PAIRS_PER_ROUND * bench.mode.rounds;
  // The first pair warms up.
  for (let pair = 0; pair <= pairs; pair++) {
    bench.report(`figures, pair ${pair} of ${pairs}`);
    for (const { cell, ...of } of samples) {
      for (const meter of pair % 2 === 0 ? (["on", "off"] as const) : (["off", "on"] as const)) {
        const sample = await run(bench, servers[meter], cell);
        if (pair > 0) of[meter].push(sample);
      }
    }
  }
  return samples.map(({ cell, on, off }) => {
    const ratios = on.map((sample, index) => cpuPerRequest(sample) / cpuPerRequest(off[index]));
    const [cpuRatio, cpuRatioError] = [mean(ratios), standardError(ratios)];
    return { ...cell, on: summarize(on), off: summarize(off), cpuRatio, cpuRatioError };
  });
}

function cpuPerRequest(sample: Sample | undefined): number {
  return (sample?.serverCpuSeconds ?? Number.NaN) / (sample?.requests ?? Number.NaN);
}

async function run(
  { generator, mode: { warmupSeconds, seconds } }: Bench,
  { port, pid }: Server,
  { workload, connections }: (typeof CELLS)[number],
): Promise<Sample> {
  const job = { workload, connections, queues: [`figures-${workload.replace(" ", "")}`], port };
  return await generator.run({ ...job, serverPid: pid, requests: null, warmupSeconds, seconds });
}

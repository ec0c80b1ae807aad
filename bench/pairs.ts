/**
 * Two servers, measured in turns. A disturbance of the machine then affects both, so their ratio says more than their rates. CPU
 * time is compared first, because the rate on a disk varies more.
 */
import type { Sample } from "./load/job.ts";
import type { Workload } from "./load/workloads.ts";
import { Client } from "./client.ts";
import type { Bench, Target } from "./rounds.ts";
import { mean, standardError } from "./statistics.ts";
import { summarize, type Summary } from "./summary.ts";

export interface PairCell {
  readonly workload: Workload;
  readonly connections: number;
  readonly queues: number;
}

/** The geometric mean of the ratios of the pairs, so that a/b and b/a say the same, and its standard error. */
export interface PairRatio {
  readonly mean: number;
  readonly error: number;
}

export interface PairSummary extends PairCell {
  readonly first: Summary;
  readonly second: Summary;
  /** First divided by second: server time per request, and requests per second. */
  readonly cpu: PairRatio;
  readonly rate: PairRatio;
}

export interface PairPlan {
  /** What is measured, for the progress. */
  readonly subject: string;
  readonly cells: readonly PairCell[];
  readonly pairs: number;
}

const SIDES = ["first", "second"] as const;
type Side = (typeof SIDES)[number];

export async function measurePairs(
  bench: Bench,
  servers: Readonly<Record<Side, Target>>,
  { subject, cells, pairs }: PairPlan,
): Promise<readonly PairSummary[]> {
  for (const side of SIDES) for (const cell of cells) await fill(servers[side], cell);
  const samples = cells.map((cell) => ({ cell, first: [] as Sample[], second: [] as Sample[] }));
  // The first pair warms up.
  for (let pair = 0; pair <= pairs; pair++) {
    bench.report(`${subject}, pair ${pair} of ${pairs}`);
    for (const { cell, ...of } of samples) {
      for (const side of pair % 2 === 0 ? SIDES : SIDES.toReversed()) {
        const sample = await run(bench, servers[side], cell);
        if (pair > 0) of[side].push(sample);
      }
    }
  }
  return samples.map(({ cell, first, second }) => ({
    ...cell,
    first: summarize(first),
    second: summarize(second),
    cpu: ratioOf(cpuPerRequest, first, second),
    rate: ratioOf(({ requests, seconds }) => requests / seconds, first, second),
  }));
}

/** Lists are of ten messages. A queue that does not exist would be answered without a call to its object. */
async function fill(server: Target, cell: PairCell): Promise<void> {
  if (cell.workload !== "list 10") return;
  const client = new Client(server);
  for (const queue of queuesOf(cell)) await client.post(queue, 10);
  client.close();
}

function ratioOf(value: (sample: Sample) => number, first: readonly Sample[], second: readonly Sample[]): PairRatio {
  const logarithms = first.flatMap((sample, index) => {
    const other = second[index];
    const logarithm = other === undefined ? Number.NaN : Math.log(value(sample) / value(other));
    // Where the disk stood still, a short sample has no request.
    return Number.isFinite(logarithm) ? [logarithm] : [];
  });
  const middle = Math.exp(mean(logarithms));
  return { mean: middle, error: middle * standardError(logarithms) };
}

function cpuPerRequest({ serverCpuSeconds, requests }: Sample): number {
  return (serverCpuSeconds ?? Number.NaN) / requests;
}

async function run(
  { generator, mode: { warmupSeconds, seconds } }: Bench,
  { port, pid }: Target,
  cell: PairCell,
): Promise<Sample> {
  const job = { workload: cell.workload, connections: cell.connections, queues: queuesOf(cell), port };
  return await generator.run({ ...job, serverPid: pid, requests: null, warmupSeconds, seconds });
}

function queuesOf({ workload, queues }: PairCell): readonly string[] {
  return Array.from({ length: queues }, (_, index) => `pairs-${workload.replaceAll(/\W+/g, "")}-${index}`);
}

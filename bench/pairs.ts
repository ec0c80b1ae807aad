/**
 * Two servers, measured in turns. A disturbance of the machine then affects both, so their ratio says more than their rates. CPU
 * time is compared first, because the rate on a disk varies more.
 */
import type { Sample } from "./load/job.ts";
import type { Workload } from "./load/workloads.ts";
import { Client } from "./client.ts";
import type { Bench, Target } from "./rounds.ts";
import { mean, standardError, type PairRatio } from "./statistics.ts";
import { summarize, type Summary } from "./summary.ts";

export interface PairCell {
  readonly workload: Workload;
  readonly connections: number;
  readonly queues: number;
}

/** First divided by second. */
export interface PairResult {
  readonly first: Summary;
  readonly second: Summary;
  /** Server time per request. */
  readonly cpu: PairRatio;
  /** Requests per second. */
  readonly rate: PairRatio;
  /** The median latency. */
  readonly p50: PairRatio;
}

export interface PairSummary extends PairCell, PairResult {}

/** One of the two that are measured in turns. */
export interface Side {
  readonly target: Target;
  readonly workload: Workload;
  readonly connections: number;
  readonly queues: readonly string[];
  /** As in a Job. */
  readonly identity?: string;
}

type Sides = Readonly<Record<(typeof SIDES)[number], Side>>;
const SIDES = ["first", "second"] as const;

export interface PairPlan<C> {
  /** What is measured, for the progress. */
  readonly subject: string;
  readonly cells: readonly C[];
  readonly pairs: number;
}

/** The same cells at two servers. */
export async function measurePairs(
  bench: Bench,
  servers: Readonly<Record<(typeof SIDES)[number], Target>>,
  plan: PairPlan<PairCell>,
): Promise<readonly PairSummary[]> {
  const cells = plan.cells.map((cell) => {
    const side = (target: Target): Side => ({ ...cell, target, queues: queuesOf(cell) });
    return { first: side(servers.first), second: side(servers.second) };
  });
  for (const cell of cells) for (const side of SIDES) await fill(cell[side]);
  const results = await measureSides(bench, { ...plan, cells });
  return plan.cells.flatMap((cell, index) => {
    const result = results[index];
    return result === undefined ? [] : { ...cell, ...result };
  });
}

/** Many short pairs have the smallest error, because the machine's own speed changes from second to second. */
export function shorten<B extends Bench>(bench: B): B {
  const { mode } = bench;
  return { ...bench, mode: { ...mode, warmupSeconds: mode.warmupSeconds / 2, seconds: mode.seconds / 2 } };
}

/** The results in the order of the cells. */
export async function measureSides(
  bench: Bench,
  { subject, cells, pairs }: PairPlan<Sides>,
): Promise<readonly PairResult[]> {
  const samples = cells.map((sides) => ({ sides, first: [] as Sample[], second: [] as Sample[] }));
  // The first pair warms up.
  for (let pair = 0; pair <= pairs; pair++) {
    bench.report(`${subject}, pair ${pair} of ${pairs}`);
    for (const { sides, ...of } of samples) {
      for (const side of pair % 2 === 0 ? SIDES : SIDES.toReversed()) {
        const sample = await run(bench, sides[side]);
        if (pair > 0) of[side].push(sample);
      }
    }
  }
  return samples.map(({ first, second }) => ({
    first: summarize(first),
    second: summarize(second),
    cpu: ratioOf(cpuPerRequest, first, second),
    rate: ratioOf(({ requests, seconds }) => requests / seconds, first, second),
    p50: ratioOf(({ latency }) => latency.p50, first, second),
  }));
}

/** Lists are of ten messages. A queue that does not exist would be answered without a call to its object. */
async function fill({ target, workload, queues }: Side): Promise<void> {
  if (workload !== "list 10") return;
  const client = new Client(target);
  for (const queue of queues) await client.post(queue, 10);
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

async function run({ generator, mode: { warmupSeconds, seconds } }: Bench, side: Side): Promise<Sample> {
  const { target, ...job } = side;
  const { port, pid: serverPid } = target;
  return await generator.run({ ...job, port, serverPid, requests: null, warmupSeconds, seconds });
}

function queuesOf({ workload, queues }: PairCell): readonly string[] {
  return Array.from({ length: queues }, (_, index) => `pairs-${workload.replaceAll(/\W+/g, "")}-${index}`);
}

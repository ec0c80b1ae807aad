/**
 * Two servers, measured in short turns. A disturbance of the machine then affects both, so their ratio says more than their
 * rates. CPU time is compared first, because the rate on a disk varies more. Two processes of the same code differ by a percent
 * or two, so each comparison has several fresh pairs of them.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Sample, Traffic, Turns, TurnsJob } from "./load/job.ts";
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

/** One of the two that are measured in turns. */
export interface Side extends Omit<Traffic, "port" | "serverPid"> {
  readonly target: Target;
}

export interface Sides {
  readonly first: Side;
  readonly second: Side;
}

/**
 * Measures `cells` with each fresh pair. `start` starts the servers, with data in the folder that it gets, and adds them to the
 * stack, which stops them. It returns what makes a cell ready. The results are in the order of the cells.
 */
export async function measurePairs<C>(
  { mode, generator, report }: Bench,
  subject: string,
  cells: readonly C[],
  start: (stack: AsyncDisposableStack, folder: string) => Promise<(cell: C) => Sides | Promise<Sides>>,
  folder: string,
): Promise<readonly (C & PairResult)[]> {
  const measured = cells.map((cell) => ({ cell, turns: [] as Turns[] }));
  const { heatSeconds, processes, ...plan } = mode.pairs;
  for (let process = 1; process <= processes; process++) {
    report(`${subject}, processes ${process} of ${processes}`);
    await using stack = new AsyncDisposableStack();
    const data = join(folder, String(process));
    stack.defer(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }));
    const prepare = await start(stack, data);
    for (const [index, { cell, turns }] of measured.entries()) {
      const { first, second } = await prepare(cell);
      const job = { first: trafficTo(first), second: trafficTo(second), ...plan };
      if (index === 0) await generator.runInTurns(heatingWith(job, heatSeconds));
      turns.push(await generator.runInTurns(job));
    }
  }
  return measured.map(({ cell, turns }) => ({ ...cell, ...compare(turns) }));
}

/** Heats both servers: while its heap grows, a server has five page faults a request more, which are 6 % of one of the cycle. */
function heatingWith({ first, second, ...plan }: TurnsJob, seconds: number): TurnsJob {
  const connections = 64;
  return { ...plan, first: { ...first, connections }, second: { ...second, connections }, warmupSeconds: 0, seconds };
}

/** Of the cell at two servers. Lists are of ten messages: an empty queue costs less, and a missing one needs no call. */
export async function sidesOf(cell: PairCell, targets: Readonly<Record<keyof Sides, Target>>): Promise<Sides> {
  const queues = queuesOf(cell);
  if (cell.workload === "list 10") for (const target of Object.values(targets)) await fill(target, queues);
  return { first: { ...cell, target: targets.first, queues }, second: { ...cell, target: targets.second, queues } };
}

async function fill(target: Target, queues: readonly string[]): Promise<void> {
  const client = new Client(target);
  for (const queue of queues) await client.post(queue, 10);
  client.close();
}

function trafficTo({ target: { port, pid: serverPid }, ...traffic }: Side): Traffic {
  return { ...traffic, port, serverPid };
}

function compare(turns: readonly Turns[]): PairResult {
  return {
    first: summarize(turns.flatMap(({ first }) => first)),
    second: summarize(turns.flatMap(({ second }) => second)),
    cpu: ratioOf(({ serverCpuSeconds, requests }) => (serverCpuSeconds ?? Number.NaN) / requests, turns),
    rate: ratioOf(({ requests, seconds }) => requests / seconds, turns),
    p50: ratioOf(({ latency }) => latency.p50, turns),
  };
}

/** The error is that over the pairs of processes. */
function ratioOf(value: (sample: Sample) => number, turns: readonly Turns[]): PairRatio {
  const logarithms = turns.map(({ first, second }) => meanLogarithm(value, first) - meanLogarithm(value, second));
  const middle = Math.exp(mean(logarithms));
  return { mean: middle, error: middle * standardError(logarithms) };
}

function meanLogarithm(value: (sample: Sample) => number, samples: readonly Sample[]): number {
  return mean(samples.map((sample) => Math.log(value(sample))));
}

function queuesOf({ workload, queues }: PairCell): readonly string[] {
  return Array.from({ length: queues }, (_, index) => `pairs-${workload.replaceAll(/\W+/g, "")}-${index}`);
}

/**
 * The main tables. Every cell is measured once per round, so that a slow phase of the machine affects all cells. The ceilings
 * run next to the workloads that are compared with them.
 */
import type { Sample } from "./load/job.ts";
import type { LoadGenerator } from "./load/generator.ts";
import { PROJECT } from "./load/requests.ts";
import type { Workload } from "./load/workloads.ts";
import { CEILINGS, LOADS, SERVICE, type Cell, type Load, type Mode } from "./plan.ts";

/** A process that is measured. */
export interface Target {
  readonly pid: number;
  readonly port: number;
}

export interface Measured {
  readonly cell: Cell;
  /** One per round, in order. */
  readonly samples: Sample[];
}

export interface Bench {
  readonly mode: Mode;
  readonly generator: LoadGenerator;
  readonly report: (progress: string) => void;
}

export interface TargetBench extends Bench {
  readonly service: Target;
  readonly ceilings: Target;
}

export async function measureRounds(bench: TargetBench): Promise<readonly Measured[]> {
  const cells = new Map<string, Measured>();
  await heat(bench);
  for (let round = 1; round <= bench.mode.rounds; round++) {
    bench.report(`round ${round} of ${bench.mode.rounds}`);
    for (const load of LOADS) {
      if (load.queues === 1) for (const workload of CEILINGS) await measure(bench, cells, { ...load, workload }, []);
      await measureService(bench, cells, load, `r${round}-c${load.connections}-q${load.queues}`);
    }
  }
  return [...cells.values()];
}

/** Runs every workload before the first measurement, so that its code is compiled. */
async function heat(bench: TargetBench): Promise<void> {
  bench.report("warming up");
  const whole = { ...bench.mode, warmupSeconds: 0, seconds: bench.mode.heatSeconds };
  const cells = new Map<string, Measured>();
  for (const workload of CEILINGS)
    await measure({ ...bench, mode: whole }, cells, { workload, connections: 16, queues: 1 }, []);
  await measureService({ ...bench, mode: whole }, cells, { connections: 16, queues: 1 }, "heat");
}

async function measureService(
  bench: TargetBench,
  cells: Map<string, Measured>,
  load: Load,
  prefix: string,
): Promise<void> {
  const queuesOf = (workload: Workload): readonly string[] =>
    Array.from({ length: load.queues }, (_, index) => `${prefix}-${queueGroup(workload)}-${index}`);
  const used = [...new Set(SERVICE.flatMap(queuesOf))];
  await Promise.all(used.map(async (queue) => await change(bench.service, "PUT", queue)));
  for (const workload of SERVICE) {
    const queues = queuesOf(workload);
    const sample = await measure(bench, cells, { ...load, workload }, queues);
    // Posts the same number again: the drain may be twice as fast as the posts, and ends at the first empty queue.
    if (workload === "post 10" && sample.requests > 0) await run(bench, { ...load, workload }, queues, sample.requests);
  }
  // Frees the disk.
  await Promise.all(used.map(async (queue) => await change(bench.service, "DELETE", queue)));
}

/** Workloads with the same group use the same queues: messages of "post 10" are listed and then drained. */
function queueGroup(workload: Workload): string {
  return workload === "post 1" || workload === "cycle" ? workload.replace(" ", "") : "log";
}

async function measure(
  bench: TargetBench,
  cells: Map<string, Measured>,
  cell: Cell,
  queues: readonly string[],
): Promise<Sample> {
  const sample = await run(bench, cell, queues, null);
  const key = `${cell.workload}/${cell.connections}/${cell.queues}`;
  const measured = cells.get(key);
  if (measured === undefined) cells.set(key, { cell, samples: [sample] });
  else measured.samples.push(sample);
  return sample;
}

/** Runs a workload for the time of the mode, or for `requests` requests. */
async function run(
  bench: TargetBench,
  cell: Cell,
  queues: readonly string[],
  requests: number | null,
): Promise<Sample> {
  const { pid, port } = CEILINGS.includes(cell.workload) ? bench.ceilings : bench.service;
  const { workload, connections } = cell;
  const job = { workload, connections, queues, port, serverPid: pid, requests };
  if (requests !== null) return await bench.generator.run({ ...job, warmupSeconds: 0, seconds: FILL_SECONDS_MAX });
  const { warmupSeconds, seconds } = bench.mode;
  return await bench.generator.run({ ...job, warmupSeconds, seconds });
}

const FILL_SECONDS_MAX = 60;

/** Creates or deletes a queue, outside the measurement. */
async function change(service: Target, method: "PUT" | "DELETE", queue: string): Promise<void> {
  const headers = { "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c", "X-Project-ID": PROJECT };
  const response = await fetch(`http://127.0.0.1:${service.port}/v2/queues/${queue}`, { method, headers });
  if (!response.ok) throw new Error(`${method} of the queue ${queue}: ${response.status}`);
}

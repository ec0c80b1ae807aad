/**
 * The effect of the queue depth: the same cycle on queues that contain no, ten thousand or a million other messages, and on
 * one with a hundred thousand claimed messages. A cycle does not change the depth. It posts at the tail and claims at the
 * head, so its claims get messages of the fill. Therefore the fill posts ten messages at a time, like the cycle. One more
 * queue is filled by posts of two hundred, to show the effect of large posts.
 */
import type { Sample } from "./load/job.ts";
import type { Workload } from "./load/workloads.ts";
import { DEPTH_CONNECTIONS, type Mode } from "./plan.ts";
import type { TargetBench } from "./rounds.ts";

export interface Depth {
  readonly label: string;
  readonly queue: string;
  readonly stored: number;
  readonly claimed: number;
  /** The workloads that fill the queue. */
  readonly fill: readonly Fill[];
}

interface Fill {
  readonly workload: Workload;
  readonly requests: number;
}

export interface DepthMeasured {
  readonly depth: Depth;
  readonly connections: number;
  /** One per round, in order. All depths have equally many. */
  readonly samples: Sample[];
}

export async function measureDepths(bench: TargetBench): Promise<readonly DepthMeasured[]> {
  const depths = plan(bench.mode);
  for (const depth of depths) await fill(bench, depth);
  const cells = depths.flatMap((depth) =>
    DEPTH_CONNECTIONS.map((connections) => ({ depth, connections, samples: [] as Sample[] })),
  );
  for (let round = 1; round <= bench.mode.depthRounds; round++) {
    bench.report(`depth round ${round} of ${bench.mode.depthRounds}`);
    for (const connections of DEPTH_CONNECTIONS) {
      for (const cell of cells.filter((each) => each.connections === connections)) {
        cell.samples.push(await cycle(bench, cell.depth.queue, connections));
      }
    }
  }
  return cells;
}

function plan(mode: Mode): readonly Depth[] {
  const byTens = mode.depths.map((stored) => ({
    label: stored === 0 ? "empty" : `${stored.toLocaleString("en")} stored`,
    queue: `depth-${stored}`,
    stored,
    claimed: 0,
    fill: [{ workload: "post 10", requests: stored / 10 } as const],
  }));
  return [
    ...byTens,
    {
      label: "10,000 stored by posts of 200",
      queue: "depth-large-posts",
      stored: 10_000,
      claimed: 0,
      fill: [{ workload: "post 200", requests: 50 }],
    },
    {
      label: `${mode.inFlight.toLocaleString("en")} in flight, claims of ${mode.inFlightClaim}`,
      queue: "depth-in-flight",
      stored: mode.inFlight,
      claimed: mode.inFlight,
      fill: [
        { workload: "post 200", requests: mode.inFlight / 200 },
        { workload: `claim ${mode.inFlightClaim}`, requests: mode.inFlight / mode.inFlightClaim },
      ],
    },
  ];
}

async function fill(bench: TargetBench, depth: Depth): Promise<void> {
  for (const { workload, requests } of depth.fill) {
    if (requests === 0) continue;
    bench.report(`filling: ${depth.label}, ${workload}`);
    await run(bench, {
      workload,
      queue: depth.queue,
      connections: FILL_CONNECTIONS,
      seconds: FILL_SECONDS_MAX,
      requests,
    });
  }
}

const FILL_CONNECTIONS = 64;
const FILL_SECONDS_MAX = 600;

async function cycle(bench: TargetBench, queue: string, connections: number): Promise<Sample> {
  return await run(bench, { workload: "cycle", queue, connections, seconds: bench.mode.seconds, requests: null });
}

interface Work {
  readonly workload: Workload;
  readonly queue: string;
  readonly connections: number;
  readonly seconds: number;
  readonly requests: number | null;
}

async function run(bench: TargetBench, { queue, ...work }: Work): Promise<Sample> {
  const { pid, port } = bench.service;
  // Without a warm-up when the number of requests must be exact.
  const warmupSeconds = work.requests === null ? bench.mode.warmupSeconds : 0;
  return await bench.generator.run({ ...work, port, serverPid: pid, queues: [queue], warmupSeconds });
}

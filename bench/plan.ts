/** What a run measures, and how long. The two modes differ in patience only. */
import type { Workload } from "./load/workloads.ts";

export interface Mode {
  readonly name: "short" | "full";
  readonly rounds: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** Once, before the first round: a fresh runtime has compiled nothing yet. */
  readonly heatSeconds: number;
  readonly depths: readonly number[];
  readonly depthRounds: number;
  readonly inFlight: number;
  /** Messages per claim of those in flight: the smaller, the more claims are live. */
  readonly inFlightClaim: 10 | 100;
  /** Lives per measurement of rows; a multiple of ten. */
  readonly lives: number;
}

export const MODES: Readonly<Record<Mode["name"], Mode>> = {
  short: {
    name: "short",
    rounds: 3,
    warmupSeconds: 0.05,
    seconds: 0.2,
    heatSeconds: 0.1,
    depths: [0, 10_000, 100_000],
    depthRounds: 3,
    inFlight: 100_000,
    inFlightClaim: 100,
    lives: 1000,
  },
  full: {
    name: "full",
    rounds: 5,
    warmupSeconds: 0.2,
    seconds: 1,
    heatSeconds: 1,
    depths: [0, 10_000, 1_000_000],
    depthRounds: 7,
    inFlight: 100_000,
    inFlightClaim: 10,
    lives: 10_000,
  },
};

/** A place in the tables: a workload under a load. */
export interface Cell {
  readonly workload: Workload;
  readonly connections: number;
  readonly queues: number;
}

export const CEILINGS: readonly Workload[] = ["hello", "no-op RPC", "one-row write"];

/** A drain empties the queue that the posts before it filled, so the order counts. */
export const SERVICE: readonly Workload[] = ["post 1", "post 10", "list 10", "claim + delete 10", "cycle"];

export interface Load {
  readonly connections: number;
  readonly queues: number;
}

/** One connection on sixteen queues would be one connection on one queue: a connection keeps to its queue. */
export const LOADS: readonly Load[] = [
  { connections: 1, queues: 1 },
  { connections: 16, queues: 1 },
  { connections: 64, queues: 1 },
  { connections: 16, queues: 16 },
  { connections: 64, queues: 16 },
];

/** At how many connections the flatness is looked at. */
export const DEPTH_CONNECTIONS: readonly number[] = [1, 64];

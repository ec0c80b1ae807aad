/** The measurements of a run. The two modes differ only in durations and numbers. */
import type { Workload } from "./load/workloads.ts";

export interface Mode {
  readonly name: "short" | "full";
  readonly rounds: number;
  readonly warmupSeconds: number;
  readonly seconds: number;
  /** The warm-up before the first round, in which the runtime compiles the code. */
  readonly heatSeconds: number;
  /** Of two servers in turns. */
  readonly pairs: {
    /** After each start. */
    readonly heatSeconds: number;
    /** Of each connection in a turn: whole lives of the workload "cycle". */
    readonly connectionRequests: number;
    /** Of each cell. */
    readonly warmupSeconds: number;
    readonly seconds: number;
    /** How many times both servers are started afresh. */
    readonly processes: number;
  };
  readonly depths: readonly number[];
  readonly depthRounds: number;
  readonly inFlight: number;
  /** Messages per claim in the in-flight queue. A smaller number means more live claims. */
  readonly inFlightClaim: 10 | 100;
  /** Connections with one request a second each, and the most queues that they use. */
  readonly manyQueues: number;
  /** Message lives per measurement of rows, a multiple of ten. */
  readonly lives: number;
}

export const MODES: Readonly<Record<Mode["name"], Mode>> = {
  short: {
    name: "short",
    rounds: 3,
    warmupSeconds: 0.05,
    seconds: 0.2,
    heatSeconds: 0.1,
    pairs: { heatSeconds: 0.2, connectionRequests: 3, warmupSeconds: 0.2, seconds: 0.8, processes: 2 },
    depths: [0, 10_000, 100_000],
    depthRounds: 3,
    inFlight: 100_000,
    inFlightClaim: 100,
    manyQueues: 100,
    lives: 1000,
  },
  full: {
    name: "full",
    rounds: 5,
    warmupSeconds: 0.2,
    seconds: 1,
    heatSeconds: 1,
    pairs: { heatSeconds: 4, connectionRequests: 3, warmupSeconds: 1, seconds: 5, processes: 6 },
    depths: [0, 10_000, 1_000_000],
    depthRounds: 7,
    inFlight: 100_000,
    inFlightClaim: 10,
    manyQueues: 1000,
    lives: 10_000,
  },
};

/** A cell of the tables: a workload with a load. */
export interface Cell {
  readonly workload: Workload;
  readonly connections: number;
  readonly queues: number;
}

export const CEILINGS: readonly Workload[] = ["hello", "no-op RPC", "one-row write", "bare cycle"];

/** The order matters: "claim + delete 10" drains the queues that "post 10" has filled. */
export const SERVICE: readonly Workload[] = ["post 1", "post 10", "list 10", "claim + delete 10", "cycle"];

export interface Load {
  readonly connections: number;
  readonly queues: number;
}

/** There is no load of one connection and sixteen queues, because a connection uses one queue. */
export const LOADS: readonly Load[] = [
  { connections: 1, queues: 1 },
  { connections: 16, queues: 1 },
  { connections: 64, queues: 1 },
  { connections: 16, queues: 16 },
  { connections: 64, queues: 16 },
];

/** The numbers of connections in the measurement of the depth. */
export const DEPTH_CONNECTIONS: readonly number[] = [1, 64];

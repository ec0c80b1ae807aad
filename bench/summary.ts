/** Computes the numbers of the tables from samples: medians over the rounds, and sums for values too coarse for one round. */
import type { DepthMeasured } from "./depth.ts";
import type { Sample } from "./load/job.ts";
import type { Workload } from "./load/workloads.ts";
import type { Measured } from "./rounds.ts";
import { median, sum } from "./statistics.ts";

export interface Summary {
  readonly requestsPerSecond: number;
  readonly messagesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server per request, over all rounds, because Linux counts in steps of 10 ms. */
  readonly serverCpuMicroseconds: number | null;
  /** The share of one core. */
  readonly loadCpuShare: number;
  /** Requests/s of each round, in order. Ratios are computed per round. */
  readonly rounds: readonly number[];
}

export function summarize(samples: readonly Sample[]): Summary {
  const rates = samples.map((sample) => sample.requests / sample.seconds);
  const cpu = samples.map((sample) => sample.serverCpuSeconds);
  return {
    requestsPerSecond: median(rates),
    messagesPerSecond: median(samples.map((sample) => sample.messages / sample.seconds)),
    p50Ms: median(samples.map((sample) => sample.latency.p50)),
    p99Ms: median(samples.map((sample) => sample.latency.p99)),
    serverCpuMicroseconds: cpu.includes(null)
      ? null
      : (sum(cpu.map(Number)) / sum(samples.map((sample) => sample.requests))) * 1e6,
    loadCpuShare: sum(samples.map((sample) => sample.loadCpuSeconds)) / sum(samples.map((sample) => sample.seconds)),
    rounds: rates,
  };
}

export interface CellSummary extends Summary {
  readonly workload: Workload;
  readonly connections: number;
  readonly queues: number;
}

export function summarizeCell({ cell, samples }: Measured): CellSummary {
  return { ...cell, ...summarize(samples) };
}

export interface DepthSummary extends Summary {
  readonly depth: string;
  readonly stored: number;
  readonly claimed: number;
  readonly connections: number;
  readonly postP50Ms: number;
  readonly claimP50Ms: number;
  readonly deleteP50Ms: number;
  /** The values of each round, in order. */
  readonly claimP50MsRounds: readonly number[];
}

export function summarizeDepth({ depth, connections, samples }: DepthMeasured): DepthSummary {
  const p50s = (operation: string): number[] =>
    samples.map((sample) => sample.operations[operation]?.p50 ?? Number.NaN);
  return {
    depth: depth.label,
    stored: depth.stored,
    claimed: depth.claimed,
    connections,
    ...summarize(samples),
    postP50Ms: median(p50s("post")),
    claimP50Ms: median(p50s("claim")),
    deleteP50Ms: median(p50s("delete")),
    claimP50MsRounds: p50s("claim"),
  };
}

/** The median of the ratios per round: a disturbance in a round affects both sides of its ratio. */
export function ratio(upper: readonly number[], lower: readonly number[]): number {
  return median(upper.map((value, round) => value / (lower[round] ?? Number.NaN)));
}

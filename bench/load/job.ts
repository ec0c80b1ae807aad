/** What the load process is asked for and what it answers; plain data, because both cross a process boundary. */
import type { Workload } from "./workloads.ts";

export interface Job {
  readonly workload: Workload;
  /** A header line that says or proves whose requests they are; without one, that of the trusting mode. */
  readonly identity?: string;
  readonly port: number;
  /** Whose CPU time is read; the server's. */
  readonly serverPid: number;
  readonly connections: number;
  /** Connection i uses queue i modulo their number. */
  readonly queues: readonly string[];
  /** Before the clock starts; those requests are not counted. */
  readonly warmupSeconds: number;
  /** The end: whichever comes first. */
  readonly seconds: number;
  /** Exactly so many are sent; null: no matter how many. */
  readonly requests: number | null;
}

export interface Sample {
  /** From the first counted request to the end. */
  readonly seconds: number;
  readonly requests: number;
  readonly messages: number;
  readonly latency: Latency;
  readonly operations: Readonly<Record<string, Latency>>;
  /** CPU seconds of the server and of the load process; null where the system has no /proc. */
  readonly serverCpuSeconds: number | null;
  readonly loadCpuSeconds: number;
  /** Answers with another status than the script expected, by status. Any makes the sample worthless. */
  readonly unexpected: Readonly<Record<string, number>>;
}

/** Milliseconds, exact: every request's own time, nothing corrected and nothing in buckets. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

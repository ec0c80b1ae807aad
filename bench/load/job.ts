/** A job for the load process and its result. Plain data, because both cross a process boundary. */
import type { Transport } from "./transports.ts";
import type { Workload } from "./workloads.ts";

/** Requests to one server. */
export interface Traffic {
  readonly workload: Workload;
  /** Default: HTTP. Frames identify the client by its project only, and know nothing of `identity`. */
  readonly transport?: Transport;
  /** The header line that identifies or authenticates the client; default: the project header for AUTH_STRATEGY=none. */
  readonly identity?: string;
  readonly port: number;
  /** The process whose CPU time is measured. */
  readonly serverPid: number;
  readonly connections: number;
  /** Connection i uses the queue with index i modulo the number of queues. */
  readonly queues: readonly string[];
}

export interface Job extends Traffic {
  /** Requests in this time are not counted. */
  readonly warmupSeconds: number;
  /** The job ends after this time or after `requests` requests, whichever comes first. */
  readonly seconds: number;
  /** The exact number of requests; null: no limit. */
  readonly requests: number | null;
  /**
   * Milliseconds between the starts of two requests of a connection; default: 0, the next follows the answer. The first requests
   * of the connections are spread over that time.
   */
  readonly intervalMs?: number;
}

/** Two traffics in turns. */
export interface TurnsJob {
  readonly first: Traffic;
  readonly second: Traffic;
  /** Requests of each connection in a turn; more where a turn would be very short. */
  readonly connectionRequests: number;
  /** The turns in this time are not counted. */
  readonly warmupSeconds: number;
  readonly seconds: number;
}

/** A sample of each turn, as many of the one as of the other. */
export interface Turns {
  readonly first: readonly Sample[];
  readonly second: readonly Sample[];
}

export interface Sample {
  /** The duration from the first counted request to the end. */
  readonly seconds: number;
  readonly requests: number;
  readonly messages: number;
  readonly latency: Latency;
  readonly operations: Readonly<Record<string, Latency>>;
  /** CPU seconds of the server and of the load process; null: no /proc on this system. */
  readonly serverCpuSeconds: number | null;
  readonly loadCpuSeconds: number;
  /** The number of answers with an unexpected status, by status. Any of them makes the sample invalid. */
  readonly unexpected: Readonly<Record<string, number>>;
}

/** The exact latencies of all requests in milliseconds, without buckets and corrections. */
export interface Latency {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

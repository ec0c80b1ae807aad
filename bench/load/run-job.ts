/** Runs one job: opens the connections, runs a script on each, and measures between two instants. */
import { randomUUID } from "node:crypto";
import { cpuSeconds } from "../process-facts.ts";
import type { Job, Sample } from "./job.ts";
import { Latencies } from "./latencies.ts";
import { TRUSTED } from "./requests.ts";
import { TRANSPORTS, type Exchange } from "./transports.ts";
import { WORKLOADS, type Script, type Step } from "./workloads.ts";

export async function run(job: Job): Promise<Sample> {
  return new Run(job).start();
}

/** Milliseconds for the last answers of a job. */
export const ANSWER_MS_MAX = 30_000;

interface Instant {
  readonly at: number;
  readonly serverCpu: number | null;
  readonly loadCpu: NodeJS.CpuUsage;
}

class Run {
  private readonly job: Job;
  private readonly latencies = new Map<string, Latencies>();
  private readonly unexpected: Record<string, number> = {};
  private readonly done = Promise.withResolvers<null>();
  private sent = 0;
  private counted = 0;
  private messages = 0;
  private following = 0;
  /** The start of the measurement; null: not started. */
  private begin: Instant | null = null;
  /** The end of the measurement; null: not ended. */
  private end: Instant | null = null;

  constructor(job: Job) {
    this.job = job;
  }

  async start(): Promise<Sample> {
    const { job } = this;
    const { open } = TRANSPORTS[job.transport ?? "http"];
    const opening = Array.from({ length: job.connections }, () => open(job.port, this.done.reject));
    const connections = await Promise.all(opening);
    const timers = [
      setTimeout(() => (this.begin ??= this.now()), job.warmupSeconds * 1000),
      setTimeout(() => this.stop(), (job.warmupSeconds + job.seconds) * 1000),
      setTimeout(
        () => this.done.reject(new Error("requests without an answer")),
        (job.warmupSeconds + job.seconds) * 1000 + ANSWER_MS_MAX,
      ),
    ];
    if (job.warmupSeconds === 0) this.begin = this.now();
    try {
      const { intervalMs = 0 } = job;
      connections.forEach((connection, index) => {
        const start = (): void => this.follow(connection, this.script(index));
        if (intervalMs === 0) start();
        else setTimeout(start, (intervalMs * index) / connections.length);
      });
      await this.done.promise;
      return this.sample();
    } finally {
      timers.forEach(clearTimeout);
      connections.forEach((connection) => connection.close());
    }
  }

  private script(index: number): Script {
    const queue = this.job.queues[index % this.job.queues.length] ?? "none";
    const caller = { queue, clientId: randomUUID(), identity: this.job.identity ?? TRUSTED };
    return WORKLOADS[this.job.workload](caller, TRANSPORTS[this.job.transport ?? "http"].requests);
  }

  /** Sends the next request of the script, until the script or the job ends. */
  private follow(connection: Exchange, script: Script): void {
    const { intervalMs = 0 } = this.job;
    let dueAt = performance.now();
    this.following++;
    const proceed = (step: Step | null): void => {
      if (step === null) this.stop();
      if (step === null || this.isOver()) {
        if (--this.following === 0) this.done.resolve(null);
        return;
      }
      this.sent++;
      const sentAt = performance.now();
      connection.send(step.bytes, (response) => {
        this.record(step, response.status, performance.now() - sentAt);
        dueAt += intervalMs;
        const next = (): void => proceed(script(response));
        if (intervalMs === 0) next();
        else setTimeout(next, Math.max(0, dueAt - performance.now()));
      });
    };
    proceed(script(null));
  }

  private isOver(): boolean {
    return this.end !== null || (this.job.requests !== null && this.sent >= this.job.requests);
  }

  private record(step: Step, status: number, milliseconds: number): void {
    if (this.begin === null || this.end !== null) return;
    // The answer of an empty queue ends a drain. It is neither an error nor counted.
    if (step.operation === "claim" && status === 204) return;
    if (status !== step.expected) this.unexpected[status] = (this.unexpected[status] ?? 0) + 1;
    this.counted++;
    this.messages += step.messages;
    let latencies = this.latencies.get(step.operation);
    if (latencies === undefined) this.latencies.set(step.operation, (latencies = new Latencies()));
    latencies.add(milliseconds);
    if (this.counted === this.job.requests) this.stop();
  }

  /** If the job ends before the measurement begins, the sample is empty. */
  private stop(): void {
    this.begin ??= this.now();
    this.end ??= this.now();
  }

  private now(): Instant {
    return { at: performance.now(), serverCpu: cpuSeconds(this.job.serverPid), loadCpu: process.cpuUsage() };
  }

  private sample(): Sample {
    const { begin, end } = this;
    if (begin === null || end === null) throw new Error("a sample of a run that goes on");
    const load = process.cpuUsage(begin.loadCpu);
    const loadAfterEnd = process.cpuUsage(end.loadCpu);
    return {
      seconds: (end.at - begin.at) / 1000,
      requests: this.counted,
      messages: this.messages,
      latency: Latencies.all(this.latencies.values()),
      operations: Object.fromEntries([...this.latencies].map(([name, latencies]) => [name, latencies.summary()])),
      serverCpuSeconds: begin.serverCpu === null || end.serverCpu === null ? null : end.serverCpu - begin.serverCpu,
      loadCpuSeconds: (load.user + load.system - loadAfterEnd.user - loadAfterEnd.system) / 1e6,
      unexpected: this.unexpected,
    };
  }
}

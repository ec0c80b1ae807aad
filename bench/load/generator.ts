/**
 * Starts and controls the load process. It is a separate process, so that its CPU time is known and the benchmark's other
 * work does not delay requests.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, Sample, Traffic, Turns, TurnsJob } from "./job.ts";

export class LoadGenerator {
  private readonly process: ChildProcess;

  constructor() {
    this.process = fork(fileURLToPath(new URL("process.ts", import.meta.url)));
  }

  /** Runs one job at a time. Rejects when a connection breaks or an answer has an unexpected status. */
  async run(job: Job): Promise<Sample> {
    const sample = (await this.request(job)) as Sample;
    check(job, [sample]);
    if (job.requests !== null && sample.requests !== job.requests) {
      throw new Error(`${describe(job)}: ${sample.requests} requests instead of ${job.requests}`);
    }
    return sample;
  }

  /** As `run`, for two traffics. */
  async runInTurns(job: TurnsJob): Promise<Turns> {
    const turns = (await this.request(job)) as Turns;
    check(job.first, turns.first);
    check(job.second, turns.second);
    return turns;
  }

  private async request(job: Job | TurnsJob): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const died = (): void => reject(new Error("the load process ended"));
    this.process.once("message", resolve);
    this.process.once("exit", died);
    this.process.send(job);
    const reply = await promise.finally(() => {
      this.process.off("message", resolve);
      this.process.off("exit", died);
    });
    if (reply.result === undefined) throw new Error(`${describe("first" in job ? job.first : job)}: ${reply.error}`);
    return reply.result;
  }

  stop(): void {
    this.process.disconnect();
  }
}

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

function check(traffic: Traffic, samples: readonly Sample[]): void {
  const unexpected = samples.flatMap((sample) => Object.entries(sample.unexpected));
  if (unexpected.length === 0) return;
  const answers = unexpected.map(([status, count]) => `${count} answers ${status}`);
  throw new Error(`${describe(traffic)}: ${answers.join(", ")}`);
}

function describe({ workload, connections, queues }: Traffic): string {
  return `${workload} with ${connections} connections on ${queues.length} queues`;
}

/**
 * Starts and controls the load process. It is a separate process, so that its CPU time is known and the benchmark's other
 * work does not delay requests.
 */
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, Sample } from "./job.ts";

export class LoadGenerator {
  private readonly process: ChildProcess;

  constructor() {
    this.process = fork(fileURLToPath(new URL("process.ts", import.meta.url)));
  }

  /** Runs one job at a time. Rejects when a connection breaks or an answer has an unexpected status. */
  async run(job: Job): Promise<Sample> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const died = (): void => reject(new Error("the load process ended"));
    this.process.once("message", resolve);
    this.process.once("exit", died);
    this.process.send(job);
    const reply = await promise.finally(() => {
      this.process.off("message", resolve);
      this.process.off("exit", died);
    });
    if (reply.sample === undefined) throw new Error(`${describe(job)}: ${reply.error}`);
    const unexpected = Object.entries(reply.sample.unexpected);
    if (unexpected.length > 0) {
      throw new Error(
        `${describe(job)}: ${unexpected.map(([status, count]) => `${count} answers ${status}`).join(", ")}`,
      );
    }
    if (job.requests !== null && reply.sample.requests !== job.requests) {
      throw new Error(`${describe(job)}: ${reply.sample.requests} requests instead of ${job.requests}`);
    }
    return reply.sample;
  }

  stop(): void {
    this.process.disconnect();
  }
}

interface Reply {
  readonly sample?: Sample;
  readonly error?: string;
}

function describe(job: Job): string {
  return `${job.workload} with ${job.connections} connections on ${job.queues.length} queues`;
}

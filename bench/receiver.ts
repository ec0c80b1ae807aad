/** Starts and controls the process of the receiver. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The notifications since the last `begin`. `lastAt`: milliseconds since 1970. Latencies: from post to arrival. */
export interface ReceiverReport {
  readonly count: number;
  readonly lastAt: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export class Receiver {
  readonly url: string;
  private readonly process: ChildProcess;

  static async start(): Promise<Receiver> {
    const child = fork(fileURLToPath(new URL("receiver-process.ts", import.meta.url)));
    const [port] = (await once(child, "message")) as [number];
    return new Receiver(child, `http://127.0.0.1:${port}`);
  }

  private constructor(child: ChildProcess, url: string) {
    this.process = child;
    this.url = url;
  }

  /** Resets the report. */
  async begin(): Promise<void> {
    await this.ask("begin");
  }

  /** Waits until `count` notifications have arrived. Throws after WAIT_MS_MAX. */
  async until(count: number): Promise<ReceiverReport> {
    for (let waited = 0; waited < WAIT_MS_MAX; waited += POLL_INTERVAL_MS) {
      const report = await this.ask("report");
      if (report.count >= count) return report;
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
    throw new Error(`Fewer than ${count} notifications arrived within ${WAIT_MS_MAX / 1000} s.`);
  }

  stop(): void {
    this.process.disconnect();
  }

  private async ask(command: "begin" | "report"): Promise<ReceiverReport> {
    const answer = once(this.process, "message");
    this.process.send(command);
    const [report] = (await answer) as [ReceiverReport];
    return report;
  }
}

const WAIT_MS_MAX = 120_000;
const POLL_INTERVAL_MS = 20;

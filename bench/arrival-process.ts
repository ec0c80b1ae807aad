/** Controls a process that receives notifications. It answers each command with the report of its arrivals. */
import type { ChildProcess } from "node:child_process";
import type { ArrivalReport } from "./arrivals.ts";

export class ArrivalProcess {
  private readonly process: ChildProcess;

  constructor(process: ChildProcess) {
    this.process = process;
  }

  /** Resets the report. */
  async begin(): Promise<void> {
    await this.ask("begin");
  }

  /** Waits until `count` notifications have arrived. Throws after WAIT_MS_MAX. */
  async until(count: number): Promise<ArrivalReport> {
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

  /** The next message of the process. Throws if it ends first. */
  protected async answer(): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const died = (): void => reject(new Error("a process that receives notifications has ended"));
    this.process.once("message", resolve);
    this.process.once("exit", died);
    return await promise.finally(() => {
      this.process.off("message", resolve);
      this.process.off("exit", died);
    });
  }

  private async ask(command: "begin" | "report"): Promise<ArrivalReport> {
    const answer = this.answer();
    this.process.send(command);
    return (await answer) as ArrivalReport;
  }
}

const WAIT_MS_MAX = 120_000;
const POLL_INTERVAL_MS = 20;

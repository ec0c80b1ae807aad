/** Controls a process in which something arrives. It answers each command with the report of its arrivals. */
import { fork, type ChildProcess } from "node:child_process";
import type { ArrivalReport } from "./arrivals.ts";

export class ArrivalProcess implements Disposable {
  /** The first message of the process. */
  readonly greeting: unknown;
  private readonly process: ChildProcess;

  /** Starts a module, whose argument has the options as JSON. Resolves at its first message. */
  static async start(module: URL, options: object): Promise<ArrivalProcess> {
    const child = fork(module, [JSON.stringify(options)]);
    return new ArrivalProcess(child, await answerOf(child));
  }

  private constructor(process: ChildProcess, greeting: unknown) {
    this.process = process;
    this.greeting = greeting;
  }

  /** Resets the report. */
  async begin(): Promise<void> {
    await this.ask("begin");
  }

  /** Waits until `count` have arrived. Throws after WAIT_MS_MAX. */
  async until(count: number): Promise<ArrivalReport> {
    for (let waited = 0; waited < WAIT_MS_MAX; waited += POLL_INTERVAL_MS) {
      const report = await this.ask("report");
      if (report.count >= count) return report;
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
    throw new Error(`Fewer than ${count} arrived within ${WAIT_MS_MAX / 1000} s.`);
  }

  [Symbol.dispose](): void {
    this.process.disconnect();
  }

  private async ask(command: "begin" | "report"): Promise<ArrivalReport> {
    const answer = answerOf(this.process);
    this.process.send(command);
    return (await answer) as ArrivalReport;
  }
}

/** The next message of the process. Throws if it ends first. */
async function answerOf(child: ChildProcess): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const died = (): void => reject(new Error("a process in which something was to arrive has ended"));
  child.once("message", resolve);
  child.once("exit", died);
  return await promise.finally(() => {
    child.off("message", resolve);
    child.off("exit", died);
  });
}

const WAIT_MS_MAX = 120_000;
const POLL_INTERVAL_MS = 20;

/** What has become of the messages of `consume`: a line each on standard error, or a document each on standard output. */
import type { ConsumerEvent } from "../../consumer.ts";
import type { Output } from "../terminal/output.ts";
import { duration, took } from "../terminal/units.ts";
import type { ProgramExit } from "./run-program.ts";

/** The end of a command for a message. */
export interface Run {
  readonly attempt: number;
  readonly exit: ProgramExit;
}

export class Outcomes {
  deleted = 0;
  /** Ids of messages that failed and have not succeeded since. A consumer without an end keeps none, to bound its memory. */
  readonly failing = new Set<string>();
  private readonly output: Output;
  private readonly isEndless: boolean;
  /** Of messages that are not settled yet. */
  private readonly runs = new Map<string, Run>();

  constructor(output: Output, { isEndless }: { readonly isEndless: boolean }) {
    this.output = output;
    this.isEndless = isEndless;
  }

  /** The command has ended. Its message is settled later. */
  ended(id: string, run: Run): void {
    this.runs.set(id, run);
  }

  /** The command was ended, because the lease was lost or by a second Ctrl-C. */
  async aborted(id: string, run: Run, isLost: boolean): Promise<void> {
    await this.print(id, run, isLost ? LOST : { outcome: "released", text: "ended and released", retry_in: 0 });
  }

  async onEvent(event: ConsumerEvent<unknown>): Promise<void> {
    if (event.type === "failed") {
      const { message, attempt, error, retryIn } = event;
      if (!this.isEndless) this.failing.add(message.id);
      const run = this.take(message.id);
      const text = `again in ${duration(retryIn)}`;
      if (run !== null) await this.print(message.id, run, { outcome: "failed", text, retry_in: retryIn });
      else this.output.failed(`${message.id} attempt ${attempt}: ${String(error)}, ${text}`);
    } else if (event.type === "settled" || event.type === "lost") {
      for (const id of event.ids) {
        const run = this.take(id);
        // Failures are printed already.
        if (run === null) continue;
        if (event.type === "lost") await this.print(id, run, LOST);
        else {
          this.deleted++;
          this.failing.delete(id);
          await this.print(id, run, { outcome: "deleted", text: null, retry_in: null });
        }
      }
    }
  }

  private take(id: string): Run | null {
    const run = this.runs.get(id) ?? null;
    this.runs.delete(id);
    return run;
  }

  private async print(id: string, { attempt, exit }: Run, { outcome, text, retry_in }: Outcome): Promise<void> {
    const { output } = this;
    const { code, signal, milliseconds } = exit;
    if (output.isJson) {
      const ms = Math.round(milliseconds);
      await output.line(JSON.stringify({ id, attempt, outcome, exit_code: code, signal, ms, retry_in }));
      return;
    }
    const how = signal === null ? `exit ${String(code)}` : `killed by ${signal}`;
    const line = `${id}  attempt ${attempt}: ${how} after ${took(milliseconds)}${text === null ? "" : `, ${text}`}`;
    if (outcome === "deleted") output.done(line);
    else output.failed(line);
  }
}

interface Outcome {
  readonly outcome: "deleted" | "failed" | "lost" | "released";
  /** For people; null: nothing more has to be said. */
  readonly text: string | null;
  /** Seconds; null: never. */
  readonly retry_in: number | null;
}

const LOST: Outcome = { outcome: "lost", text: "but the lease was lost, so it is delivered again", retry_in: 0 };

/** Three consumer processes. Whoever is killed or stopped is replaced at once. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { endWithThisProcess } from "../../bench/children.ts";
import type { Random } from "../crash/random.ts";
import type { Diary } from "./checker.ts";
import { clock, readDiary } from "./diary.ts";

const SIZE = 3;
/** Milliseconds for a stop: that of its handlers, and a service that is away or frozen meanwhile. */
const STOP_MS_MAX = 25_000;

interface Member {
  readonly name: string;
  readonly path: string;
  readonly child: ChildProcess;
  killedAt: number | null;
}

export interface CrewOptions {
  readonly url: string;
  readonly queue: string;
  readonly folder: string;
  readonly random: Random;
  /** Called with the claims of a member that has stopped: none of them may be live. */
  readonly onStopped: (name: string, claims: readonly string[]) => Promise<void>;
}

export class Crew {
  private readonly options: CrewOptions;
  private readonly all: Member[] = [];
  private readonly present: Member[] = [];
  private readonly stopping: Promise<void>[] = [];
  readonly violations: string[] = [];

  constructor(options: CrewOptions) {
    this.options = options;
    for (let number = 0; number < SIZE; number++) this.hire();
  }

  /** Ends a member by SIGKILL. */
  kill(): string {
    const member = this.dismiss();
    member.killedAt = clock();
    member.child.kill("SIGKILL");
    return member.name;
  }

  /** Stops a member by SIGTERM. */
  stop(): string {
    const member = this.dismiss();
    this.stopping.push(this.watchStop(member));
    return member.name;
  }

  /** Freezes a member for a time that is shorter than its lease. */
  freeze(milliseconds: number): string {
    const { child, name } = this.options.random.pick(this.present);
    child.kill("SIGSTOP");
    setTimeout(() => child.kill("SIGCONT"), milliseconds);
    return name;
  }

  /** Stops all. */
  async end(): Promise<void> {
    for (const member of this.present) this.stopping.push(this.watchStop(member));
    await Promise.all(this.stopping);
  }

  diaries(): Diary[] {
    return this.all.map(({ name, path, killedAt }) => ({ name, killedAt, facts: readDiary(path) }));
  }

  private hire(): void {
    const { url, queue, folder, random } = this.options;
    const name = `consumer ${this.all.length + 1}`;
    const path = join(folder, `${name}.jsonl`);
    const output = openSync(path, "w");
    const program = join(import.meta.dirname, "consumer-process.ts");
    const args = ["--conditions=sukkal-source", program, url, queue, String(random.between(0, 2 ** 31))];
    const child = spawn(process.execPath, args, { stdio: ["ignore", output, "inherit"] });
    closeSync(output);
    child.once(
      "exit",
      endWithThisProcess(() => child.kill("SIGKILL")),
    );
    const member = { name, path, child, killedAt: null };
    this.all.push(member);
    this.present.push(member);
  }

  /** Chooses a member that goes. */
  private dismiss(): Member {
    const member = this.options.random.pick(this.present);
    this.present.splice(this.present.indexOf(member), 1);
    // It may be frozen.
    member.child.kill("SIGCONT");
    this.hire();
    return member;
  }

  private async watchStop({ child, name, path }: Member): Promise<void> {
    const exited = once(child, "exit");
    const impatience = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    child.kill("SIGTERM");
    const [code] = (await exited) as [number | null];
    clearTimeout(impatience);
    const facts = readDiary(path);
    // One that had not begun is ended by the signal itself.
    if (facts.length === 0) return;
    if (code !== 0 || facts.at(-1)?.kind !== "stopped") {
      this.violations.push(`${name} did not stop within ${STOP_MS_MAX / 1000} s (exit code ${String(code)})`);
    }
    await this.options.onStopped(
      name,
      facts.flatMap((fact) => (fact.kind === "claimed" ? [fact.claim] : [])),
    );
  }
}

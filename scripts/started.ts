/** For the tests of this folder: runs `npm start` as a process and reads its output. */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "./wrangler.ts";

const START_MS_MAX = 110_000;

type Environment = Readonly<Record<string, string | undefined>>;

export interface StartOptions {
  /** A shell command to run before the start. */
  readonly before?: string;
  /** The shell and its wrapper. */
  readonly shell?: readonly string[];
  /** The installation to start; the default is this checkout. */
  readonly root?: string;
  /** The command of the service, instead of the one of `root`. */
  readonly program?: readonly string[];
  /** The working directory; the default is "/". */
  readonly cwd?: string;
  /** Runs as this user and group. */
  readonly uid?: number;
}

export class Start {
  output = "";
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(
    environment: Environment,
    { before = ":", shell: runner = ["/bin/sh"], root = ROOT, cwd = "/", uid, ...options }: StartOptions = {},
  ) {
    const program = options.program ?? [process.execPath, join(root, "scripts/run.cjs"), "start"];
    const [command = "", ...args] = [...runner, "-c", `${before}; exec "$0" "$@"`, ...program];
    this.child = spawn(command, args, {
      cwd,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], PORT: "0", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on("data", (chunk) => (this.output += String(chunk)));
    this.exit = once(this.child, "close").then(() => this.child.exitCode);
    setTimeout(() => this.child.kill("SIGTERM"), START_MS_MAX).unref();
  }

  get port(): number {
    return Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(this.output)?.[1]);
  }

  /** Waits until the service answers. Returns the output. */
  async ready(): Promise<string> {
    await this.says(/\/stats\n/);
    return this.output;
  }

  /** Waits until the output matches. */
  async says(words: RegExp): Promise<void> {
    while (!words.test(this.output)) {
      assert.equal(this.child.exitCode, null, this.output);
      const { stdout, stderr } = this.child;
      await Promise.race([this.exit, ...[stdout, stderr].map((stream) => once(stream ?? this.child, "data"))]);
    }
  }

  /** Kills only the start script. Its workerd stays, and keeps the pipes open. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }

  async end(signal: "SIGTERM" | "SIGINT"): Promise<number | null> {
    this.child.kill(signal);
    return await this.exit;
  }
}

/** Asserts that the start fails with exit code 1 and prints one line, which matches. */
export async function refuses(environment: Environment, sentence: RegExp, options?: StartOptions): Promise<void> {
  const start = new Start(environment, options);
  assert.equal(await start.exit, 1, start.output);
  assert.match(start.output, sentence);
  assert.equal(start.output.trim().split("\n").length, 1, start.output);
}

export function shell(command: string | undefined): string {
  return execFileSync("sh", ["-c", `${command} --silent`], { encoding: "utf8" });
}

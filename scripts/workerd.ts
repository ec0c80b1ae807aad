/** One run of workerd: the program, started on a data folder and watched until it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataFolder } from "./data-folder.ts";
import { Refusal } from "./refusal.ts";
import { ROOT } from "./wrangler.ts";

export interface RunOptions {
  /** Host and port; port 0: any free one. */
  readonly address: string;
  readonly folder: DataFolder;
  /** What it gets to see. */
  readonly environment: NodeJS.ProcessEnv;
}

/** How long requests may take to end after a signal. What was acknowledged is on disk already. */
const DRAIN_MS_MAX = 5_000;

export class WorkerdRun {
  /** How it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  isOver = false;
  private readonly child: ChildProcess;

  constructor({ address, folder, environment }: RunOptions) {
    const options = ["--socket-addr", `http=${address}`, "--directory-path", `disk=${folder.path}`, "--control-fd=3"];
    this.child = spawn(workerdPath(), ["serve", join(ROOT, "config.capnp"), ...options], {
      env: environment,
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    this.ended = once(this.child, "exit").then(
      ([code, signal]: readonly (number | string | null)[]) => {
        this.isOver = true;
        return String(signal ?? `exit code ${code}`);
      },
      () => "it could not be started",
    );
    if (this.child.pid === undefined) throw new Refusal("workerd could not be started: run npm ci again.");
    folder.recordWorkerd(this.child.pid);
  }

  /** The port, once it listens. */
  async port(): Promise<number> {
    const lines = createInterface({ input: this.child.stdio[3] as Readable });
    return (JSON.parse(String((await once(lines, "line"))[0])) as { readonly port: number }).port;
  }

  /** Lets requests end, within bounds. */
  async stop(): Promise<void> {
    this.child.kill("SIGTERM");
    await sleep(DRAIN_MS_MAX, undefined, { ref: false });
    this.kill();
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

/** The native program, of the version that the bundler brings: bin/workerd may be a script around it. */
function workerdPath(): string {
  const here = createRequire(import.meta.url);
  const { default: path } = createRequire(here.resolve("wrangler"))("workerd") as { readonly default: string };
  return path;
}

/** One run of workerd: the program, started on a data folder and watched until it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
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
/** How long workerd may take to hear that it will be stopped. */
const CONTROL_MS_MAX = 1_000;

export class WorkerdRun {
  /** How it ended, in words. Never rejects. */
  readonly ended: Promise<string>;
  isOver = false;
  private readonly child: ChildProcess;
  private readonly controlKey = randomBytes(32).toString("hex");
  private readonly ports = new Ports();

  constructor({ address, folder, environment }: RunOptions) {
    const options = ["--socket-addr", `http=${address}`, "--directory-path", `disk=${folder.path}`, "--control-fd=3"];
    this.child = spawn(workerdPath(), ["serve", join(ROOT, "config.capnp"), ...options], {
      env: { ...environment, CONTROL_KEY: this.controlKey },
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    this.ports.read(this.child.stdio[3] as Readable);
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
    return await this.ports.of("http");
  }

  /** Lets requests end, within bounds; those that wait for something at once. */
  async stop(): Promise<void> {
    await Promise.race([this.endWaits(), sleep(CONTROL_MS_MAX, undefined, { ref: false })]);
    this.child.kill("SIGTERM");
    await sleep(DRAIN_MS_MAX, undefined, { ref: false });
    this.kill();
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  private async endWaits(): Promise<void> {
    const headers = { Authorization: `Bearer ${this.controlKey}` };
    try {
      await fetch(`http://127.0.0.1:${await this.ports.of("control")}/`, { method: "POST", headers });
    } catch {
      // Whoever waits is cut off with the rest.
    }
  }
}

/** Which port each socket of config.capnp listens on. */
class Ports {
  private readonly known = new Map<string, PromiseWithResolvers<number>>();

  of(socket: string): Promise<number> {
    return this.entry(socket).promise;
  }

  /** workerd writes a line for each as soon as it listens. */
  read(input: Readable): void {
    createInterface({ input }).on("line", (line) => {
      const { socket, port } = JSON.parse(line) as { readonly socket?: string; readonly port?: number };
      if (socket !== undefined && port !== undefined) this.entry(socket).resolve(port);
    });
  }

  private entry(socket: string): PromiseWithResolvers<number> {
    const entry = this.known.get(socket) ?? Promise.withResolvers<number>();
    this.known.set(socket, entry);
    return entry;
  }
}

/** The native program: bin/workerd may be a script around it. */
function workerdPath(): string {
  const { default: path } = createRequire(import.meta.url)("workerd") as { readonly default: string };
  return path;
}

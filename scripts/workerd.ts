/** One run of workerd: starts the process on a data folder and watches it until it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { DataFolder } from "./data-folder.ts";
import type { LogOutput } from "./log-output.ts";
import { Refusal } from "./refusal.ts";
import { ROOT, SITE } from "./wrangler.ts";

export interface RunOptions {
  /** Host and port; port 0: any free port. */
  readonly address: string;
  readonly folder: DataFolder;
  /** The environment variables of workerd, which contain the settings. */
  readonly environment: NodeJS.ProcessEnv;
  readonly stdout: LogOutput;
  readonly stderr: LogOutput;
}

/** Milliseconds for requests to finish after a signal. Acknowledged data is already on disk. */
const DRAIN_MS_MAX = 5_000;
/** Milliseconds for workerd to answer the announcement of the stop. */
const CONTROL_MS_MAX = 1_000;
/** Milliseconds for a stop. A supervisor has to wait longer. */
export const STOP_MS_MAX = CONTROL_MS_MAX + DRAIN_MS_MAX;

export class WorkerdRun {
  /** Resolves when the process has ended and its output has been passed on, with a text that says how. Never rejects. */
  readonly ended: Promise<string>;
  isOver = false;
  private readonly child: ChildProcess;
  private readonly controlKey = randomBytes(32).toString("hex");
  private readonly ports = new Ports();

  constructor({ address, folder, environment, stdout, stderr }: RunOptions) {
    const folders = [`--directory-path=disk=${folder.path}`, `--directory-path=site=${SITE}`];
    const options = ["--socket-addr", `http=${address}`, ...folders, "--control-fd=3"];
    this.child = spawn(workerdPath(), ["serve", join(ROOT, "config.capnp"), ...options], {
      env: { ...environment, CONTROL_KEY: this.controlKey },
      stdio: ["ignore", stdioOf(stdout), stdioOf(stderr), "pipe"],
    });
    if (typeof stdout === "function" && this.child.stdout !== null) stdout(this.child.stdout);
    if (typeof stderr === "function" && this.child.stderr !== null) stderr(this.child.stderr);
    this.ports.read(this.child.stdio[3] as Readable);
    this.child.once("exit", () => (this.isOver = true));
    this.ended = once(this.child, "close").then(
      ([code, signal]: readonly (number | string | null)[]) => String(signal ?? `exit code ${code}`),
      () => "it could not be started",
    );
    if (this.child.pid === undefined)
      throw new Refusal("workerd could not be started. Run npm ci to install it again.");
    folder.recordWorkerd(this.child.pid);
  }

  /** The port of the HTTP socket. Resolves when workerd listens. */
  async port(): Promise<number> {
    return await this.ports.of("http");
  }

  /** Stops workerd. Waiting claims are answered at once, other requests get DRAIN_MS_MAX to finish. */
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
      // Then waiting claims end when the process does.
    }
  }
}

function stdioOf(output: LogOutput): "inherit" | "pipe" {
  return output === "inherit" ? output : "pipe";
}

/** The ports that the sockets of config.capnp listen on. */
class Ports {
  private readonly known = new Map<string, PromiseWithResolvers<number>>();

  of(socket: string): Promise<number> {
    return this.entry(socket).promise;
  }

  /** Reads workerd's control messages: one line of JSON per socket when it listens. */
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

/** The path of the native program. bin/workerd may be a wrapper script. */
function workerdPath(): string {
  const { default: path } = createRequire(import.meta.url)("workerd") as { readonly default: string };
  return path;
}

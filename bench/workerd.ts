/** A workerd process on a free loopback port with one data folder, without the supervision of `npm start`. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { endWithThisProcess } from "./children.ts";

export interface WorkerdOptions {
  readonly config: string;
  readonly dataDir: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: any free one. */
  readonly port?: number;
}

export class Workerd {
  readonly pid: number;
  readonly port: number;
  private readonly process: ChildProcess;

  /** Starts workerd. Resolves when it listens, after about 40 ms. */
  static async start({ config, dataDir, environment, port: asked = 0 }: WorkerdOptions): Promise<Workerd> {
    mkdirSync(dataDir, { recursive: true });
    const options = [
      "--socket-addr",
      `http=127.0.0.1:${asked}`,
      "--directory-path",
      `disk=${dataDir}`,
      "--control-fd=3",
    ];
    const child = spawn(workerdPath(), ["serve", config, ...options], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    child.once(
      "exit",
      endWithThisProcess(() => child.kill("SIGKILL")),
    );
    let output = "";
    child.stderr?.on("data", (chunk) => (output += String(chunk)));
    const lines = createInterface({ input: child.stdio[3] as Readable });
    const line = await Promise.race([once(lines, "line"), once(child, "exit").then(() => null)]);
    if (line === null || child.pid === undefined) throw new Error(`workerd did not start:\n${output.trim()}`);
    const { port } = JSON.parse(String(line[0])) as { readonly port: number };
    return new Workerd(child, child.pid, port);
  }

  private constructor(child: ChildProcess, pid: number, port: number) {
    this.process = child;
    this.pid = pid;
    this.port = port;
  }

  /** Ends the process: SIGTERM lets requests finish, SIGKILL simulates a crash. Resolves when the process has ended. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill(signal);
    await gone;
  }
}

const here = createRequire(import.meta.url);

/** The native program. bin/workerd may be a wrapper script, whose pid would be the wrong one. */
function workerdPath(): string {
  return (createRequire(here.resolve("wrangler"))("workerd") as { readonly default: string }).default;
}

export function workerdVersion(): string {
  const manifest = createRequire(here.resolve("wrangler")).resolve("workerd/package.json");
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}

/**
 * Runs the service as its users do: `npm start` with a data folder and a free port. For benchmarks and for tests from
 * outside.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../scripts/wrangler.ts";
import { endWithThisProcess } from "./children.ts";

export interface ServerOptions {
  /** The folder of the checkout; default: this one. */
  readonly root?: string;
  readonly dataDir: string;
  /** The command line, from that folder; default: `npm start`. */
  readonly program?: readonly string[];
  /** Settings of the service. It listens on a free port, unless they name one. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What `npm start` runs. */
export const PROGRAM = [process.execPath, "scripts/run.cjs", "start"];

export class Server {
  readonly port: number;
  /** The pid of workerd, which does all the work. */
  readonly pid: number;
  private readonly npm: ChildProcess;

  /** Starts the service, with a build if necessary. Resolves when it answers requests. */
  static async start({ root = ROOT, dataDir, program, environment }: ServerOptions): Promise<Server> {
    const [command = "", ...args] = program ?? ["npm", "start"];
    const npm = spawn(command, args, {
      cwd: root,
      // In its own process group: npm does not reliably forward signals to the start script.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PORT: "0", ...environment, HOST: "127.0.0.1", DATA_DIR: dataDir },
    });
    npm.once(
      "exit",
      endWithThisProcess(() => signal(npm, "SIGKILL")),
    );
    const port = await announcedPort(npm);
    return new Server(npm, port, Number(readFileSync(join(dataDir, "workerd.pid"), "utf8")));
  }

  private constructor(npm: ChildProcess, port: number, pid: number) {
    this.npm = npm;
    this.port = port;
    this.pid = pid;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    if (this.npm.exitCode !== null || this.npm.signalCode !== null) return;
    const gone = once(this.npm, "exit");
    signal(this.npm, "SIGTERM");
    const impatience = setTimeout(() => signal(this.npm, "SIGKILL"), STOP_MS_MAX);
    await gone;
    clearTimeout(impatience);
  }
}

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 10_000;

/** The port that the start script prints when the service answers. */
async function announcedPort(npm: ChildProcess): Promise<number> {
  let output = "";
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const read = (chunk: unknown): void => {
    output += String(chunk);
    const port = /^Sukkal serves http:\/\/127\.0\.0\.1:(\d+) /m.exec(output)?.[1];
    if (port !== undefined) resolve(Number(port));
  };
  npm.stdout?.on("data", read);
  npm.stderr?.on("data", read);
  npm.once("exit", (code) => reject(new Error(`npm start ended with ${code}:\n${output.trim()}`)));
  const timer = setTimeout(() => {
    signal(npm, "SIGKILL");
    reject(new Error(`npm start has not printed its address within ${START_MS_MAX / 1000} s:\n${output.trim()}`));
  }, START_MS_MAX);
  return await promise.finally(() => clearTimeout(timer));
}

/** Sends a signal to the whole process group, if it still exists. */
function signal(npm: ChildProcess, name: "SIGTERM" | "SIGKILL"): void {
  try {
    if (npm.pid !== undefined) process.kill(-npm.pid, name);
  } catch {
    // The group has ended.
  }
}

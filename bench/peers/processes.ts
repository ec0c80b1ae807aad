/** Starts the processes of other services, and finds what belongs to them. */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { endWithThisProcess } from "../children.ts";
import { cpuSeconds } from "../process-facts.ts";

const START_MS_MAX = 60_000;
const STOP_MS_MAX = 15_000;

/** The first match in the output of a program; null: it is not installed. */
export function versionOf(program: string, args: readonly string[], pattern: RegExp): string | null {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  return error === undefined ? (pattern.exec(`${stdout}${stderr}`)?.[1] ?? null) : null;
}

/** Starts a program that does not put itself into the background. It ends with this process at the latest. */
export function startProgram(program: string, args: readonly string[], options: SpawnOptions = {}): Program {
  return new Program(spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options }));
}

export class Program {
  private readonly child: ChildProcess;
  private output = "";

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (this.output += String(chunk)));
    child.once("error", (error) => (this.output += String(error)));
    child.once(
      "exit",
      endWithThisProcess(() => child.kill("SIGKILL")),
    );
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(this.output);
    return this.child.pid;
  }

  /** Resolves when the service can be used: `tryIt` resolves then. */
  async accepts(tryIt: () => Promise<unknown>): Promise<void> {
    for (let waited = 0; waited < START_MS_MAX; waited += 50) {
      if (this.hasEnded) throw new Error(`it ended: ${this.output.slice(-2000)}`);
      const isReady = await tryIt().then(
        () => true,
        () => false,
      );
      if (isReady) return;
      await sleep(50);
    }
    throw new Error(`it does not accept connections: ${this.output.slice(-2000)}`);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.child, "exit");
    this.child.kill(signal);
    const impatience = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS_MAX);
    await gone;
    clearTimeout(impatience);
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** Connects to a port and leaves. Rejects if nobody listens. */
export async function knock(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** CPU seconds of a process and of all that it has started; null: no /proc on this system. */
export function cpuSecondsOfTree(root: number): number | null {
  if (cpuSeconds(root) === null) return null;
  const parents = new Map(processIds().map((pid) => [pid, parentOf(pid)]));
  const belongs = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined && at > 0; at = parents.get(at))
      if (at === root) return true;
    return false;
  };
  const pids = [...parents.keys()].filter(belongs);
  return pids.reduce((sum, pid) => sum + (cpuSeconds(pid) ?? 0), 0);
}

function processIds(): readonly number[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // It has ended.
    return 0;
  }
}

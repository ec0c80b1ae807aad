/** A service that runs as a process of its own: the package `sukkal-server`, or a checkout. Node only. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** An installation of the service: its folder, and the program that starts it. */
export interface Installation {
  readonly root: string;
  readonly program: string;
}

export interface ServerProcess {
  /** Resolves when the service answers requests, such as to `http://127.0.0.1:41234`. Rejects with NotStarted. */
  readonly url: Promise<string>;
  /** Resolves when the process has ended, with a text that says how. */
  readonly ended: Promise<string>;
  /** Resolves when it has ended. */
  readonly stop: () => Promise<void>;
}

export interface LaunchOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds for the start. Default: 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Gets what it prints to standard error after the start: warnings and errors. */
  readonly onStderr?: (chunk: Uint8Array) => void;
}

export class NotStarted extends Error {
  /** What the service has printed. */
  readonly printed: string;

  constructor(how: string, printed: string) {
    super(`The service ${how}. It has printed:\n${printed}`);
    this.name = "NotStarted";
    this.printed = printed;
  }
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;
/** The line in which the service says that it answers requests. */
const SERVES = /Sukkal serves (http:\/\/127\.0\.0\.1:\d+) /;

/** The installation in a folder, whose manifest names the program. null: there is none. */
export function installationIn(root: string): Installation | null {
  const manifest = join(root, "package.json");
  if (!existsSync(manifest)) return null;
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
  const program = bin?.["sukkal-server"];
  return program === undefined ? null : { root, program: join(root, program) };
}

/** The package `sukkal-server` as programs in a folder find it. null: it is not installed. */
export function installedFor(folder: string): Installation | null {
  const root = packageFrom(folder, "sukkal-server");
  return root === null ? null : installationIn(root);
}

export function launch({ root, program }: Installation, { env, timeoutMs, onStderr }: LaunchOptions): ServerProcess {
  // The service ends when the channel closes, so also if this process is killed.
  const child = spawn(nodeOf(root), [program], { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const ended = once(child, "exit").then(
    ([code, signal]: readonly (number | string | null)[]) => String(signal ?? `exit code ${code}`),
    (error: unknown) => String(error),
  );
  // Whoever forgets `stop` leaves no process behind.
  const kill = (): void => void child.kill("SIGTERM");
  process.once("exit", kill);
  void ended.then(() => process.off("exit", kill));
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  const url = urlOf(child, timeoutMs ?? TIMEOUT_MS).finally(() => {
    // Somebody has to read what it prints, so that it can go on.
    child.stdout?.resume();
    child.stderr?.on("data", onStderr ?? (() => {}));
  });
  return { url, ended, stop };
}

/** A Node that can run the service: this one, or the newer one that is installed with the service on Linux. */
function nodeOf(root: string): string {
  // A word where Node can run TypeScript: from 22.18.
  if (typeof process.features.typescript === "string") return process.execPath;
  const installed = packageFrom(root, `node-${process.platform}-${process.arch}`);
  return installed === null ? process.execPath : join(installed, "bin", "node");
}

/** The folder of a package as programs in `folder` find it; null: it is not installed. */
function packageFrom(folder: string, name: string): string | null {
  try {
    return dirname(createRequire(join(folder, "_")).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

/** The address of the service, once it answers requests. */
function urlOf(child: ChildProcess, timeoutMs: number): Promise<string> {
  let printed = "";
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) stream?.off("data", read);
    };
    const fail = (how: string): void => {
      end();
      reject(new NotStarted(how, printed));
    };
    const timer = setTimeout(() => fail("did not start in time"), timeoutMs);
    const read = (chunk: unknown): void => {
      printed += String(chunk);
      const url = SERVES.exec(printed)?.[1];
      if (url === undefined) return;
      end();
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", read);
    child.once("error", (error) => fail(`could not be started (${error.message})`));
    // All that it has printed is read by then.
    child.once("close", (code) => fail(`ended with exit code ${String(code)}`));
  });
}

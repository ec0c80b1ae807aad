/**
 * `sukkal/testing`: a service of its own for a test suite, on a free port and in an empty folder. Node only. It starts the package
 * `sukkal-server`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface TestServerOptions {
  /** The folder of the package `sukkal-server`, or a checkout of the service. Default: the package that the working directory resolves. */
  readonly server?: string | undefined;
  /** Settings of the service, such as `AUTH_STRATEGY`, which is `none` by default. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for the start. Default: 60,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A service that was started.
 *
 * @example
 * ```ts
 * import { startServer } from "sukkal/testing";
 * const service = await startServer({ server, settings: { MAX_MESSAGE_TTL: "3600" } });
 * console.log(service.url); // For the options of a client.
 * await service.stop();
 * ```
 */
export interface TestServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Stops the service and removes its data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Manifest {
  readonly bin?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;
/** The line in which the service says that it answers requests. */
const SERVES = /Sukkal serves (http:\/\/127\.0\.0\.1:\d+) /;

/**
 * Starts a service. Throws when it does not start, with what it has printed.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * import { startServer } from "sukkal/testing";
 * const service = await startServer({ server }); // The folder of the service; by default the installed package.
 * const sukkal = new Sukkal({ url: service.url, project: "test" });
 * await sukkal.queue("jobs").post("hello");
 * await service.stop();
 * ```
 */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { root, program } = serviceOf(options.server);
  const folder = await mkdtemp(join(tmpdir(), "sukkal-testing-"));
  const child = spawn(nodeOf(root), [program], {
    env: { ...process.env, ...options.settings, HOST: "127.0.0.1", PORT: "0", DATA_DIR: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit").catch(() => undefined);
  // Whoever forgets `stop` leaves no process behind.
  const kill = (): void => void child.kill("SIGTERM");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    child.kill("SIGTERM");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await urlOf(child, options.timeoutMs ?? TIMEOUT_MS);
    return { url, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The folder of the service, and its program. */
function serviceOf(server: string | undefined): { readonly root: string; readonly program: string } {
  const hint = "`server` has to name a checkout of the service after `npm ci`";
  const root = server === undefined ? packageFrom(process.cwd(), "sukkal-server") : resolve(server);
  if (root === null) throw new Error(`The package sukkal-server is not installed here. Install it, or ${hint}.`);
  const program = programOf(root);
  if (program !== null) return { root, program };
  throw new Error(`${root} is not the folder of a service: ${hint}.`);
}

/** The program that the manifest of a checkout, and that of the package, call `sukkal-server`. null: there is none. */
function programOf(root: string): string | null {
  const manifest = join(root, "package.json");
  if (!existsSync(manifest)) return null;
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as Manifest;
  const program = bin?.["sukkal-server"];
  return program === undefined ? null : join(root, program);
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
async function urlOf(child: ChildProcess, timeoutMs: number): Promise<string> {
  let output = "";
  return new Promise((started, reject) => {
    const fail = (how: string): void => {
      clearTimeout(timer);
      reject(new Error(`The service ${how}. It has printed:\n${output}`));
    };
    const timer = setTimeout(() => fail("did not start in time"), timeoutMs);
    const read = (chunk: unknown): void => {
      output += String(chunk);
      const url = SERVES.exec(output)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      started(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(`could not be started (${error.message})`));
    child.once("exit", (code) => fail(`ended with exit code ${String(code)}`));
  });
}

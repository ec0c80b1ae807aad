/**
 * `sukkal/testing`: a service of its own for a test suite, on a free port and in an empty folder. Node only. It starts the package
 * `sukkal-server`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface TestServerOptions {
  /** The folder of `sukkal-server`. Default: where the working directory resolves the package. */
  readonly server?: string;
  /** Settings of the service, such as `AUTH_STRATEGY`, which is `none` by default. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Milliseconds for the start. Default: 60,000. */
  readonly timeoutMs?: number;
}

export interface TestServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Stops the service and removes its data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
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
  const root = options.server ?? dirname(createRequire(join(process.cwd(), "_")).resolve("sukkal-server/package.json"));
  const folder = await mkdtemp(join(tmpdir(), "sukkal-testing-"));
  const child = spawn(process.execPath, [join(root, "scripts", "run.cjs"), "start"], {
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

/** The address of the service, once it answers requests. */
async function urlOf(child: ChildProcess, timeoutMs: number): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
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
      resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(`could not be started (${error.message})`));
    child.once("exit", (code) => fail(`ended with exit code ${String(code)}`));
  });
}

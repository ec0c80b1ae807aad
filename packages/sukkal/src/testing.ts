/**
 * `sukkal/testing`: a service of its own for a test suite, on a free port and in an empty folder. Node only. It starts
 * the package `sukkal-server`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installationIn, installedFor, launch, type Installation } from "./server-process.ts";

export interface TestServerOptions {
  /**
   * The folder of the package `sukkal-server`, or a checkout of the service. Default: the package that the working
   * directory resolves.
   */
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
  const service = serviceOf(options.server);
  const folder = await mkdtemp(join(tmpdir(), "sukkal-testing-"));
  const child = launch(service, {
    env: { ...process.env, ...options.settings, HOST: "127.0.0.1", PORT: "0", DATA_DIR: folder },
    timeoutMs: options.timeoutMs,
  });
  const stop = async (): Promise<void> => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: await child.url, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function serviceOf(server: string | undefined): Installation {
  const hint = "`server` has to name a checkout of the service after `npm ci`";
  const service = server === undefined ? installedFor(process.cwd()) : installationIn(resolve(server));
  if (service !== null) return service;
  throw new Error(
    server === undefined
      ? `The package sukkal-server is not installed here. Install it, or ${hint}.`
      : `${resolve(server)} is not the folder of a service: ${hint}.`,
  );
}

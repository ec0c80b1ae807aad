/**
 * Starts a service with the settings of a test: the app, in the test's isolate, with the objects of the Worker. Only settings
 * that the Worker reads can vary (access, CORS, limits of requests). The objects have their own settings.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createApp } from "../../../src/app.ts";
import { readConfig } from "../../../src/config/config.ts";
import { capacityOf } from "../../../src/operations/capacity.ts";
import { settlesWithin } from "../../../src/mechanisms/timeout.ts";
import type { Shutdown } from "../../../src/operations/shutdown.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";

export { ACCESS_SETTINGS } from "../access-settings.ts";

export interface Service {
  /** The paths of all its routes. */
  readonly paths: readonly string[];
  fetch(request: Request): Promise<Response>;
}

/** Milliseconds for the work that a request leaves behind. */
const WORK_MS_MAX = 300;

export function startService(
  settings: Readonly<Record<string, string>>,
  keystone?: Fetcher,
  disk?: Fetcher,
  shutdown?: Shutdown,
): Service {
  const config = readConfig(settings);
  const app = createApp(config, shutdown);
  // Figures and numbers of requests are reported after each request, not 8 s later, for which a test would have to wait.
  capacityOf(config).hurryReports();
  const bindings = {
    ...(env as unknown as ObjectBindings),
    ...(keystone === undefined ? {} : { KEYSTONE: keystone }),
    ...(disk === undefined ? {} : { DISK: disk }),
  };
  return {
    paths: [...new Set(app.routes.map(({ path }) => path).filter((path) => path !== "/*"))],
    async fetch(request) {
      const ctx = createExecutionContext();
      const response = await app.fetch(request, bindings, ctx);
      await settlesWithin(waitOnExecutionContext(ctx), WORK_MS_MAX);
      return response;
    },
  };
}

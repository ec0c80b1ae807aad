/**
 * Starts a service with settings of the test's own: the app, in the test's isolate, over the objects of the Worker. Only
 * settings that the Worker reads can vary (access, CORS, limits of requests). The objects keep their own.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createApp } from "../../../src/app.ts";
import { readConfig } from "../../../src/config/config.ts";
import type { Shutdown } from "../../../src/operations/shutdown.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";

export interface Service {
  /** All of its paths, as the router knows them. */
  readonly paths: readonly string[];
  fetch(request: Request): Promise<Response>;
}

export function startService(
  settings: Readonly<Record<string, string>>,
  keystone?: Fetcher,
  disk?: Fetcher,
  shutdown?: Shutdown,
): Service {
  const app = createApp(readConfig(settings), shutdown);
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
      await waitOnExecutionContext(ctx);
      return response;
    },
  };
}

/** A service whose settings nobody would deploy: every way in is open, and each has a key that is known. */
export const ACCESS_SETTINGS = {
  AUTH_STRATEGY: "keystone,keys",
  KEYSTONE_URL: "http://keystone.test/identity",
  KEYSTONE_USERNAME: "sukkal",
  KEYSTONE_PASSWORD: "a password of the service",
  KEYSTONE_PROJECT: "service",
  ADMIN_API_KEY: `sk_admin_${"0123456789abcdef".repeat(2)}`,
  SIGNED_URL_SECRET_KEY: "a signing key of thirty-two bytes",
  ADMIN_MODE: "true",
} as const;

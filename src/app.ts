/** The HTTP app: the middleware in its order, all routes, and the handlers of errors. */
import type { Context } from "hono";
import { HonoBase } from "hono/hono-base";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { authServicesOf } from "./auth/auth-services.ts";
import type { Config } from "./config/config.ts";
import type { Failure } from "./domain/failure.ts";
import { Refusal } from "./domain/refusal.ts";
import { refusal } from "./http/answer.ts";
import { authenticate } from "./http/middleware/authenticate.ts";
import { cors } from "./http/middleware/cors.ts";
import { drainBody } from "./http/middleware/drain-body.ts";
import { recordRequest } from "./http/middleware/record-request.ts";
import { BytesInFlight } from "./http/bytes-in-flight.ts";
import type { AppEnv } from "./http/request.ts";
import { addMetrics } from "./http/metrics.ts";
import { addV2 } from "./http/v2/index.ts";
import { addReadiness } from "./http/readiness.ts";
import { addSite, isOfSite } from "./http/site.ts";
import { addVersions } from "./http/versions.ts";
import { addWebSocket } from "./http/websocket.ts";
import { capacityOf } from "./operations/capacity.ts";
import { Shutdown } from "./operations/shutdown.ts";
import { logFault } from "./telemetry/event.ts";
import { tracerOf } from "./telemetry/tracer.ts";
import { codeOf } from "./wire/failure-codes.ts";
import { PATHS } from "./wire/paths.ts";

/**
 * Routes without authentication: version discovery, as upstream, the health check of load balancers, what a WebSocket client is
 * told whose upgrade got lost, and the pages of the site, unless they are switched off.
 */
function isOpen(path: string, config: Config): boolean {
  if (path === PATHS.versions || path === PATHS.healthz || path === PATHS.websocket) return true;
  return isOfSite(path, config);
}

export function createApp(config: Config, shutdown = new Shutdown()): HonoBase<AppEnv> {
  // Not the router that tries several: this one supports all our paths.
  const app = new HonoBase<AppEnv>({ router: new RegExpRouter() });
  const { authenticator, signer, trusts } = authServicesOf(config);
  const capacity = capacityOf(config);
  const { gate, projectLimits, reporters } = capacity;
  shutdown.onBegin(capacity.hurryReports);
  const bytesInFlight = new BytesInFlight(config.maxBytesInFlight);
  const deps = { app, config, signer, trusts, gate, reporters, shutdown, projectLimits, bytesInFlight };
  const middleware = [
    recordRequest(capacity, { logAll: config.accessLog, tracer: tracerOf(config) }),
    cors(config),
    drainBody(config.maxBodyWait),
    authenticate(authenticator, gate, (path) => isOpen(path, config)),
  ];
  app.use(...middleware.filter((each) => each !== null));
  addVersions(deps);
  addReadiness(deps);
  addMetrics(deps, capacity.requests);
  addSite(deps);
  addWebSocket(deps);
  addV2(deps);
  const refuse = (failure: Failure, c: Context<AppEnv>): Response => {
    c.get("event").code = codeOf(failure.kind);
    return refusal(failure, c.req.raw.headers.get("Accept"));
  };
  app.notFound((c) => refuse({ kind: "route-unknown" }, c));
  app.onError((fault, c) => {
    if (fault instanceof Refusal) return refuse(fault.failure, c);
    logFault(c.get("event"), fault);
    return refuse({ kind: "unavailable", whatFailed: "The request could not be completed." }, c);
  });
  return app;
}

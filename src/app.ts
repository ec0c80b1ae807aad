/** The HTTP app: the map of the service. */
import { Hono } from "hono";
import type { Config } from "./config.ts";
import { Refusal } from "./domain/refusal.ts";
import { refusal } from "./http/answer.ts";
import { drainBody } from "./http/middleware/drain-body.ts";
import { recordRequest } from "./http/middleware/record-request.ts";
import type { AppEnv } from "./http/route.ts";
import { addV2 } from "./http/v2/index.ts";
import { addVersions } from "./http/versions.ts";
import { logFault } from "./telemetry/event.ts";

export function createApp(config: Config): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(recordRequest({ logAll: config.accessLog }), drainBody());
  addVersions({ app, config });
  addV2({ app, config });
  app.notFound((c) => refusal({ kind: "route-unknown" }, c.req.raw.headers.get("Accept")));
  app.onError((fault, c) => {
    const accept = c.req.raw.headers.get("Accept");
    if (fault instanceof Refusal) return refusal(fault.failure, accept);
    logFault(c.get("event"), fault);
    return refusal({ kind: "unavailable", attempted: "The request could not be completed." }, accept);
  });
  return app;
}

/** Assigns an id to each request, counts it, and writes its log line. Sets the variable `event`. */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { parseTraceparent, TRACEPARENT_HEADER } from "../../domain/traceparent.ts";
import type { Capacity } from "../../operations/capacity.ts";
import { logRequest, newEvent } from "../../telemetry/event.ts";
import { clock } from "../clock.ts";
import type { Tracer } from "../../telemetry/tracer.ts";
import type { AppEnv, RouteContext } from "../request.ts";

/** The id of a request is always new, whatever id the client has sent. `logAll`: log every request, not only failures. */
export function recordRequest(
  { gate, requests }: Pick<Capacity, "gate" | "requests">,
  { logAll, tracer }: { readonly logAll: boolean; readonly tracer: Tracer | null },
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const start = clock();
    const id = `req-${crypto.randomUUID()}`;
    const event = newEvent(id, () => clock() - start, parseTraceparent(c.req.raw.headers.get(TRACEPARENT_HEADER)));
    c.set("event", event);
    await next();
    c.res.headers.set("X-OpenStack-Request-Id", id);
    logRequest(event, c.res.status, logAll);
    if (requests?.count("http", event, c.res.status, clock()) === true) {
      c.executionCtx.waitUntil(requests.sendLater({ bindings: c.env, gate }));
    }
    if (tracer?.samples(event) !== true) return;
    const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
    const answered = { method: c.req.method, route: routeOf(c), status: c.res.status };
    tracer.recordRequest(event, answered, { now: clock, waitUntil, collector: c.env.COLLECTOR });
  };
}

/** The route as documents write it, `/v2/queues/{queue}`; null: the path has none. */
function routeOf(c: RouteContext): string | null {
  const path = routePath(c, -1);
  return path.endsWith("*") ? null : path.replace(/:(\w+)/g, "{$1}");
}

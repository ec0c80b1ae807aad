/** Assigns an id to each request and writes its log line. Sets the variable `event`. */
import type { MiddlewareHandler } from "hono";
import { parseTraceparent, TRACEPARENT_HEADER } from "../../domain/traceparent.ts";
import { clock } from "../clock.ts";
import { logRequest, newEvent, type RequestEvent } from "../../telemetry/event.ts";

/** The id of a request is always new, whatever id the client has sent. `logAll`: log every request, not only failures. */
export function recordRequest({ logAll }: { readonly logAll: boolean }): MiddlewareHandler<{
  readonly Variables: { event: RequestEvent };
}> {
  return async (c, next) => {
    const start = clock();
    const id = `req-${crypto.randomUUID()}`;
    const event = newEvent(id, () => clock() - start, parseTraceparent(c.req.raw.headers.get(TRACEPARENT_HEADER)));
    c.set("event", event);
    await next();
    c.res.headers.set("X-OpenStack-Request-Id", id);
    logRequest(event, c.res.status, logAll);
  };
}

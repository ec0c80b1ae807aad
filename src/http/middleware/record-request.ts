/** Gives every request its id and its log line. Sets the variable `event`. */
import type { MiddlewareHandler } from "hono";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import { logRequest, newEvent, type RequestEvent } from "../../telemetry/event.ts";

/** The Worker's wall clock. Objects read their own. */
export function clock(): EpochMs {
  return toEpochMs(Date.now());
}

/** Every answer carries a new request id, whatever id the client sent. `logAll`: log every request, not only failures. */
export function recordRequest({ logAll }: { readonly logAll: boolean }): MiddlewareHandler<{
  readonly Variables: { event: RequestEvent };
}> {
  return async (c, next) => {
    const start = clock();
    const event = newEvent(`req-${crypto.randomUUID()}`, () => clock() - start);
    c.set("event", event);
    await next();
    c.res.headers.set("X-OpenStack-Request-Id", event.request);
    const { status } = c.res;
    if (logAll || status >= 500) logRequest(event, status);
  };
}

/** Around every request: its id, the clock, and its line in the log. Declares the variable `event`. */
import type { MiddlewareHandler } from "hono";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import { logRequest, newEvent, type RequestEvent } from "../../telemetry/event.ts";

/** The wall clock of this side of the hop; objects read their own. */
export function clock(): EpochMs {
  return toEpochMs(Date.now());
}

/** Every answer carries a fresh request id, whatever id the client sent. `logAll`: not only failures of the service. */
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

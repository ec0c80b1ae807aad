/** `GET /healthz`, for load balancers and monitors: whether the service can serve requests. Ours. */
import { isReady, Readiness } from "../operations/readiness.ts";
import { encodeReadiness } from "../wire/readiness.ts";
import { json } from "./answer.ts";
import { clock } from "./clock.ts";
import { uncheckedRoute } from "./route.ts";
import type { RouteContext, RouteDeps } from "./request.ts";
import { PATHS } from "../wire/paths.ts";

export function addReadiness(deps: RouteDeps): void {
  const readiness = new Readiness(deps.gate);
  const answer = async (c: RouteContext): Promise<Response> => {
    const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
    const report = await readiness.report({ bindings: c.env, event: c.get("event"), now: clock, waitUntil });
    const status = isReady(report) ? 200 : 503;
    return json(status, encodeReadiness(report), { "Cache-Control": "no-store" });
  };
  const withoutBody = async (c: RouteContext): Promise<Response> => new Response(null, await answer(c));
  uncheckedRoute(deps, PATHS.healthz, { GET: answer, HEAD: withoutBody });
}

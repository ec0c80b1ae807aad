/** `GET /healthz`, for load balancers and monitors: whether requests would be served. Ours. */
import { isReady, Readiness } from "../operations/readiness.ts";
import { encodeReadiness } from "../wire/readiness.ts";
import { json } from "./answer.ts";
import { clock } from "./middleware/record-request.ts";
import { watchRoute } from "./route.ts";
import type { Here, Site } from "./visit.ts";
import { PATHS } from "../wire/paths.ts";

export function addReadiness(site: Site): void {
  const readiness = new Readiness(site.gate);
  const answer = async (c: Here): Promise<Response> => {
    const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
    const report = await readiness.report({ bindings: c.env, event: c.get("event"), now: clock, waitUntil });
    const status = isReady(report) ? 200 : 503;
    return json(status, encodeReadiness(report), { "Cache-Control": "no-store" });
  };
  const withoutBody = async (c: Here): Promise<Response> => new Response(null, await answer(c));
  watchRoute(site, PATHS.healthz, { GET: answer, HEAD: withoutBody });
}

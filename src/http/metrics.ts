/** `GET /metrics`, for Prometheus. Ours. The route does not exist with `METER=off`. */
import { MONITOR, type Principal } from "../auth/principal.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { toCaller, type ObjectAccess } from "../operations/admission.ts";
import type { Capacity } from "../operations/capacity.ts";
import { getMetrics, MetricsPages, type MetricsRequest } from "../operations/metrics.ts";
import { placeFamilies, serviceFamilies } from "../wire/metric-families.ts";
import { encodeMetrics, METRICS_TYPES } from "../wire/metrics.ts";
import { PATHS } from "../wire/paths.ts";
import { booleanParameter, parseUniqueQuery, projectParameter, type Query } from "../wire/query.ts";
import { preferredMetricsForm } from "./accept.ts";
import { clock } from "./clock.ts";
import { originOf, rawQuery, type RouteContext, type RouteDeps } from "./request.ts";
import { uncheckedRoute } from "./route.ts";

const PROJECT_MISSING = "With per_queue=true the query must contain a project_id.";

export function addMetrics(deps: RouteDeps, requests: Capacity["requests"]): void {
  if (requests === null) return;
  const pages = new MetricsPages();
  uncheckedRoute(deps, PATHS.metrics, {
    GET: async (c) => {
      const perform = await admit(c, deps);
      const asked = toRequest(unwrap(parseUniqueQuery(rawQuery(c.req.raw.url))));
      const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
      const access: ObjectAccess = { bindings: c.env, gate: deps.gate };
      const ask = async () => {
        // What this Worker has counted is on its own page, and in a self-hosted service nothing is missing.
        await requests.send(access);
        return perform(asked);
      };
      const page = await pages.get(asked, ask, { now: clock, waitUntil });
      const form = preferredMetricsForm(c.req.raw.headers.get("Accept"));
      const families =
        page.kind === "service" ? serviceFamilies(page.metrics) : placeFamilies(page.project, page.metrics);
      const headers = { "Content-Type": METRICS_TYPES[form], "Cache-Control": "no-store", Vary: "Accept" };
      return new Response(encodeMetrics(families, form), { headers });
    },
  });
}

/** Monitors send neither a Client-ID nor a project, and accept no JSON. */
function admit(c: RouteContext, { config, projectLimits, signer, gate }: RouteDeps) {
  // A subscriber inside the service would show its project the figures of all.
  if (originOf(c) !== null) throw new Refusal({ kind: "not-authorized" });
  // Without authentication everybody may read everything.
  const principal: Principal = c.get("principal") ?? MONITOR;
  const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
  const context = {
    principal,
    config,
    projectLimits,
    signer,
    createTrust: null,
    event: c.get("event"),
    clock,
    waitUntil,
  };
  return toCaller(context, { bindings: c.env, gate, reporters: null, client: null }).serviceDoor().admit(getMetrics);
}

function toRequest(query: Query): MetricsRequest {
  const isPerQueue = unwrap(booleanParameter(query, "per_queue")) ?? false;
  const project = projectParameter(query);
  if (isPerQueue && project === null) throw new Refusal({ kind: "request-invalid", reason: PROJECT_MISSING });
  return { project, isPerQueue };
}

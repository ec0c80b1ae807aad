/** `GET /metrics`, for Prometheus. Ours. */
import { MONITOR, type Principal } from "../auth/principal.ts";
import { toProjectId } from "../domain/id.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { after, toSeconds } from "../domain/time.ts";
import { SingleFlightCache } from "../mechanisms/single-flight-cache.ts";
import { toCaller, type ObjectAccess } from "../operations/admission.ts";
import type { Capacity } from "../operations/capacity.ts";
import { getMetrics, type MetricsPage, type MetricsRequest } from "../operations/metrics.ts";
import { placeFamilies, serviceFamilies } from "../wire/metric-families.ts";
import { encodeMetrics, METRICS_TYPES } from "../wire/metrics.ts";
import { PATHS } from "../wire/paths.ts";
import { booleanParameter, parseQuery, textParameter, type Query } from "../wire/query.ts";
import { preferredMetricsForm } from "./accept.ts";
import { clock } from "./clock.ts";
import { originOf, rawQuery, type RouteContext, type RouteDeps } from "./request.ts";
import { uncheckedRoute } from "./route.ts";

/** How long a page is kept: the next scrape of one Prometheus gets a new one, and that of a second one costs nothing. */
const PAGE_TTL = toSeconds(10);
/** Pages that are kept. One has up to a megabyte. */
const PAGES_MAX = 20;

const PROJECT_MISSING = "With per_queue=true the query must name a project.";

export function addMetrics(deps: RouteDeps, requests: Capacity["requests"]): void {
  const pages = new SingleFlightCache<MetricsPage>(PAGES_MAX);
  uncheckedRoute(deps, PATHS.metrics, {
    GET: async (c) => {
      const perform = await admit(c, deps);
      const asked = toRequest(parseQuery(rawQuery(c.req.raw.url)));
      const waitUntil = (work: Promise<unknown>): void => c.executionCtx.waitUntil(work);
      const access: ObjectAccess = { bindings: c.env, gate: deps.gate };
      const page = await pages.get(
        JSON.stringify(asked),
        async () => {
          // What this Worker has counted is on its own page, and in a self-hosted service nothing is missing.
          await requests?.send(access);
          return { value: await perform(asked), until: after(clock(), PAGE_TTL) };
        },
        { now: clock, waitUntil },
      );
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
  return toCaller(context, { bindings: c.env, gate }).serviceDoor().admit(getMetrics);
}

function toRequest(query: Query): MetricsRequest {
  const isPerQueue = unwrap(booleanParameter(query, "per_queue")) ?? false;
  const named = textParameter(query, "project");
  if (isPerQueue && named === null) throw new Refusal({ kind: "request-invalid", reason: PROJECT_MISSING });
  return { project: named === null ? null : toProjectId(named), isPerQueue };
}

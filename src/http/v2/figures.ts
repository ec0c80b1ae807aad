/**
 * Figures over HTTP: the overview, one queue or topic, the past, and what operators see of projects. Ours. The routes exist only
 * with `METER=on`.
 */
import { unwrap } from "../../domain/refusal.ts";
import { placeNamed } from "../../operations/names.ts";
import { getOverview, getUsage, listProjects } from "../../operations/overview.ts";
import { getSeries } from "../../operations/series.ts";
import { decodeOverview, encodeOverview, encodeProjects, encodeUsage } from "../../wire/overview.ts";
import { PATHS } from "../../wire/paths.ts";
import { integerParameter, parseUniqueQuery, projectParameter, textParameter, type Query } from "../../wire/query.ts";
import { decodeSeries, encodeSeries } from "../../wire/series.ts";
import { json } from "../answer.ts";
import { rawQuery, type ApiRequest, type RouteDeps } from "../request.ts";
import { on, projectRoute, serviceRoute } from "../route.ts";

export function addFigures(deps: RouteDeps): void {
  if (!deps.config.meter) return;

  projectRoute(deps, PATHS.overview, {
    GET: on(getOverview, async (request, perform) => {
      return json(200, encodeOverview(await perform(unwrap(decodeOverview(queryOf(request))))));
    }),
  });

  projectRoute(deps, PATHS.series, {
    GET: on(getSeries, async (request, perform) => {
      const query = queryOf(request);
      const names = { queue: textParameter(query, "queue"), topic: textParameter(query, "topic") };
      const place = placeNamed(names, request.principal);
      return json(200, encodeSeries(await perform({ place, ...unwrap(decodeSeries(query)) }), place));
    }),
  });

  serviceRoute(deps, PATHS.usage, {
    GET: on(getUsage, async (request, perform) => {
      return json(200, encodeUsage(await perform({ project: projectParameter(queryOf(request)) })));
    }),
  });

  serviceRoute(deps, PATHS.projects, {
    GET: on(listProjects, async (request, perform) => {
      const limit = unwrap(integerParameter(queryOf(request), "limit"));
      return json(200, encodeProjects(await perform({ limit })));
    }),
  });
}

function queryOf({ raw }: ApiRequest): Query {
  return unwrap(parseUniqueQuery(rawQuery(raw.url)));
}

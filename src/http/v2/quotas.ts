/** Quotas over HTTP. Ours. */
import { toProjectId, type ProjectId } from "../../domain/id.ts";
import { invalidName } from "../../domain/failure.ts";
import type { Place } from "../../domain/place.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { getQuotas, resetQuotas, setQuotas } from "../../operations/quotas.ts";
import { textParameter } from "../../wire/query.ts";
import { decodeQuotas, encodeQuotas } from "../../wire/quotas.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { checkPlace } from "../../operations/names.ts";
import { on, serviceRoute } from "../route.ts";
import type { RouteDeps, ApiRequest } from "../request.ts";
import { PATHS } from "../../wire/paths.ts";

export function addQuotas(deps: RouteDeps): void {
  serviceRoute(deps, PATHS.quotas, {
    GET: on(getQuotas, async (request, perform) => {
      const report = await perform({ project: null, place: placeIn(request) });
      return json(200, encodeQuotas(report));
    }),
  });

  serviceRoute(deps, PATHS.projectQuotas, {
    GET: on(getQuotas, async (request, perform) => {
      const report = await perform({ project: projectIn(request), place: null });
      return json(200, encodeQuotas(report));
    }),
    PUT: on(setQuotas, async (request, perform) => {
      const overrides = unwrap(decodeQuotas(await readSmallBody(request)));
      await perform({ project: projectIn(request), overrides });
      return noContent();
    }),
    DELETE: on(resetQuotas, async (request, perform) => {
      await perform({ project: projectIn(request) });
      return noContent();
    }),
  });
}

/** The queue or topic in the query. If the query names both, the queue. */
function placeIn({ query, principal }: ApiRequest): Place | null {
  for (const kind of ["queue", "topic"] as const) {
    const text = textParameter(query, kind);
    if (text !== null) return checkPlace(kind, text, principal);
  }
  return null;
}

/** The project in the path. An empty one is refused, because the caller's own quotas have another path. */
function projectIn({ variable }: ApiRequest): ProjectId {
  const text = variable("project");
  if (text === "") throw new Refusal(invalidName("queue", { defect: "project-empty", got: text }));
  return toProjectId(text);
}

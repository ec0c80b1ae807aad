/** Quotas over HTTP. Ours. */
import { toProjectId, type ProjectId } from "../../domain/id.ts";
import { misnamed } from "../../domain/failure.ts";
import type { Place } from "../../domain/place.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { perform } from "../../operations/operation.ts";
import { getQuotas, resetQuotas, setQuotas } from "../../operations/quotas.ts";
import { textParameter } from "../../wire/query.ts";
import { decodeQuotas, encodeQuotas } from "../../wire/quotas.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { checkPlace } from "../gate.ts";
import { on, serviceRoute, type Site, type Visit } from "../route.ts";
import { PATHS } from "../../wire/paths.ts";

export function addQuotas(site: Site): void {
  serviceRoute(site, PATHS.quotas, {
    GET: on(getQuotas, async (visit) => {
      const report = await perform(visit.context, getQuotas, { project: null, place: placeIn(visit) });
      return json(200, encodeQuotas(report));
    }),
  });

  serviceRoute(site, PATHS.projectQuotas, {
    GET: on(getQuotas, async (visit) => {
      const report = await perform(visit.context, getQuotas, { project: projectIn(visit), place: null });
      return json(200, encodeQuotas(report));
    }),
    PUT: on(setQuotas, async (visit) => {
      const overrides = unwrap(decodeQuotas(await readSmallBody(visit)));
      await perform(visit.context, setQuotas, { project: projectIn(visit), overrides });
      return noContent();
    }),
    DELETE: on(resetQuotas, async (visit) => {
      await perform(visit.context, resetQuotas, { project: projectIn(visit) });
      return noContent();
    }),
  });
}

/** The queue or topic in the query, the queue first. */
function placeIn({ query, context }: Visit): Place | null {
  for (const kind of ["queue", "topic"] as const) {
    const text = textParameter(query, kind);
    if (text !== null) return checkPlace(kind, text, context.principal);
  }
  return null;
}

/** The project in the path. An empty one is refused: the caller's own quotas have another route. */
function projectIn({ variable }: Visit): ProjectId {
  const text = variable("project");
  if (text === "") throw new Refusal(misnamed("queue", { defect: "project-empty", got: text }));
  return toProjectId(text);
}

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
import type { Site, Visit } from "../visit.ts";
import { PATHS } from "../../wire/paths.ts";

export function addQuotas(site: Site): void {
  serviceRoute(site, PATHS.quotas, {
    GET: on(getQuotas, async (visit, perform) => {
      const report = await perform({ project: null, place: placeIn(visit) });
      return json(200, encodeQuotas(report));
    }),
  });

  serviceRoute(site, PATHS.projectQuotas, {
    GET: on(getQuotas, async (visit, perform) => {
      const report = await perform({ project: projectIn(visit), place: null });
      return json(200, encodeQuotas(report));
    }),
    PUT: on(setQuotas, async (visit, perform) => {
      const overrides = unwrap(decodeQuotas(await readSmallBody(visit)));
      await perform({ project: projectIn(visit), overrides });
      return noContent();
    }),
    DELETE: on(resetQuotas, async (visit, perform) => {
      await perform({ project: projectIn(visit) });
      return noContent();
    }),
  });
}

/** The queue or topic in the query, the queue first. */
function placeIn({ query, principal }: Visit): Place | null {
  for (const kind of ["queue", "topic"] as const) {
    const text = textParameter(query, kind);
    if (text !== null) return checkPlace(kind, text, principal);
  }
  return null;
}

/** The project in the path. An empty one is refused: the caller's own quotas have another route. */
function projectIn({ variable }: Visit): ProjectId {
  const text = variable("project");
  if (text === "") throw new Refusal(invalidName("queue", { defect: "project-empty", got: text }));
  return toProjectId(text);
}

/** Flavors over HTTP. Upstream: zaqar/transport/wsgi/v2_0/flavors.py. The routes exist only with `ADMIN_MODE` and `POOLING`. */
import { toProjectId, type ProjectId } from "../../domain/id.ts";
import { unwrap } from "../../domain/refusal.ts";
import { createFlavor, deleteFlavor, getFlavor, listFlavors, updateFlavor } from "../../operations/flavors.ts";
import { decodeFlavor, decodeFlavorChanges, encodeFlavor, encodeFlavorList } from "../../wire/flavors.ts";
import { flavorHref } from "../../wire/hrefs.ts";
import { PATHS } from "../../wire/paths.ts";
import { decodeDetailedPage } from "../../wire/pools.ts";
import { textParameter } from "../../wire/query.ts";
import { created, json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, serviceRoute } from "../route.ts";
import type { Site, Visit } from "../visit.ts";

export function addFlavors(site: Site): void {
  if (!site.config.adminMode || !site.config.pooling) return;

  serviceRoute(site, PATHS.flavors, {
    GET: on(listFlavors, async (visit, perform) => {
      const page = unwrap(decodeDetailedPage(visit.query));
      return json(200, encodeFlavorList(await perform({ ...page, project: projectIn(visit) }), page));
    }),
  });

  serviceRoute(site, PATHS.flavor, {
    GET: on(getFlavor, async (visit, perform) => json(200, encodeFlavor(await perform(referenceIn(visit))))),
    PUT: on(createFlavor, async (visit, perform) => {
      const document = unwrap(decodeFlavor(await readSmallBody(visit)));
      await perform({ ...referenceIn(visit), ...document });
      return created({ Location: flavorHref(visit.variable("flavor")) });
    }),
    PATCH: on(updateFlavor, async (visit, perform) => {
      const document = unwrap(decodeFlavorChanges(await readSmallBody(visit)));
      return json(200, encodeFlavor(await perform({ ...referenceIn(visit), ...document })));
    }),
    DELETE: on(deleteFlavor, async (visit, perform) => {
      await perform(referenceIn(visit));
      return noContent();
    }),
  });
}

/** Ours: operators may name a project, because the operator's key is of none. */
function projectIn({ query }: Visit): ProjectId | null {
  const named = textParameter(query, "project_id");
  return named === null ? null : toProjectId(named);
}

function referenceIn(visit: Visit): { readonly project: ProjectId | null; readonly name: string } {
  return { project: projectIn(visit), name: visit.variable("flavor") };
}

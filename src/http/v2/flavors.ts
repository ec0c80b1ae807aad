/** Flavors over HTTP. Upstream: zaqar/transport/wsgi/v2_0/flavors.py. The routes exist only with `ADMIN_MODE` and `POOLING`. */
import { servesPools } from "../../config/pooling.ts";
import type { ProjectId } from "../../domain/id.ts";
import { unwrap } from "../../domain/refusal.ts";
import { createFlavor, deleteFlavor, getFlavor, listFlavors, updateFlavor } from "../../operations/flavors.ts";
import { encodeFlavor, encodeFlavorList, toFlavor, toFlavorChanges } from "../../wire/flavors.ts";
import { flavorHref } from "../../wire/hrefs.ts";
import { PATHS } from "../../wire/paths.ts";
import { decodeDetailedPage } from "../../wire/pools.ts";
import { projectParameter } from "../../wire/query.ts";
import { created, json, noContent } from "../answer.ts";
import { readSmallObject } from "../body.ts";
import { on, serviceRoute } from "../route.ts";
import type { RouteDeps, ApiRequest } from "../request.ts";

export function addFlavors(deps: RouteDeps): void {
  if (!servesPools(deps.config)) return;

  serviceRoute(deps, PATHS.flavors, {
    GET: on(listFlavors, async (request, perform) => {
      const page = { ...unwrap(decodeDetailedPage(request.query)), project: projectParameter(request.query) };
      return json(200, encodeFlavorList(await perform(page), page));
    }),
  });

  serviceRoute(deps, PATHS.flavor, {
    GET: on(getFlavor, async (request, perform) => {
      return json(200, encodeFlavor(await perform(referenceIn(request)), true, hrefsOf(request)));
    }),
    PUT: on(createFlavor, async (request, perform) => {
      const document = unwrap(toFlavor(await readSmallObject(request)));
      await perform({ ...referenceIn(request), ...document });
      return created({ Location: hrefsOf(request).href });
    }),
    PATCH: on(updateFlavor, async (request, perform) => {
      const document = unwrap(toFlavorChanges(await readSmallObject(request)));
      const flavor = await perform({ ...referenceIn(request), ...document });
      return json(200, encodeFlavor(flavor, true, hrefsOf(request)));
    }),
    DELETE: on(deleteFlavor, async (request, perform) => {
      await perform(referenceIn(request));
      return noContent();
    }),
  });
}

function referenceIn({ query, variable }: ApiRequest): { readonly project: ProjectId | null; readonly name: string } {
  return { project: projectParameter(query), name: variable("flavor") };
}

function hrefsOf(request: ApiRequest): { readonly href: string } {
  const { name, project } = referenceIn(request);
  return { href: flavorHref(name, project) };
}

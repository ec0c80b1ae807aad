/** The description of the service over HTTP. Ours. */
import { getService } from "../../operations/service.ts";
import { PATHS } from "../../wire/paths.ts";
import { encodeService } from "../../wire/service.ts";
import { json } from "../answer.ts";
import { on, serviceRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";

export function addService(deps: RouteDeps): void {
  serviceRoute(deps, PATHS.service, {
    GET: on(getService, async (_, perform) => {
      return json(200, encodeService(await perform()), { "Cache-Control": "no-store" });
    }),
  });
}

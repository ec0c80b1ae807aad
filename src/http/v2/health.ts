/** Ping and the health report over HTTP. */
import { getHealth, ping } from "../../operations/health.ts";
import { encodeHealth } from "../../wire/health.ts";
import { json, noContent } from "../answer.ts";
import { on, projectRoute, serviceRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";
import { PATHS } from "../../wire/paths.ts";

export function addHealth(deps: RouteDeps): void {
  projectRoute(deps, PATHS.ping, {
    GET: on(ping, async (_, perform) => {
      await perform();
      return noContent();
    }),
    HEAD: on(ping, () => noContent()),
  });

  if (!deps.config.adminMode) return;
  serviceRoute(deps, PATHS.health, {
    GET: on(getHealth, async (_, perform) => json(200, encodeHealth(await perform()))),
  });
}

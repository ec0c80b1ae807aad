/** `GET /v2/`: the home document of the API. Upstream: zaqar/transport/wsgi/v2_0/homedoc.py. */
import { getHome } from "../../operations/home.ts";
import { encodeHome } from "../../wire/home.ts";
import { PATHS } from "../../wire/paths.ts";
import { on, projectRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";

export function addHome(deps: RouteDeps): void {
  const headers = { "Content-Type": "application/json-home", "Cache-Control": "private, max-age=86400" };
  projectRoute(deps, PATHS.home, { GET: on(getHome, () => new Response(encodeHome(deps.config), { headers })) });
}

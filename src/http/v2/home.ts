/** `GET /v2/`: the home document of the API. Upstream: zaqar/transport/wsgi/v2_0/homedoc.py. */
import type { ProjectContext } from "../../operations/context.ts";
import { always, type Operation } from "../../operations/operation.ts";
import { on, projectRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";
import { encodeHome } from "../../wire/home.ts";
import { PATHS } from "../../wire/paths.ts";

export function addHome(deps: RouteDeps): void {
  const body = encodeHome(deps.config);
  const headers = { "Content-Type": "application/json-home", "Cache-Control": "private, max-age=86400" };
  projectRoute(deps, PATHS.home, { GET: on(getHome, () => new Response(body, { status: 200, headers })) });
}

/** Reads nothing, but counts as a request of its project. As in upstream, no policy rule applies. */
const getHome: Operation<ProjectContext, void, void> = {
  name: "get_home_doc",
  policy: null,
  whatFailed: "The home document could not be read.",
  isIdempotent: always,
  run: async () => undefined,
};

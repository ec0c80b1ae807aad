/** `GET /`: the versions of the API. OpenStack's clients start here to find an endpoint. */
import { json } from "./answer.ts";
import { openRoute } from "./route.ts";
import type { RouteDeps } from "./request.ts";
import { PATHS } from "../wire/paths.ts";

const VERSIONS = JSON.stringify({
  versions: [
    {
      id: "2",
      status: "CURRENT",
      updated: "2014-9-24T04:06:47Z",
      "media-types": [{ base: "application/json", type: "application/vnd.openstack.messaging-v2+json" }],
      links: [{ href: PATHS.home, rel: "self" }],
    },
  ],
});

export function addVersions(deps: RouteDeps): void {
  openRoute(deps, PATHS.versions, { GET: () => json(300, VERSIONS) });
}

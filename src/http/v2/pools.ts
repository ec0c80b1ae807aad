/** Pools over HTTP. Upstream: zaqar/transport/wsgi/v2_0/pools.py. The routes exist only with `ADMIN_MODE` and `POOLING`. */
import { servesPools } from "../../config/pooling.ts";
import { unwrap } from "../../domain/refusal.ts";
import { createPool, deletePool, getPool, listPools, updatePool } from "../../operations/pools.ts";
import { poolHref } from "../../wire/hrefs.ts";
import { PATHS } from "../../wire/paths.ts";
import { decodeDetailedPage, encodePool, encodePoolList, toPool, toPoolChanges } from "../../wire/pools.ts";
import { booleanParameter } from "../../wire/query.ts";
import { created, json, noContent } from "../answer.ts";
import { readSmallObject } from "../body.ts";
import { on, serviceRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";

export function addPools(deps: RouteDeps): void {
  if (!servesPools(deps.config)) return;

  serviceRoute(deps, PATHS.pools, {
    GET: on(listPools, async ({ query, raw }, perform) => {
      const page = unwrap(decodeDetailedPage(query));
      const { pathname, search } = new URL(raw.url);
      return json(200, encodePoolList(await perform(page), page), { "Content-Location": pathname + search });
    }),
  });

  serviceRoute(deps, PATHS.pool, {
    GET: on(getPool, async ({ query, variable }, perform) => {
      const isDetailed = unwrap(booleanParameter(query, "detailed")) === true;
      return json(200, encodePool(await perform({ name: variable("pool") }), isDetailed));
    }),
    PUT: on(createPool, async (request, perform) => {
      const name = request.variable("pool");
      await perform(unwrap(toPool(name, await readSmallObject(request))));
      return created({ Location: poolHref(name) });
    }),
    PATCH: on(updatePool, async (request, perform) => {
      const changes = unwrap(toPoolChanges(await readSmallObject(request)));
      return json(200, encodePool(await perform({ name: request.variable("pool"), changes }), false));
    }),
    DELETE: on(deletePool, async ({ variable }, perform) => {
      await perform({ name: variable("pool") });
      return noContent();
    }),
  });
}

/** Pools over HTTP. Upstream: zaqar/transport/wsgi/v2_0/pools.py. The routes exist only with `ADMIN_MODE` and `POOLING`. */
import { unwrap } from "../../domain/refusal.ts";
import { createPool, deletePool, getPool, listPools, updatePool } from "../../operations/pools.ts";
import { poolHref } from "../../wire/hrefs.ts";
import { PATHS } from "../../wire/paths.ts";
import { decodeDetailedPage, decodePool, decodePoolChanges, encodePool, encodePoolList } from "../../wire/pools.ts";
import { booleanParameter } from "../../wire/query.ts";
import { created, json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, serviceRoute } from "../route.ts";
import type { Site } from "../visit.ts";

export function addPools(site: Site): void {
  if (!site.config.adminMode || !site.config.pooling) return;

  serviceRoute(site, PATHS.pools, {
    GET: on(listPools, async ({ query, request }, perform) => {
      const page = unwrap(decodeDetailedPage(query));
      const { pathname, search } = new URL(request.url);
      return json(200, encodePoolList(await perform(page), page), { "Content-Location": pathname + search });
    }),
  });

  serviceRoute(site, PATHS.pool, {
    GET: on(getPool, async ({ query, variable }, perform) => {
      const isDetailed = unwrap(booleanParameter(query, "detailed")) === true;
      return json(200, encodePool(await perform({ name: variable("pool") }), isDetailed));
    }),
    PUT: on(createPool, async (visit, perform) => {
      const name = visit.variable("pool");
      await perform(unwrap(decodePool(name, await readSmallBody(visit))));
      return created({ Location: poolHref(name) });
    }),
    PATCH: on(updatePool, async (visit, perform) => {
      const changes = unwrap(decodePoolChanges(await readSmallBody(visit)));
      return json(200, encodePool(await perform({ name: visit.variable("pool"), changes }), false));
    }),
    DELETE: on(deletePool, async ({ variable }, perform) => {
      await perform({ name: variable("pool") });
      return noContent();
    }),
  });
}

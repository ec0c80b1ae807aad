/** API keys over HTTP. Ours. The routes exist only if `AUTH_STRATEGY` includes `keys`. */
import { unwrap } from "../../domain/refusal.ts";
import { createKey, getKey, listKeys, revokeKey } from "../../operations/keys.ts";
import { keyHref } from "../../wire/hrefs.ts";
import { decodeNewKey, encodeKey, encodeKeyList } from "../../wire/keys.ts";
import { integerParameter, projectParameter, textParameter } from "../../wire/query.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, serviceRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";
import { PATHS } from "../../wire/paths.ts";

export function addKeys(deps: RouteDeps): void {
  if (!deps.config.authStrategy.includes("keys")) return;

  serviceRoute(deps, PATHS.keys, {
    GET: on(listKeys, async ({ query }, perform) => {
      const project = projectParameter(query);
      const limit = unwrap(integerParameter(query, "limit"));
      const marker = textParameter(query, "marker");
      const keys = await perform({ project, marker, limit });
      return json(200, encodeKeyList(keys, { project, limit }));
    }),
    POST: on(createKey, async (request, perform) => {
      const { record, key } = await perform(unwrap(decodeNewKey(await readSmallBody(request))));
      return json(201, encodeKey(record, key), { Location: keyHref(record.id), "Cache-Control": "no-store" });
    }),
  });

  serviceRoute(deps, PATHS.key, {
    GET: on(getKey, async ({ variable }, perform) => {
      return json(200, encodeKey(await perform({ id: variable("key") })));
    }),
    DELETE: on(revokeKey, async ({ variable }, perform) => {
      await perform({ id: variable("key") });
      return noContent();
    }),
  });
}

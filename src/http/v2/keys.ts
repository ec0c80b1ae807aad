/** API keys over HTTP. Ours; the routes exist only where keys are accepted. */
import { toProjectId } from "../../domain/id.ts";
import { unwrap } from "../../domain/refusal.ts";
import { createKey, getKey, listKeys, revokeKey } from "../../operations/keys.ts";
import { perform } from "../../operations/operation.ts";
import { decodeNewKey, encodeKey, encodeKeyList, keyHref } from "../../wire/keys.ts";
import { integerParameter, textParameter } from "../../wire/query.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, serviceRoute, type Site } from "../route.ts";
import { PATHS } from "../../wire/paths.ts";

export function addKeys(site: Site): void {
  if (!site.config.authStrategy.includes("keys")) return;

  serviceRoute(site, PATHS.keys, {
    GET: on(listKeys, async ({ context, query }) => {
      const named = textParameter(query, "project_id");
      const project = named === null ? null : toProjectId(named);
      const limit = unwrap(integerParameter(query, "limit"));
      const marker = textParameter(query, "marker");
      const keys = await perform(context, listKeys, { project, marker, limit });
      return json(200, encodeKeyList(keys, { project, limit }));
    }),
    POST: on(createKey, async (visit) => {
      const { record, key } = await perform(visit.context, createKey, unwrap(decodeNewKey(await readSmallBody(visit))));
      return json(201, encodeKey(record, key), { Location: keyHref(record.id), "Cache-Control": "no-store" });
    }),
  });

  serviceRoute(site, PATHS.key, {
    GET: on(getKey, async ({ context, variable }) => {
      return json(200, encodeKey(await perform(context, getKey, { id: variable("key") })));
    }),
    DELETE: on(revokeKey, async ({ context, variable }) => {
      await perform(context, revokeKey, { id: variable("key") });
      return noContent();
    }),
  });
}

/** The redrive of a queue over HTTP. Ours. */
import { unwrap } from "../../domain/refusal.ts";
import { perform } from "../../operations/operation.ts";
import { cancelRedrive, getRedrive, startRedrive } from "../../operations/redrive.ts";
import { redriveHref } from "../../wire/hrefs.ts";
import { decodeRedrive, encodeRedrive } from "../../wire/redrive.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, queueRoute, type Site } from "../route.ts";
import { PATHS } from "../../wire/paths.ts";

export function addRedrive(site: Site): void {
  queueRoute(site, PATHS.redrive, {
    GET: on(getRedrive, async ({ context, queue }) => {
      return json(200, encodeRedrive(await perform(context, getRedrive, { queue })));
    }),
    POST: on(startRedrive, async (visit) => {
      const { context, queue } = visit;
      const order = unwrap(decodeRedrive(await readSmallBody(visit)));
      const redrive = await perform(context, startRedrive, { queue, ...order });
      return json(202, encodeRedrive(redrive), { Location: redriveHref(queue) });
    }),
    DELETE: on(cancelRedrive, async ({ context, queue }) => {
      await perform(context, cancelRedrive, { queue });
      return noContent();
    }),
  });
}

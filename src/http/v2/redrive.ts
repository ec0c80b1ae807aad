/** The redrive of a queue over HTTP. Ours. */
import { unwrap } from "../../domain/refusal.ts";
import { cancelRedrive, getRedrive, startRedrive } from "../../operations/redrive.ts";
import { redriveHref } from "../../wire/hrefs.ts";
import { decodeRedrive, encodeRedrive } from "../../wire/redrive.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, queueRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";
import { PATHS } from "../../wire/paths.ts";

export function addRedrive(deps: RouteDeps): void {
  queueRoute(deps, PATHS.redrive, {
    GET: on(getRedrive, async (_, perform) => json(200, encodeRedrive(await perform()))),
    POST: on(startRedrive, async (request, perform) => {
      const options = unwrap(decodeRedrive(await readSmallBody(request)));
      const redrive = await perform(options);
      return json(202, encodeRedrive(redrive), { Location: redriveHref(request.place.name) });
    }),
    DELETE: on(cancelRedrive, async (_, perform) => {
      await perform();
      return noContent();
    }),
  });
}

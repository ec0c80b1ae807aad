/** Pre-signed URLs over HTTP. Upstream: zaqar/transport/wsgi/v2_0/urls.py. */
import { unwrap } from "../../domain/refusal.ts";
import { shareQueue } from "../../operations/share.ts";
import { decodeShare, encodeShare } from "../../wire/share.ts";
import { json } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, queueRoute } from "../route.ts";
import type { RouteDeps } from "../request.ts";
import { PATHS } from "../../wire/paths.ts";

export function addShare(deps: RouteDeps): void {
  queueRoute(deps, PATHS.share, {
    POST: on(shareQueue, async (request, perform) => {
      const share = unwrap(decodeShare(await readSmallBody(request)));
      return json(200, encodeShare(await perform(share)));
    }),
  });
}

/** Claims over HTTP (core contract 5). */
import { unwrap } from "../../domain/refusal.ts";
import { createClaim, getClaim, releaseClaim, renewClaim } from "../../operations/claims.ts";
import { perform } from "../../operations/operation.ts";
import { decodeNewClaim, decodeRenewal, encodeClaim } from "../../wire/claims.ts";
import { claimHref } from "../../wire/hrefs.ts";
import { encodeMessageSet } from "../../wire/messages.ts";
import { integerParameter } from "../../wire/query.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { checksumsFor } from "../checksums.ts";
import { readWait } from "../preference.ts";
import { on, queueRoute, type Site } from "../route.ts";

export function addClaims(site: Site): void {
  const { config } = site;

  queueRoute(site, "/v2/queues/:queue/claims", {
    POST: on(createClaim, async (visit) => {
      const { context, queue, request } = visit;
      const limit = unwrap(integerParameter(visit.query, "limit"));
      const lease = unwrap(decodeNewClaim(await readSmallBody(visit)));
      const wait = readWait(request.headers, config.limits.maxClaimWait);
      const { claimed, waited } = await perform(context, createClaim, { queue, ...lease, limit, wait });
      const applied = waited === null ? {} : { "Preference-Applied": `wait=${waited}` };
      if (claimed === null) return noContent(applied);
      const body = encodeMessageSet(visit.place, claimed.messages, await checksumsFor(claimed.messages, config));
      return json(201, body, { Location: claimHref(queue, claimed.claim), ...applied });
    }),
  });

  queueRoute(site, "/v2/queues/:queue/claims/:claim", {
    GET: on(getClaim, async ({ context, queue, variable }) => {
      const view = await perform(context, getClaim, { queue, claim: variable("claim") });
      return json(200, encodeClaim(queue, view, await checksumsFor(view.messages, config)));
    }),
    PATCH: on(renewClaim, async (visit) => {
      const { context, queue } = visit;
      const lease = unwrap(decodeRenewal(await readSmallBody(visit)));
      await perform(context, renewClaim, { queue, ...lease, claim: visit.variable("claim") });
      return noContent();
    }),
    DELETE: on(releaseClaim, async ({ context, queue, variable }) => {
      await perform(context, releaseClaim, { queue, claim: variable("claim") });
      return noContent();
    }),
  });
}

/** Claims over HTTP. Upstream: zaqar/transport/wsgi/v2_0/claims.py. */
import type { Config } from "../../config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import {
  createClaim,
  endWaits,
  getClaim,
  releaseClaim,
  renewClaim,
  type ClaimOutcome,
} from "../../operations/claims.ts";
import { checksumsFor } from "../../wire/checksum.ts";
import { decodeNewClaim, decodeRenewal, encodeClaim } from "../../wire/claims.ts";
import { claimHref } from "../../wire/hrefs.ts";
import { encodeMessageSet } from "../../wire/messages.ts";
import { booleanParameter, integerParameter } from "../../wire/query.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { delayLastByte } from "../last-byte.ts";
import { clock } from "../middleware/record-request.ts";
import { readWait } from "../preference.ts";
import { on, queueRoute } from "../route.ts";
import type { PlaceVisit, Site } from "../visit.ts";
import { PATHS } from "../../wire/paths.ts";

/** DELETE on all claims of a queue only ends waits, so it needs `waiting=true`. A held claim is released by its id. */
const WAITING_MISSING: Failure = { kind: "request-invalid", reason: "The query has to say waiting=true." };

export function addClaims(site: Site): void {
  const { config, shutdown } = site;

  queueRoute(site, PATHS.claims, {
    POST: on(createClaim, async (visit, perform) => {
      const limit = unwrap(integerParameter(visit.query, "limit"));
      const lease = unwrap(decodeNewClaim(await readSmallBody(visit)));
      const seconds = readWait(visit.request.headers, config.limits.maxClaimWait);
      const { client, request } = visit;
      const wait = seconds === null ? null : { seconds, client, disconnected: request.signal, shutdown };
      const answer = perform({ ...lease, limit, wait }).then((outcome) => answerClaim(visit, config, outcome));
      // Without `waitUntil` the runtime ends a request whose client has disconnected, and the claim would be held by no client.
      if (wait !== null) visit.waitUntil(answer.catch(() => undefined));
      return answer;
    }),
    DELETE: on(endWaits, async ({ client, query }, perform) => {
      if (unwrap(booleanParameter(query, "waiting")) !== true) throw new Refusal(WAITING_MISSING);
      await perform({ client });
      return noContent();
    }),
  });

  queueRoute(site, PATHS.claim, {
    GET: on(getClaim, async ({ place, variable }, perform) => {
      const view = await perform({ claim: variable("claim") });
      return json(200, encodeClaim(place.name, view, await checksumsFor(view.messages, config)));
    }),
    PATCH: on(renewClaim, async (visit, perform) => {
      const lease = unwrap(decodeRenewal(await readSmallBody(visit)));
      await perform({ ...lease, claim: visit.variable("claim") });
      return noContent();
    }),
    DELETE: on(releaseClaim, async ({ variable }, perform) => {
      await perform({ claim: variable("claim") });
      return noContent();
    }),
  });
}

async function answerClaim(
  { place, request, waitUntil }: PlaceVisit,
  config: Config,
  { claimed, waited, withdraw }: ClaimOutcome,
): Promise<Response> {
  const applied = waited === null ? {} : { "Preference-Applied": `wait=${waited}` };
  if (claimed === null) return noContent(applied);
  const body = encodeMessageSet(place, claimed.messages, await checksumsFor(claimed.messages, config));
  const headers = { Location: claimHref(place.name, claimed.claim), ...applied };
  const pause = config.limits.claimAnswerPause;
  if (withdraw === null || pause === 0) return json(201, body, headers);
  return json(201, delayLastByte(body, { disconnected: request.signal, pause, clock, waitUntil }, withdraw), headers);
}

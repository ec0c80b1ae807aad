/** Claims over HTTP. Upstream: zaqar/transport/wsgi/v2_0/claims.py. */
import type { Config } from "../../config/config.ts";
import type { Failure } from "../../domain/failure.ts";
import { withPause, type Notice } from "../../domain/notice.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import {
  createClaim,
  endWaits,
  getClaim,
  releaseClaim,
  renewClaim,
  type ClaimOutcome,
} from "../../operations/claims.ts";
import { settleClaim } from "../../operations/settlement.ts";
import { checksumsFor } from "../../wire/checksum.ts";
import { decodeNewClaim, decodeRenewal, encodeClaim } from "../../wire/claims.ts";
import { claimHref } from "../../wire/hrefs.ts";
import { noticeHeaders } from "../../wire/notices.ts";
import { encodeMessageSet } from "../../wire/messages.ts";
import { booleanParameter, detailsParameter, integerParameter } from "../../wire/query.ts";
import { decodeSettlement, SETTLEMENT_BYTES_MAX } from "../../wire/settlement.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { clock } from "../clock.ts";
import { delayLastByte } from "../last-byte.ts";
import { readWait } from "../preference.ts";
import { on, queueRoute } from "../route.ts";
import type { PlaceRequest, RouteDeps } from "../request.ts";
import { PATHS } from "../../wire/paths.ts";

/** DELETE of all claims of a queue ends waiting requests and releases no claim, so it requires `waiting=true`. */
const WAITING_MISSING: Failure = { kind: "request-invalid", reason: "The query must contain waiting=true." };

export function addClaims(deps: RouteDeps): void {
  const { config, shutdown } = deps;

  queueRoute(deps, PATHS.claims, {
    POST: on(createClaim, async (request, perform) => {
      const limit = unwrap(integerParameter(request.query, "limit"));
      const how = unwrap(detailsParameter(request.query));
      const { lease, notices } = unwrap(decodeNewClaim(await readSmallBody(request)));
      const seconds = readWait(request.raw.headers, config.limits.maxClaimWait);
      const { client, raw } = request;
      const wait = seconds === null ? null : { seconds, client, disconnected: raw.signal, shutdown };
      const answer = perform({ ...lease, ...how, limit, wait, client }).then((outcome) =>
        answerClaim(request, config, { ...outcome, notices }),
      );
      // Without `waitUntil` the runtime ends a request whose client has disconnected, and nothing would withdraw its claim.
      if (wait !== null) request.waitUntil(answer.catch(() => undefined));
      return answer;
    }),
    DELETE: on(endWaits, async ({ client, query }, perform) => {
      if (unwrap(booleanParameter(query, "waiting")) !== true) throw new Refusal(WAITING_MISSING);
      await perform({ client });
      return noContent();
    }),
  });

  queueRoute(deps, PATHS.claim, {
    GET: on(getClaim, async ({ place, query, variable }, perform) => {
      const view = await perform({ claim: variable("claim"), ...unwrap(detailsParameter(query)) });
      return json(200, encodeClaim(place.name, view, await checksumsFor(view.messages, config)));
    }),
    PATCH: on(renewClaim, async (request, perform) => {
      const { lease, notices } = unwrap(decodeRenewal(await readSmallBody(request)));
      await perform({ ...lease, claim: request.variable("claim") });
      return noContent(noticeHeaders(notices));
    }),
    DELETE: on(releaseClaim, async ({ variable }, perform) => {
      await perform({ claim: variable("claim") });
      return noContent();
    }),
  });

  queueRoute(deps, PATHS.settle, {
    POST: on(settleClaim, async (request, perform) => {
      const settlement = unwrap(decodeSettlement(await readSmallBody(request, SETTLEMENT_BYTES_MAX)));
      await perform({ ...settlement, claim: request.variable("claim") });
      return noContent();
    }),
  });
}

async function answerClaim(
  { place, raw, waitUntil }: PlaceRequest,
  config: Config,
  { claimed, isPaused, waited, withdraw, notices }: ClaimOutcome & { readonly notices: readonly Notice[] },
): Promise<Response> {
  const applied = waited === null ? {} : { "Preference-Applied": `wait=${waited}` };
  if (claimed === null) return noContent({ ...applied, ...noticeHeaders(withPause(notices, isPaused)) });
  const extra = { ...applied, ...noticeHeaders(notices) };
  const body = encodeMessageSet(place, claimed.messages, await checksumsFor(claimed.messages, config));
  const headers = { Location: claimHref(place.name, claimed.claim), ...extra };
  const pause = config.limits.claimAnswerPause;
  if (withdraw === null || pause === 0) return json(201, body, headers);
  return json(201, delayLastByte(body, { disconnected: raw.signal, pause, clock, waitUntil }, withdraw), headers);
}

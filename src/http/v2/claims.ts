/** Claims over HTTP (core contract 5). */
import type { LeaseRequest } from "../../domain/claim.ts";
import type { Failure } from "../../domain/failure.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { createClaim, endWaits, getClaim, releaseClaim, renewClaim } from "../../operations/claims.ts";
import { perform } from "../../operations/operation.ts";
import { decodeNewClaim, decodeRenewal, encodeClaim } from "../../wire/claims.ts";
import { claimHref } from "../../wire/hrefs.ts";
import { encodeMessageSet } from "../../wire/messages.ts";
import { booleanParameter, integerParameter } from "../../wire/query.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { checksumsFor } from "../checksums.ts";
import { holdLastByte } from "../last-byte.ts";
import { readWait } from "../preference.ts";
import { on, queueRoute, type QueueVisit, type Site } from "../route.ts";
import { PATHS } from "../../wire/paths.ts";

/** DELETE on all claims of a queue only ends waits, so it needs `waiting=true`. A held claim is released by its id. */
const WAITING_MISSING: Failure = { kind: "request-invalid", reason: "The query has to say waiting=true." };

export function addClaims(site: Site): void {
  const { config } = site;

  queueRoute(site, PATHS.claims, {
    POST: on(createClaim, async (visit) => {
      const limit = unwrap(integerParameter(visit.query, "limit"));
      const lease = unwrap(decodeNewClaim(await readSmallBody(visit)));
      const seconds = readWait(visit.request.headers, config.limits.maxClaimWait);
      const answer = answerClaim(visit, site, { ...lease, limit, seconds });
      // Without `waitUntil` the runtime ends a request whose client has disconnected, and the claim would be held by no client.
      if (seconds !== null) visit.context.waitUntil(answer.catch(() => undefined));
      return answer;
    }),
    DELETE: on(endWaits, async ({ context, client, queue, query }) => {
      if (unwrap(booleanParameter(query, "waiting")) !== true) throw new Refusal(WAITING_MISSING);
      await perform(context, endWaits, { queue, client });
      return noContent();
    }),
  });

  queueRoute(site, PATHS.claim, {
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

async function answerClaim(
  visit: QueueVisit,
  { config, shutdown }: Site,
  {
    seconds,
    ...lease
  }: LeaseRequest & {
    readonly limit: number | null;
    readonly seconds: number | null;
  },
): Promise<Response> {
  const { client, context, place, queue, request } = visit;
  const wait = seconds === null ? null : { seconds, client, gone: request.signal, shutdown };
  const { claimed, waited, withdraw } = await perform(context, createClaim, { queue, ...lease, wait });
  const applied = waited === null ? {} : { "Preference-Applied": `wait=${waited}` };
  if (claimed === null) return noContent(applied);
  const body = encodeMessageSet(place, claimed.messages, await checksumsFor(claimed.messages, config));
  const headers = { Location: claimHref(queue, claimed.claim), ...applied };
  const pause = config.limits.claimAnswerPause;
  if (withdraw === null || pause === 0) return json(201, body, headers);
  const { clock, waitUntil } = context;
  return json(201, holdLastByte(body, { gone: request.signal, pause, clock, waitUntil }, withdraw), headers);
}

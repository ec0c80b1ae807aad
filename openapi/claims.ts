/** Claims, and the settlement of their messages. */
import * as v from "valibot";
import { PATHS } from "../src/wire/paths.ts";
import { SETTLEMENT } from "../src/wire/settlement.ts";
import type { Endpoint } from "./endpoint.ts";
import { MESSAGE } from "./messages.ts";
import { DETAILS, NOTICE, query } from "./parameters.ts";
import { flag, IDS, integer, list, nullable, object, optional, text } from "./schemas.ts";

const LEASE = v.looseObject({
  ttl: optional(
    nullable(
      integer("Seconds of the lease: 60 to `MAX_CLAIM_TTL` (43,200). By default `DEFAULT_CLAIM_TTL` (300).", 60),
    ),
  ),
  grace: optional(
    nullable(
      integer(
        "Seconds that the messages live at least after the lease: 60 to `MAX_CLAIM_GRACE` (43,200). By default `DEFAULT_CLAIM_GRACE` (60).",
        60,
      ),
    ),
  ),
});

const HREF = `/v2/queues/orders/claims/${IDS.claim}`;
const CLAIMED = {
  id: IDS.message,
  href: `/v2/queues/orders/messages/${IDS.message}?claim_id=${IDS.claim}`,
  ttl: 360,
  age: 2,
  body: { order: 7 },
};
const APPLIED = {
  "Preference-Applied": {
    description: "`wait=N`, if the claim was allowed to wait.",
    example: "wait=10",
    isOptional: true,
  },
  ...NOTICE,
} as const;

export const CLAIM_ENDPOINTS: readonly Endpoint[] = [
  {
    id: "claim_create",
    operations: ["claim_create"],
    method: "POST",
    path: PATHS.claims,
    tag: "Claims",
    summary: "Claim messages",
    description:
      "Takes the oldest messages that are neither claimed nor delayed. They belong to the claim until its lease ends: delete each " +
      "message when its work is done, and renew the claim in time if the work takes longer. Messages of a lapsed or released claim " +
      "can be claimed again, so the work on a message may happen twice.\n\n" +
      "With `Prefer: wait=20` a claim without messages waits for one.",
    parameters: [
      query("limit", integer("The most messages: 1 to `MAX_MESSAGES_PER_CLAIM_OR_POP` (20), by default 10.", 1), 1),
      DETAILS,
      {
        in: "header",
        name: "Prefer",
        description:
          "`wait=N`: waits for a message up to N seconds, at most `MAX_CLAIM_WAIT` (20). An extension of Zaqar's API.",
        schema: text("A preference."),
      },
    ],
    body: { schema: LEASE, isRequired: false, example: { ttl: 300, grace: 60 } },
    answers: {
      201: {
        description: "The claim has messages.",
        schema: object({ messages: list(MESSAGE, "The oldest first.") }),
        example: { messages: [CLAIMED] },
        headers: { Location: { description: "The path of the claim.", example: HREF }, ...APPLIED },
      },
      204: { description: "There is no message to claim. No claim was created.", headers: APPLIED },
    },
    failures: ["field-type", "out-of-range", "claimed-too-many", "body-too-large", "disk-full"],
  },
  {
    id: "claim_get",
    operations: ["claim_get"],
    method: "GET",
    path: PATHS.claim,
    tag: "Claims",
    summary: "Show a claim",
    description:
      "The lease and the messages that the claim still has. 404 when the claim is over, or has no messages left.",
    parameters: [DETAILS],
    answers: {
      200: {
        description: "The claim.",
        schema: object({
          age: integer("Seconds since its creation or renewal."),
          ttl: integer("Seconds of its lease."),
          messages: list(MESSAGE, "The oldest first."),
          href: text("The path of the claim."),
        }),
        example: { age: 3, ttl: 300, messages: [CLAIMED], href: HREF },
      },
    },
    failures: ["claim-not-found"],
  },
  {
    id: "claim_update",
    operations: ["claim_update"],
    method: "PATCH",
    path: PATHS.claim,
    tag: "Claims",
    summary: "Renew a claim",
    description:
      "Starts a new lease of `ttl` seconds now, and extends the life of the messages to its end and `grace`.",
    body: { schema: LEASE, isRequired: true, example: { ttl: 600, grace: 60 } },
    answers: { 204: { description: "The new lease has begun.", headers: NOTICE } },
    failures: ["claim-not-found", "body-empty", "field-type", "out-of-range", "body-too-large"],
  },
  {
    id: "claim_settle",
    operations: ["claim_settle"],
    method: "POST",
    path: PATHS.settle,
    tag: "Claims",
    summary: "Settle the messages of a claim",
    description:
      "States the outcomes of several messages in one request: some are done and deleted, others are released, at once or with a " +
      "delay before the next attempt. Everything happens together or nothing, and a repetition has no effect. Messages that are not " +
      "named stay under the claim. At least one id, at most `MAX_MESSAGES_PER_CLAIM_OR_POP` (20), each once.\n\n" +
      "404 if the claim is over and a message to delete still exists: another client may process it. An extension of Zaqar's API.",
    body: {
      schema: SETTLEMENT,
      isRequired: true,
      example: { release: [{ ids: [IDS.message], delay: 0 }] },
      members: {
        delete: "Ids of messages whose work is done.",
        release: "Messages to be claimed again.",
        "release.ids": "Their ids.",
        "release.delay": "Seconds before they can be claimed: 0 to `MAX_MESSAGE_DELAY` (900).",
        "release.count": "Whether this claim counts as one of their attempts.",
      },
    },
    answers: { 204: { description: "The messages are deleted and released." } },
    failures: [
      "claim-not-found",
      "body-empty",
      "document-invalid",
      "out-of-range",
      "message-claimed",
      "message-not-claimed",
      "claims-mismatched",
      "body-too-large",
      "disk-full",
    ],
  },
  {
    id: "claim_delete",
    operations: ["claim_delete"],
    method: "DELETE",
    path: PATHS.claim,
    tag: "Claims",
    summary: "Release a claim",
    description: "Ends the claim. Its messages can be claimed again at once.",
    answers: { 204: { description: "The claim is over, or was already." } },
  },
  {
    id: "claim_end_waits",
    operations: ["claim_end_waits"],
    method: "DELETE",
    path: PATHS.claims,
    tag: "Claims",
    summary: "End the waits of a client",
    description:
      "All requests of this Client-ID that wait at the queue are answered 204 at once. A worker that stops sends it, so that no " +
      "message is claimed for it any more. A claim that arrives later waits, even if it was sent before: repeat this until the " +
      "claim is answered. An extension of Zaqar's API.",
    parameters: [{ ...query("waiting", flag("Must be true: claims are not released."), true), isRequired: true }],
    answers: { 204: { description: "The waits have ended." } },
  },
];

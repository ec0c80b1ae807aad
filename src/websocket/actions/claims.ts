/** Claims over WebSocket (Zaqar: zaqar/api/v2/endpoints.py). */
import type { Members } from "../../domain/json.ts";
import { unwrap } from "../../domain/refusal.ts";
import { createClaim, getClaim, releaseClaim, renewClaim } from "../../operations/claims.ts";
import { checksumsFor } from "../../wire/checksum.ts";
import { decodeLease } from "../../wire/claims.ts";
import { encodeBareMessages } from "../../wire/messages.ts";
import { reply, sentence } from "../reply.ts";
import { integerOf, onQueue, segment, textOf, type Action } from "./action.ts";

const CLAIM = (body: Members): string => `/claims/${segment(body, "claim_id")}`;
const CLAIM_ID = { claim_id: { type: "string", isRequired: true } } as const;
/** python-zaqarclient's `claim()` sends null for arguments that its caller omits. */
const LEASE = { ttl: { type: "integer", isNullable: true }, grace: { type: "integer", isNullable: true } } as const;

export const CLAIM_ACTIONS = {
  claim_create: onQueue(createClaim, "POST", () => "/claims", {
    fields: { ...LEASE, limit: { type: "integer" } },
    decode: ({ body }) => ({ ...unwrap(decodeLease(body)), limit: integerOf(body, "limit"), wait: null }),
    encode: async ({ claimed }, { config }) => {
      if (claimed === null) return reply(204, '{"claim_id":null}');
      const { claim, messages } = claimed;
      const list = encodeBareMessages(messages, claim, await checksumsFor(messages, config));
      return reply(201, `{"claim_id":"${claim}","messages":${list}}`);
    },
  }),
  claim_get: onQueue(getClaim, "GET", CLAIM, {
    fields: CLAIM_ID,
    decode: ({ body }) => ({ claim: textOf(body, "claim_id") }),
    encode: async ({ claim, age, lease, messages }, { config }) => {
      const list = encodeBareMessages(messages, claim, await checksumsFor(messages, config));
      return reply(200, `{"age":${age},"ttl":${lease.ttl},"messages":${list}}`);
    },
  }),
  claim_update: onQueue(renewClaim, "PATCH", CLAIM, {
    fields: { ...CLAIM_ID, ...LEASE },
    decode: ({ body }) => ({ ...unwrap(decodeLease(body)), claim: textOf(body, "claim_id") }),
    encode: (_, { body }) => sentence(204, `Claim ${textOf(body, "claim_id")} updated.`),
  }),
  claim_delete: onQueue(releaseClaim, "DELETE", CLAIM, {
    fields: CLAIM_ID,
    decode: ({ body }) => ({ claim: textOf(body, "claim_id") }),
    encode: (_, { body }) => sentence(204, `Claim ${textOf(body, "claim_id")} deleted.`),
  }),
} satisfies Readonly<Record<string, Action>>;

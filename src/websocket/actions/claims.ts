/** Claims over WebSocket (Zaqar: zaqar/api/v2/endpoints.py). */
import type { Config } from "../../config/config.ts";
import type { Claimed, ClaimedBy, NewClaim } from "../../domain/claim.ts";
import type { ClientId } from "../../domain/id.ts";
import type { JsonText, Members } from "../../domain/json.ts";
import { withPause } from "../../domain/notice.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import type { Caller } from "../../operations/admission.ts";
import {
  claimAfterWait,
  claimOrWait,
  createClaim,
  endWaits,
  getClaim,
  releaseClaim,
  renewClaim,
} from "../../operations/claims.ts";
import { settleClaim } from "../../operations/settlement.ts";
import { checksumsFor } from "../../wire/checksum.ts";
import { decodeLease, encodeClaimFrame } from "../../wire/claims.ts";
import { encodeBareMessages } from "../../wire/messages.ts";
import { SETTLEMENT_BYTES_MAX, toSettlement } from "../../wire/settlement.ts";
import { unprovenHeaders } from "../frame-headers.ts";
import { reply, sentence, withNotices, type Reply } from "../reply.ts";
import {
  DETAILS,
  detailsIn,
  documentOf,
  integerOf,
  onQueue,
  segment,
  textOf,
  type Action,
  type QueueAction,
  type QueueActionRequest,
} from "./action.ts";

const CLAIM = (body: Members): string => `/claims/${segment(body, "claim_id")}`;
const CLAIM_ID = { claim_id: { type: "string", isRequired: true } } as const;
/** python-zaqarclient's `claim()` sends null for arguments that its caller omits. */
const LEASE = { ttl: { type: "integer", isNullable: true }, grace: { type: "integer", isNullable: true } } as const;

const CLAIMS = (): string => "/claims";

const CLAIM_AT_ONCE = onQueue(createClaim, "POST", CLAIMS, {
  // `wait` and `details` are ours.
  fields: { ...LEASE, limit: { type: "integer" }, wait: { type: "integer" }, ...DETAILS },
  decode: ({ body, client }) => ({ ...toNewClaim(body), ...claimedBy(client), wait: null }),
  encode: ({ claimed, isPaused }, { config }) => encodeClaimed(isPaused ? "paused" : claimed, config),
});

/** Upstream quirk: a frame that claims needs no valid Client-ID. */
function claimedBy(client: () => ClientId): ClaimedBy {
  try {
    return { client: client() };
  } catch (error) {
    if (error instanceof Refusal) return {};
    throw error;
  }
}

/** The claim that follows a wait. Its reply is the frame that the client gets; 204: there is nothing to claim. */
export const CLAIM_AFTER_WAIT = onQueue(claimAfterWait, "POST", CLAIMS, {
  decode: ({ body, client }) => ({ ...toNewClaim(body), client: client(), wait: textOf(body, "wait") }),
  encode: async (claimed, { config, place }) => {
    if (claimed === null) return NOTHING_CLAIMED;
    return reply(201, encodeClaimFrame(place.name, claimed.claim, await encodeMessages(claimed, config)));
  },
});

const CLAIM_CREATION: QueueAction = {
  ...CLAIM_AT_ONCE,
  perform: (caller, request) => {
    return waitIn(request) > 0 ? claimOrBeginWait(caller, request) : CLAIM_AT_ONCE.perform(caller, request);
  },
};

export const CLAIM_ACTIONS = {
  claim_create: CLAIM_CREATION,
  claim_get: onQueue(getClaim, "GET", CLAIM, {
    fields: { ...CLAIM_ID, ...DETAILS },
    decode: ({ body }) => ({ claim: textOf(body, "claim_id"), ...detailsIn(body) }),
    encode: async (view, { config }) => {
      return reply(200, `{"age":${view.age},"ttl":${view.lease.ttl},"messages":${await encodeMessages(view, config)}}`);
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
  claim_end_waits: onQueue(endWaits, "DELETE", CLAIMS, {
    decode: ({ client }) => ({ client: client() }),
    encode: () => reply(204, "{}"),
  }),
  claim_settle: onQueue(settleClaim, "POST", (body) => `${CLAIM(body)}/settle`, {
    fields: { ...CLAIM_ID, delete: { type: "array", isNullable: true }, release: { type: "array", isNullable: true } },
    decode: ({ body }) => {
      const isKept = (name: string): boolean => name !== "queue_name" && name !== "claim_id";
      const document = documentOf(body, isKept, SETTLEMENT_BYTES_MAX);
      return { ...unwrap(toSettlement(document)), claim: textOf(body, "claim_id") };
    },
    encode: (_, { body }) => sentence(204, `Claim ${textOf(body, "claim_id")} settled.`),
  }),
} satisfies Readonly<Record<string, Action>>;

const NOTHING_CLAIMED = reply(204, '{"claim_id":null}');
const PAUSED = withNotices(NOTHING_CLAIMED, withPause([], true));

function toNewClaim(body: Members): NewClaim {
  return { ...unwrap(decodeLease(body)), limit: integerOf(body, "limit"), ...detailsIn(body) };
}

async function encodeClaimed(claimed: Claimed | "paused" | null, config: Config): Promise<Reply> {
  if (claimed === null) return NOTHING_CLAIMED;
  if (claimed === "paused") return PAUSED;
  return reply(201, `{"claim_id":"${claimed.claim}","messages":${await encodeMessages(claimed, config)}}`);
}

async function encodeMessages({ claim, messages }: Claimed, config: Config): Promise<string> {
  return encodeBareMessages(messages, claim, await checksumsFor(messages, config));
}

/** The seconds that the client is willing to wait, at most as many as the service allows; 0: it does not wait. */
function waitIn({ body, config }: QueueActionRequest): number {
  return Math.max(0, Math.min(integerOf(body, "wait") ?? 0, config.limits.maxClaimWait));
}

async function claimOrBeginWait(caller: Caller, request: QueueActionRequest): Promise<Reply> {
  const { connection, project, place, isBinary, headers, body, client } = request;
  const perform = await caller.placeDoor(place).admit(claimOrWait);
  const claim = toNewClaim(body);
  const seconds = waitIn(request);
  const id = crypto.randomUUID();
  const repeated = JSON.stringify({ queue_name: place.name, ...claim, wait: id }) as JsonText;
  // The project also if the frame named none: the client may have authenticated for another one when the claim is made.
  const kept = { ...unprovenHeaders(headers), "X-Project-ID": project };
  const wait = { id, seconds, project, place, isBinary, headers: kept, body: repeated };
  const outcome = await connection.enterWait(wait, () =>
    perform({ ...claim, wait: { ...connection.address, seconds, client: client(), id } }),
  );
  if (outcome === "no-room") return CLAIM_AT_ONCE.perform(caller, request);
  return outcome === "noted" ? reply(202, `{"wait":${seconds}}`) : encodeClaimed(outcome, request.config);
}

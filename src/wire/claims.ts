/** Claims on the wire. Upstream: zaqar/transport/wsgi/v2_0/claims.py. */
import type { ClaimView, LeaseRequest } from "../domain/claim.ts";
import type { ClaimId, QueueName } from "../domain/id.ts";
import { membersOf, type Members } from "../domain/json.ts";
import { noticesOfUnknown, type Notice } from "../domain/notice.ts";
import { queueNamed } from "../domain/place.ts";
import { ok, type Result } from "../domain/result.ts";
import { decodeOptional, decodeRequired, integerMember, type ObjectFailure, type RequiredFailure } from "./document.ts";
import { claimHref } from "./hrefs.ts";
import { encodeMessages, type Checksums } from "./messages.ts";

/** The document of a claim, with notices of its unknown members. */
interface LeaseDocument {
  readonly lease: LeaseRequest;
  readonly notices: readonly Notice[];
}

/** The lease of a new claim. Without a body all values are null: the defaults apply. */
export function decodeNewClaim(body: Uint8Array | null): Result<LeaseDocument, ObjectFailure | "field-type"> {
  const members = decodeOptional(body);
  return members.ok ? readDocument(members.value ?? NO_MEMBERS) : members;
}

/** The lease of a renewal, whose body is required. */
export function decodeRenewal(body: Uint8Array | null): Result<LeaseDocument, RequiredFailure | "field-type"> {
  const document = decodeRequired(body);
  return document.ok ? readDocument(membersOf(document.value)) : document;
}

const NO_MEMBERS: Members = new Map();
const LEASE_MEMBERS: ReadonlySet<string> = new Set(["ttl", "grace"]);

function readDocument(members: Members): Result<LeaseDocument, "field-type"> {
  const lease = decodeLease(members);
  return lease.ok ? ok({ lease: lease.value, notices: noticesOfUnknown("claim", members, LEASE_MEMBERS) }) : lease;
}

/** The lease that these members of a document ask for. */
export function decodeLease(members: Members): Result<LeaseRequest, "field-type"> {
  const ttl = leaseMember(members, "ttl");
  if (!ttl.ok) return ttl;
  const grace = leaseMember(members, "grace");
  return grace.ok ? ok({ ttl: ttl.value, grace: grace.value }) : grace;
}

/** A null counts as absent: python-zaqarclient's `claim()` sends null for arguments that its caller omits. */
function leaseMember(members: Members, field: string): Result<number | null, "field-type"> {
  return members.get(field) === "null" ? ok(null) : integerMember(members, field);
}

export function encodeClaim(queue: QueueName, view: ClaimView, checksums: Checksums): string {
  const messages = encodeMessages(queueNamed(queue), view.messages, checksums);
  const href = claimHref(queue, view.claim);
  return `{"age":${view.age},"ttl":${view.lease.ttl},"messages":${messages},"href":"${href}"}`;
}

/** What a connection gets when its wait is over: a claim, or null and no messages. Ours. `messages`: an encoded list. */
export function encodeClaimFrame(queue: QueueName, claim: ClaimId | null, messages: string): string {
  const id = claim === null ? "null" : `"${claim}"`;
  return `{"Message_Type":"Claim","queue_name":"${queue}","claim_id":${id},"messages":${messages}}`;
}

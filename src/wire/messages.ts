/**
 * Messages in answers, and the parameters of message requests (`message-posts.ts` decodes posts). This is a hot path: bodies are
 * copied into answers as raw text, never parsed and serialized again. Upstream: zaqar/transport/wsgi/v2_0/messages.py.
 */
import type { ClaimId, MessageId } from "../domain/id.ts";
import { formatUtc } from "../domain/instant.ts";
import type { Message, MessageDeletion, MessagePage } from "../domain/message.ts";
import type { PageRequest } from "../domain/page.ts";
import type { Place } from "../domain/place.ts";
import type { Result } from "../domain/result.ts";
import type { EpochMs } from "../domain/time.ts";
import { encodeLinks, messageHref, messagesHref } from "./hrefs.ts";
import { booleanParameter, encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";

/**
 * The maximum number of ids in a Location header: the default maximum of a request by ids. Clients and proxies fail on a
 * header with far more ids.
 */
const LOCATION_IDS_MAX = 20;

/** The answer to a post and its Location. For more than LOCATION_IDS_MAX messages the Location is the collection. */
export function encodePosted(
  place: Place,
  ids: readonly MessageId[],
): { readonly body: string; readonly location: string } {
  const path = messagesHref(place);
  return {
    body: `{"resources":["${path}/${ids.join(`","${path}/`)}"]}`,
    location: ids.length > LOCATION_IDS_MAX ? path : `${path}?ids=${ids.join(",")}`,
  };
}

/** `checksum`: null when checksums are off, or the body has none. */
export function encodeMessage(place: Place, message: Message, checksum: string | null): string {
  const { id, ttl, age, body, claim } = message;
  // The claim id must be at the end of the href: python-zaqarclient reads the text after the last `=`.
  const claimed = claim === null ? "" : `?claim_id=${claim}`;
  const href = messageHref(place, id) + claimed;
  const more = checksumMember(checksum) + detailMembers(message);
  return `{"id":"${id}","href":"${href}","ttl":${ttl},"age":${age},"body":${body}${more}}`;
}

/** Upstream quirk: a popped message has no href, but a claim id and a claim count. */
function encodePopped(message: Message, checksum: string | null): string {
  const { id, ttl, age, body, claim, claimCount } = message;
  const claimText = claim === null ? "null" : `"${claim}"`;
  const head = `{"id":"${id}","age":${age},"ttl":${ttl},"body":${body}`;
  return `${head},"claim_id":${claimText},"claim_count":${claimCount}${checksumMember(checksum)}}`;
}

function checksumMember(checksum: string | null): string {
  return checksum === null ? "" : `,"checksum":"${checksum}"`;
}

/** Ours: the members that a request with `details` gets. */
function detailMembers({ claimCount, details }: Message): string {
  if (details === undefined) return "";
  const { createdAt, claimedUntil, delayedUntil, deadLetter, traceparent } = details;
  const [claimed, delayed] = [toTime(claimedUntil), toTime(delayedUntil)];
  const times = `"created":${toTime(createdAt)},"claimed_until":${claimed},"delayed_until":${delayed}`;
  const origin =
    deadLetter === null ? "null" : `{"queue":"${deadLetter.queue}","at":${toTime(deadLetter.at)},"reason":"claims"}`;
  const trace = traceparent == null ? "null" : `"${traceparent}"`;
  return `,"claim_count":${claimCount},${times},"dead_letter":${origin},"traceparent":${trace}`;
}

function toTime(instant: EpochMs | null): string {
  return instant === null ? "null" : `"${formatUtc(instant)}"`;
}

/** The checksum of each message, in order; null when checksums are off. */
export type Checksums = readonly (string | null)[] | null;

/** The array of messages that lists, claims and gets share. */
export function encodeMessages(place: Place, messages: readonly Message[], checksums: Checksums): string {
  return `[${messages.map((message, index) => encodeMessage(place, message, checksums?.[index] ?? null)).join(",")}]`;
}

/** The array of messages of WebSocket replies, which have no hrefs. `claim`: the claim id that they contain. */
export function encodeBareMessages(messages: readonly Message[], claim: ClaimId | null, checksums: Checksums): string {
  const claimText = claim === null ? "null" : `"${claim}"`;
  const texts = messages.map((message, index) => {
    const { id, ttl, age, body } = message;
    const more = checksumMember(checksums?.[index] ?? null) + detailMembers(message);
    return `{"id":"${id}","claim_id":${claimText},"ttl":${ttl},"age":${age},"body":${body}${more}}`;
  });
  return `[${texts.join(",")}]`;
}

/** `{"messages": …}` without links: the answer to a GET with ids and to a new claim. */
export function encodeMessageSet(place: Place, messages: readonly Message[], checksums: Checksums): string {
  return `{"messages":${encodeMessages(place, messages, checksums)}}`;
}

export function encodePop(messages: readonly Message[], checksums: Checksums): string {
  const popped = messages.map((message, index) => encodePopped(message, checksums?.[index] ?? null));
  return `{"messages":[${popped.join(",")}]}`;
}

/** The parameters of a list. null: not in the request, and so not in the `next` link. */
export interface MessageListQuery extends PageRequest {
  readonly echo: boolean | null;
  readonly includeClaimed: boolean | null;
  readonly includeDelayed: boolean | null;
  readonly details: boolean | null;
}

export function decodeMessageList(query: Query): Result<MessageListQuery, "parameter-invalid"> {
  const limit = integerParameter(query, "limit");
  if (!limit.ok) return limit;
  const echo = booleanParameter(query, "echo");
  if (!echo.ok) return echo;
  const includeClaimed = booleanParameter(query, "include_claimed");
  if (!includeClaimed.ok) return includeClaimed;
  const includeDelayed = booleanParameter(query, "include_delayed");
  if (!includeDelayed.ok) return includeDelayed;
  const details = booleanParameter(query, "details");
  if (!details.ok) return details;
  return {
    ok: true,
    value: {
      marker: textParameter(query, "marker"),
      limit: limit.value,
      echo: echo.value,
      includeClaimed: includeClaimed.value,
      includeDelayed: includeDelayed.value,
      details: details.value,
    },
  };
}

/** A page with a `next` link. The link has the request's parameters in upstream's order, with the new marker. */
export function encodeMessageList(
  place: Place,
  query: MessageListQuery,
  page: MessagePage & { readonly checksums: Checksums },
): string {
  const parameters = encodeQuery([
    ["marker", query.marker === null ? null : page.next],
    ["limit", query.limit],
    ["echo", query.echo],
    ["include_claimed", query.includeClaimed],
    // Upstream quirk: the link of a queue without a default delay always contains it.
    ["include_delayed", page.isDelayed ? query.includeDelayed : true],
    ["details", query.details],
    ["marker", query.marker === null ? page.next : null],
  ]);
  const links = encodeLinks(page.next === null ? null : `${messagesHref(place)}?${parameters}`);
  return `{"messages":${encodeMessages(place, page.messages, page.checksums)},"links":${links}}`;
}

export function decodeMessageDeletion(query: Query): Result<MessageDeletion, "parameter-invalid"> {
  const pop = integerParameter(query, "pop");
  if (!pop.ok) return pop;
  return { ok: true, value: { pop: pop.value, ids: query.get("ids") ?? null, claims: query.get("claim_ids") ?? null } };
}

/** The `claim_id` of a DELETE of one message; null: none. */
export function decodePresentedClaim(query: Query): ClaimId | string | null {
  return textParameter(query, "claim_id");
}

/**
 * Messages on the wire (core contract 4); `postings.ts` reads what clients post. The hot path: bodies are spliced into
 * answers as the text they are, never parsed and written again.
 */
import type { ClaimId, MessageId } from "../domain/id.ts";
import type { Message } from "../domain/message.ts";
import type { Place } from "../domain/place.ts";
import type { Result } from "../domain/result.ts";
import { encodeLinks, messageHref, messagesHref } from "./hrefs.ts";
import { booleanParameter, encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";

/** Ids that a Location names: as many as may be asked for at once by default. A header of more breaks clients and proxies. */
const LOCATION_IDS_MAX = 20;

/** The answer to a post, and the Location of what it stored: of more messages the collection they are in. */
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

/** `checksum` null: not asked for, or the body has none. */
export function encodeMessage(place: Place, message: Message, checksum: string | null): string {
  const { id, ttl, age, body, claim } = message;
  // A claim id comes last in the href: python-zaqarclient takes whatever follows the last `=`.
  const claimed = claim === null ? "" : `?claim_id=${claim}`;
  const href = messageHref(place, id) + claimed;
  return `{"id":"${id}","href":"${href}","ttl":${ttl},"age":${age},"body":${body}${checksumMember(checksum)}}`;
}

/** Upstream quirk: a popped message has no href, but its claim id and count (core contract 4.0). */
function encodePopped(message: Message, checksum: string | null): string {
  const { id, ttl, age, body, claim, claimCount } = message;
  const claimText = claim === null ? "null" : `"${claim}"`;
  const head = `{"id":"${id}","age":${age},"ttl":${ttl},"body":${body}`;
  return `${head},"claim_id":${claimText},"claim_count":${claimCount}${checksumMember(checksum)}}`;
}

function checksumMember(checksum: string | null): string {
  return checksum === null ? "" : `,"checksum":"${checksum}"`;
}

/** A checksum per message, in their order; null when the service shows none. */
export type Checksums = readonly (string | null)[] | null;

/** The array of messages that lists, claims and gets have in common. */
export function encodeMessages(place: Place, messages: readonly Message[], checksums: Checksums): string {
  return `[${messages.map((message, index) => encodeMessage(place, message, checksums?.[index] ?? null)).join(",")}]`;
}

/** `{"messages": …}` without links: by ids, and of a new claim. */
export function encodeMessageSet(place: Place, messages: readonly Message[], checksums: Checksums): string {
  return `{"messages":${encodeMessages(place, messages, checksums)}}`;
}

export function encodePop(messages: readonly Message[], checksums: Checksums): string {
  const popped = messages.map((message, index) => encodePopped(message, checksums?.[index] ?? null));
  return `{"messages":[${popped.join(",")}]}`;
}

/** The parameters of a list, null where the client gave none: the next link repeats what was given. */
export interface MessageListQuery {
  readonly marker: string | null;
  readonly limit: number | null;
  readonly echo: boolean | null;
  readonly includeClaimed: boolean | null;
  readonly includeDelayed: boolean | null;
}

export function decodeMessageList(query: Query): Result<MessageListQuery> {
  const limit = integerParameter(query, "limit");
  if (!limit.ok) return limit;
  const echo = booleanParameter(query, "echo");
  if (!echo.ok) return echo;
  const includeClaimed = booleanParameter(query, "include_claimed");
  if (!includeClaimed.ok) return includeClaimed;
  const includeDelayed = booleanParameter(query, "include_delayed");
  if (!includeDelayed.ok) return includeDelayed;
  return {
    ok: true,
    value: {
      marker: textParameter(query, "marker"),
      limit: limit.value,
      echo: echo.value,
      includeClaimed: includeClaimed.value,
      includeDelayed: includeDelayed.value,
    },
  };
}

export interface MessageList {
  readonly messages: readonly Message[];
  readonly next: string | null;
  readonly isDelayed: boolean;
}

/** A page with its next link: the given parameters in a fixed order, the marker replaced in place or appended. */
export function encodeMessageList(
  place: Place,
  query: MessageListQuery,
  page: MessageList & { readonly checksums: Checksums },
): string {
  const parameters = encodeQuery([
    ["marker", query.marker === null ? null : page.next],
    ["limit", query.limit],
    ["echo", query.echo],
    ["include_claimed", query.includeClaimed],
    // Upstream quirk: a queue without a default delay states it although nobody asked.
    ["include_delayed", page.isDelayed ? query.includeDelayed : true],
    ["marker", query.marker === null ? page.next : null],
  ]);
  const links = encodeLinks(page.next === null ? null : `${messagesHref(place)}?${parameters}`);
  return `{"messages":${encodeMessages(place, page.messages, page.checksums)},"links":${links}}`;
}

/** What a DELETE on the collection names; the rules between them are the operation's (core contract 4.6). */
export interface MessageDeletionQuery {
  readonly ids: readonly string[] | null;
  readonly claims: readonly string[] | null;
  readonly pop: number | null;
}

export function decodeMessageDeletion(query: Query): Result<MessageDeletionQuery> {
  const pop = integerParameter(query, "pop");
  if (!pop.ok) return pop;
  return { ok: true, value: { pop: pop.value, ids: query.get("ids") ?? null, claims: query.get("claim_ids") ?? null } };
}

/** The claim that a DELETE of one message presents. */
export function decodePresentedClaim(query: Query): ClaimId | string | null {
  return textParameter(query, "claim_id");
}

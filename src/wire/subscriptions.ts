/**
 * Subscriptions on the wire. The queue's object validates their fields (domain/subscription.ts), because upstream creates the
 * queue before it validates them. Upstream: zaqar/transport/wsgi/v2_0/subscriptions.py.
 */
import type { SubscriptionId } from "../domain/id.ts";
import { EMPTY_OBJECT, membersOf, typeOf, type JsonText } from "../domain/json.ts";
import type { PageRequest } from "../domain/page.ts";
import type { Place } from "../domain/place.ts";
import { detailed, type Detailed } from "../domain/details.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { Subscription, WebhookSecret } from "../domain/subscription.ts";
import { decodeDocument, decodeObject, type DocumentFailure, type ObjectFailure } from "./document.ts";
import { encodeLinks, subscriptionsHref } from "./hrefs.ts";
import { encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";

/** The document of a POST; an empty object without a body. An array is refused with 400; upstream fails with 5xx. */
export function decodeNewSubscription(body: Uint8Array | null): Result<JsonText, ObjectFailure> {
  return isAbsent(body) ? ok(EMPTY_OBJECT) : decodeObject(body);
}

/** The document of a PATCH; an empty object without a body. */
export function decodeSubscriptionChanges(
  body: Uint8Array | null,
): Result<JsonText, DocumentFailure | "subscription-invalid"> {
  if (isAbsent(body)) return ok(EMPTY_OBJECT);
  const document = decodeDocument(body);
  if (!document.ok || typeOf(document.value) === "object") return document;
  return err({ kind: "subscription-invalid", reason: "Subscriptions must be a dict." });
}

/** The value of `confirmed` in a confirmation. `subscription`: its id, for the failure `subscription-not-confirmed`. */
export function decodeConfirmation(
  body: Uint8Array | null,
  subscription: string,
): Result<boolean, DocumentFailure | "subscription-not-confirmed" | "subscription-invalid"> {
  const document = isAbsent(body) ? ok(EMPTY_OBJECT) : decodeDocument(body);
  if (!document.ok) return document;
  if (typeOf(document.value) !== "object") return err({ kind: "subscription-not-confirmed", subscription });
  const confirmed = membersOf(document.value).get("confirmed");
  if (confirmed === "true" || confirmed === "false") return ok(confirmed === "true");
  return err({ kind: "subscription-invalid", reason: "The 'confirmed' should be boolean." });
}

function isAbsent(body: Uint8Array | null): body is null {
  return body === null || body.length === 0;
}

export function decodeSubscriptionList(query: Query): Result<PageRequest, "parameter-invalid"> {
  const limit = integerParameter(query, "limit");
  return limit.ok ? ok({ marker: textParameter(query, "marker"), limit: limit.value }) : limit;
}

/** `source`: the queue or topic of the subscription. `details`: ours. */
export function encodeSubscription(source: Place, subscription: Subscription, { details }: Detailed = {}): string {
  const { id, subscriber, ttl, age, options, confirmed, expiresAt } = subscription;
  const uri = JSON.stringify(subscriber);
  const head = `"id":"${id}","source":"${source.name}","subscriber":${uri},"ttl":${ttl},"age":${age}`;
  const end = details === true && expiresAt !== undefined ? `,"expires_at":"${new Date(expiresAt).toISOString()}"` : "";
  return `{${head},"options":${options},"confirmed":${confirmed}${end}}`;
}

/** A page with a `next` link. Only an empty page has none. */
export function encodeSubscriptionList(
  source: Place,
  subscriptions: readonly Subscription[],
  { marker, limit, details }: PageRequest & Detailed,
): string {
  const entries = subscriptions.map((subscription) =>
    encodeSubscription(source, subscription, detailed(details === true)),
  );
  const last = subscriptions.at(-1)?.id ?? null;
  // Upstream quirk: the marker is the first parameter if the request has one, else the last.
  const parameters = encodeQuery([
    ["marker", marker === null ? null : last],
    ["limit", limit],
    ["marker", marker === null ? last : null],
    ["details", details ?? null],
  ]);
  const links = encodeLinks(last === null ? null : `${subscriptionsHref(source)}?${parameters}`);
  return `{"subscriptions":[${entries.join(",")}],"links":${links}}`;
}

export function encodeSubscriptionId(id: SubscriptionId): string {
  return JSON.stringify({ subscription_id: id });
}

export function encodeSecret(secret: WebhookSecret): string {
  return JSON.stringify({ secret });
}

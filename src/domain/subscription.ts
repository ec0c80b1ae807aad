/**
 * Subscriptions, and the validation of their fields, for every transport. Fields are checked in upstream's order: subscriber,
 * options, ttl. Upstream: zaqar/transport/validation.py.
 */
import { toSubscriber, type ConnectionAddress } from "./connection-address.ts";
import type { FailureOf } from "./failure.ts";
import type { SubscriptionId } from "./id.ts";
import { EMPTY_OBJECT, membersOf, toInteger, toText, typeOf, type JsonText, type Members } from "./json.ts";
import { eventsDefect } from "./queue-events.ts";
import { RESERVED } from "./reserved-metadata.ts";
import { err, ok, type Result } from "./result.ts";
import type { Brand } from "./brand.ts";
import { checkRetryPolicy } from "./retry.ts";
import { excerpt } from "./excerpt.ts";
import { checkSubscriber, type SubscriberKind } from "./subscriber.ts";
import { toSeconds, type EpochMs, type Seconds } from "./time.ts";

/** The secret that signs deliveries: `whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks specification). */
export type WebhookSecret = Brand<string, "WebhookSecret">;

/** A subscription as its owner sees it. */
export interface Subscription extends NewSubscription {
  readonly id: SubscriptionId;
  /** Seconds since its creation. */
  readonly age: Seconds;
  /** Whether the subscriber has confirmed. It has an effect only with REQUIRE_CONFIRMATION. */
  readonly confirmed: boolean;
  /** It follows from neither `ttl` nor `age`, because `ttl` counts from its last change. Absent in answers of older objects. */
  readonly expiresAt?: EpochMs;
}

/** A subscription that a request has made or changed. */
export interface Subscribed extends Pick<Subscription, "id" | "confirmed"> {
  /** The subscriber had this subscription already. Absent in answers of older objects. */
  readonly isKnown?: true;
}

export interface NewSubscription {
  /** The URI as the client wrote it. */
  readonly subscriber: string;
  readonly ttl: Seconds;
  /** A JSON object. */
  readonly options: JsonText;
}

export type SubscribeFailure = "subscription-invalid" | "subscription-exists" | "queue-spread" | "quota-exceeded";

export type SubscriptionUpdateFailure =
  | "subscription-invalid"
  | "subscription-not-updated"
  | "subscription-not-found"
  | "subscription-exists";

/** The new values of a subscription; null: unchanged. */
export interface SubscriptionChanges {
  readonly subscriber: string | null;
  readonly ttl: Seconds | null;
  readonly options: JsonText | null;
}

export interface SubscriptionRules {
  /** The kinds of subscribers that the service allows. */
  readonly kinds: readonly SubscriberKind[];
  /** The ttl of a subscription that states none. */
  readonly defaultTtl: Seconds;
}

/** Seconds. Upstream hard-codes it. */
const SUBSCRIPTION_TTL_MIN = 60;
/** The latest expiry, in seconds since 1970: 9999-12-31T23:59:59Z, the maximum of Python's datetime. */
const EXPIRY_MAX = 253_402_300_799;
/** The maximum of the option `_concurrency`: concurrent first attempts of one subscription. */
export const CONCURRENCY_MAX = 16;

/**
 * The subscription in the members of a POST. Unknown members are ignored. `own`: the subscriber is the connection that asks, and
 * not in the document.
 */
export function checkNewSubscription(
  members: Members,
  rules: SubscriptionRules,
  now: EpochMs,
  own: ConnectionAddress | null = null,
): Result<NewSubscription, "subscription-invalid"> {
  const subscriber = own === null ? subscriberIn(members, rules) : ok(toSubscriber(own));
  if (!subscriber.ok) return subscriber;
  const options = checkOptions(given(members, "options") ?? EMPTY_OBJECT);
  if (!options.ok) return options;
  const stated = given(members, "ttl");
  const ttl = stated === null ? ok(rules.defaultTtl) : checkTtl(stated, now);
  if (!ttl.ok) return ttl;
  return ok({ subscriber: subscriber.value, ttl: ttl.value, options: options.value });
}

/**
 * The changes in the members of a PATCH. A null leaves its field unchanged. A document that changes nothing is
 * `subscription-not-updated`.
 */
export function checkSubscriptionChanges(
  members: Members,
  { id, ...rules }: SubscriptionRules & { readonly id: string },
  now: EpochMs,
): Result<SubscriptionChanges, "subscription-invalid" | "subscription-not-updated"> {
  if (members.size === 0) return err(invalid("No subscription to create."));
  const uri = given(members, "subscriber");
  const subscriber = uri === null ? ok(null) : checkUri(uri, rules);
  if (!subscriber.ok) return subscriber;
  const document = given(members, "options");
  const options = document === null ? ok(null) : checkOptions(document);
  if (!options.ok) return options;
  const stated = given(members, "ttl");
  const ttl = stated === null ? ok(null) : checkTtl(stated, now);
  if (!ttl.ok) return ttl;
  if (uri === null && document === null && stated === null) {
    return err({ kind: "subscription-not-updated", subscription: id });
  }
  return ok({ subscriber: subscriber.value, ttl: ttl.value, options: options.value });
}

export function subscriptionNotFound(id: string): FailureOf<"subscription-not-found"> {
  return { kind: "subscription-not-found", subscription: id };
}

function invalid(reason: string): FailureOf<"subscription-invalid"> {
  return { kind: "subscription-invalid", reason };
}

/** The value of a member; null when it is absent or null. */
function given(members: Members, key: string): JsonText | null {
  const value = members.get(key);
  return value === undefined || value === "null" ? null : value;
}

function subscriberIn(members: Members, rules: SubscriptionRules): Result<string, "subscription-invalid"> {
  const uri = members.get("subscriber");
  return uri === undefined ? err(invalid("Missing parameter subscriber in body.")) : checkUri(uri, rules);
}

/** Upstream does not check a falsy subscriber and then fails to store it. Here it is refused like other invalid ones. */
function checkUri(value: JsonText, rules: SubscriptionRules): Result<string, "subscription-invalid"> {
  const uri = toText(value) ?? "";
  const subscriber = checkSubscriber(uri, rules.kinds);
  return subscriber.ok ? ok(uri) : subscriber;
}

/** Upstream does not check a falsy ttl, so a ttl of 0 creates a subscription that expires at once. Here it is refused. */
function checkTtl(value: JsonText, now: EpochMs): Result<Seconds, "subscription-invalid"> {
  const ttl = toInteger(value);
  if (ttl === null) return err(invalid("TTL must be an integer."));
  if (ttl < SUBSCRIPTION_TTL_MIN) {
    return err(invalid(`The TTL for a subscription must be at least ${SUBSCRIPTION_TTL_MIN} seconds long.`));
  }
  if (Math.floor(now / 1000) + ttl > EXPIRY_MAX) {
    const last = "9999-12-31 23:59:59.999999";
    return err(invalid(`The TTL seconds for a subscription plus current time must be less than ${last}.`));
  }
  return ok(toSeconds(ttl));
}

/**
 * Validates the options that deliveries use; others may have any value. Upstream validates only the retry policy, so that
 * other invalid options make each delivery fail without any report.
 */
function checkOptions(options: JsonText): Result<JsonText, "subscription-invalid"> {
  if (typeOf(options) !== "object") return err(invalid("Options must be a dict."));
  const members = membersOf(options);
  const policy = given(members, RESERVED.retryPolicy.key);
  const reason =
    (policy === null ? null : checkRetryPolicy(policy)) ??
    headersDefect(given(members, "post_headers")) ??
    textDefect(members, "post_data", null) ??
    textDefect(members, "from", ONE_LINE) ??
    textDefect(members, "subject", ONE_LINE) ??
    textDefect(members, "trust_id", ONE_LINE) ??
    concurrencyDefect(given(members, "_concurrency")) ??
    eventsDefect(given(members, "_events"));
  return reason === null ? ok(options) : err(invalid(reason));
}

/**
 * The number of concurrent first attempts. The default is 1, which keeps post order. Former versions stored `_concurrency`
 * unchecked, so an invalid value counts as absent.
 */
export function concurrencyOf(options: JsonText): number {
  const value = given(membersOf(options), "_concurrency");
  return value === null || concurrencyDefect(value) !== null ? 1 : (toInteger(value) ?? 1);
}

/** `post_data` of the options, a template of what a subscriber gets; null: there is none. */
export function templateOf(options: JsonText): string | null {
  const template = given(membersOf(options), "post_data");
  return template === null ? null : toText(template);
}

/** The retry policy in the options of a subscription; null: none. */
export function retryPolicyOf(options: JsonText): JsonText | null {
  return membersOf(options).get(RESERVED.retryPolicy.key) ?? null;
}

/** Without control characters: a line break would begin another header. */
const ONE_LINE = /^\P{Cc}*$/u;
/** Valid names and values of HTTP headers (RFC 9110, 5.6.2 and 5.5). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function headersDefect(headers: JsonText | null): string | null {
  if (headers === null) return null;
  if (typeOf(headers) !== "object") return "post_headers must be a dict.";
  for (const [name, value] of membersOf(headers)) {
    const text = toText(value);
    // Only the name is quoted, because values may be secrets.
    if (text === null) return `post_headers must contain only strings. "${excerpt(name)}" is none.`;
    if (HEADER_NAME.test(name) && HEADER_VALUE.test(text)) continue;
    return `post_headers must contain only valid HTTP headers. "${excerpt(name)}" is none.`;
  }
  return null;
}

function textDefect(options: Members, key: string, form: RegExp | null): string | null {
  const value = given(options, key);
  if (value === null) return null;
  const text = toText(value);
  if (text === null) return `${key} must be a string.`;
  return form === null || form.test(text) ? null : `${key} must be a string of one line.`;
}

function concurrencyDefect(value: JsonText | null): string | null {
  if (value === null) return null;
  const concurrency = typeOf(value) === "number" ? toInteger(value) : null;
  if (concurrency !== null && concurrency >= 1 && concurrency <= CONCURRENCY_MAX) return null;
  return `_concurrency must be an integer from 1 to ${CONCURRENCY_MAX}.`;
}

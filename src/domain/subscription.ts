/**
 * Subscriptions: what their fields may hold (extended contract 1.3, 1.5), whichever transport brought them. Checked in
 * upstream's order: subscriber, options, ttl. Upstream: zaqar/transport/validation.py.
 */
import type { Failure } from "./failure.ts";
import type { SubscriptionId } from "./id.ts";
import { EMPTY_OBJECT, membersOf, toInteger, toText, typeOf, type JsonText, type Members } from "./json.ts";
import { RESERVED } from "./reserved-metadata.ts";
import { err, ok, type Result } from "./result.ts";
import type { Brand } from "./brand.ts";
import { checkRetryPolicy } from "./retry.ts";
import { shown } from "./shown.ts";
import { checkSubscriber, type SubscriberKind } from "./subscriber.ts";
import { toSeconds, type EpochMs, type Seconds } from "./time.ts";

/** What deliveries are signed with: `whsec_` and the base64 of 24 to 64 bytes (Standard Webhooks). */
export type WebhookSecret = Brand<string, "WebhookSecret">;

/** A subscription as its owner sees it. */
export interface Subscription extends NewSubscription {
  readonly id: SubscriptionId;
  /** Since its creation. */
  readonly age: Seconds;
  /** Whether its subscriber has agreed. Only a service that asks heeds it. */
  readonly confirmed: boolean;
}

export interface NewSubscription {
  /** As the client wrote it. */
  readonly subscriber: string;
  readonly ttl: Seconds;
  /** An object. */
  readonly options: JsonText;
}

/** null: not changed. */
export interface SubscriptionChanges {
  readonly subscriber: string | null;
  readonly ttl: Seconds | null;
  readonly options: JsonText | null;
}

export interface SubscriptionRules {
  /** The kinds of subscribers that the service allows. */
  readonly kinds: readonly SubscriberKind[];
  /** Of a subscription that states none. */
  readonly defaultTtl: Seconds;
}

/** Seconds; upstream hard-codes it. */
const SUBSCRIPTION_TTL_MIN = 60;
/** Upstream's [transport] default_subscription_ttl. */
export const SUBSCRIPTION_TTL_DEFAULT = toSeconds(3600);
/** 9999-12-31T23:59:59Z in seconds since 1970: the last one that Python's dates know, and so the longest life. */
const EXPIRY_MAX = 253_402_300_799;
/** First attempts that a subscription may ask to have under way at a time. */
export const CONCURRENCY_MAX = 16;

/** A subscription from the members of a POST; those that mean nothing are ignored. Failures: `subscription-invalid`. */
export function checkNewSubscription(
  members: Members,
  rules: SubscriptionRules,
  now: EpochMs,
): Result<NewSubscription> {
  const uri = members.get("subscriber");
  if (uri === undefined) return err(invalid("Missing parameter subscriber in body."));
  const subscriber = checkUri(uri, rules);
  if (!subscriber.ok) return subscriber;
  const options = checkOptions(given(members, "options") ?? EMPTY_OBJECT);
  if (!options.ok) return options;
  const stated = given(members, "ttl");
  const ttl = stated === null ? ok(rules.defaultTtl) : checkTtl(stated, now);
  if (!ttl.ok) return ttl;
  return ok({ subscriber: subscriber.value, ttl: ttl.value, options: options.value });
}

/**
 * The changes that the members of a PATCH ask for. A null changes nothing; a document that changes nothing at all is
 * `subscription-not-updated`, other failures are `subscription-invalid`.
 */
export function checkSubscriptionChanges(
  members: Members,
  { id, ...rules }: SubscriptionRules & { readonly id: string },
  now: EpochMs,
): Result<SubscriptionChanges> {
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

function invalid(reason: string): Failure {
  return { kind: "subscription-invalid", reason };
}

function given(members: Members, key: string): JsonText | null {
  const value = members.get(key);
  return value === undefined || value === "null" ? null : value;
}

/** The reference skips the check of a falsy subscriber and then fails to store it: it is refused like any other. */
function checkUri(value: JsonText, rules: SubscriptionRules): Result<string> {
  const uri = toText(value) ?? "";
  const subscriber = checkSubscriber(uri, rules.kinds);
  return subscriber.ok ? ok(uri) : subscriber;
}

/** Here too the reference skips what is falsy, so that a ttl of 0 makes a subscription that is over at once. */
function checkTtl(value: JsonText, now: EpochMs): Result<Seconds> {
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
 * Options are free-form but for the keys that a delivery obeys. Upstream checks only the policy and lets the others
 * fail in each delivery, where nobody sees it.
 */
function checkOptions(options: JsonText): Result<JsonText> {
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
    concurrencyDefect(given(members, "_concurrency"));
  return reason === null ? ok(options) : err(invalid(reason));
}

/**
 * How many first attempts may be under way: 1, in post order, unless the options say otherwise. Of options that former
 * versions let in unchecked what is out of bounds means nothing.
 */
export function concurrencyOf(options: JsonText): number {
  const value = given(membersOf(options), "_concurrency");
  return value === null || concurrencyDefect(value) !== null ? 1 : (toInteger(value) ?? 1);
}

/** The retry policy among a subscription's options; null: none. */
export function retryPolicyOf(options: JsonText): JsonText | null {
  return membersOf(options).get(RESERVED.retryPolicy.key) ?? null;
}

/** A line break would begin a header of its own. */
const ONE_LINE = /^\P{Cc}*$/u;
/** RFC 9110, 5.6.2 and 5.5: what may be sent as a header; blanks around a value are not part of it. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function headersDefect(headers: JsonText | null): string | null {
  if (headers === null) return null;
  if (typeOf(headers) !== "object") return "post_headers must be a dict.";
  for (const [name, value] of membersOf(headers)) {
    const text = toText(value);
    // The name alone is repeated: values may be secrets.
    if (text === null) return `post_headers must hold strings only. "${shown(name)}" is none.`;
    if (HEADER_NAME.test(name) && HEADER_VALUE.test(text)) continue;
    return `post_headers must hold valid HTTP headers only. "${shown(name)}" is none.`;
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

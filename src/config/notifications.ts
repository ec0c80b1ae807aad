/** The settings of subscriptions and notifications. */
import { isServerName, parseSender, toServerName } from "../domain/mail-address.ts";
import { SUBSCRIBER_KINDS } from "../domain/subscriber.ts";
import { CONCURRENCY_MAX } from "../domain/subscription.ts";
import {
  count,
  decoded,
  flag,
  list,
  percent,
  secret,
  seconds,
  optionalText,
  YEAR,
  type SettingGroup,
  type SettingValues,
} from "./setting.ts";
import { BASE_URL, toUrlForm } from "./url-forms.ts";

export const NOTIFICATION_SETTINGS = {
  defaultSubscriptionTtl: seconds({ default: 3600, range: { min: 60, max: YEAR * 100 } }),
  maxSubscriptionsPerPage: count({ default: 20, range: { min: 1, max: 1000 } }),
  /** In upstream's order. */
  subscriberTypes: decoded(
    list({
      form: {
        words: "a comma list of http, https, mailto, trust+http and trust+https",
        pattern: /^(?:https?|mailto|trust\+https?)(?:\s*,\s*(?:https?|mailto|trust\+https?))*$/,
      },
    }),
    (kinds) => (kinds.length === 0 ? SUBSCRIBER_KINDS : SUBSCRIBER_KINDS.filter((kind) => kinds.includes(kind))),
  ),
  requireConfirmation: flag({ default: false }),
  externalConfirmationUrl: optionalText({ form: toUrlForm("an http or https URL", /^https?:\/\/[^\s#]+$/) }),
  /** Without a slash at the end; null: not known. */
  publicUrl: decoded(optionalText({ form: BASE_URL }), (url) => url?.replace(/\/+$/, "") ?? null),
  maxDeliveryConcurrency: count({ default: CONCURRENCY_MAX, range: { min: 1, max: CONCURRENCY_MAX } }),
  /** The part of a delay that may be added to it. */
  retryJitter: decoded(percent({ default: 0, range: { min: 0, max: 100 } }), (jitter) => jitter / 100),
  allowPrivateSubscribers: flag({ default: false }),
  /** `host` or `host:port`, lower case. */
  trustedSubscribers: decoded(
    list({
      form: {
        words:
          'host names, with a port unless it is the scheme\'s default, separated by commas, such as "mistral.example:8989"',
        pattern: /^[^\s/,?#@]+(?:\s*,\s*[^\s/,?#@]+)*$/,
      },
    }),
    (hosts) => hosts.map((host) => host.toLowerCase()),
  ),
  mailFrom: optionalText({
    form: {
      words: "a mail address, or a name with one in angle brackets",
      pattern: { test: (text) => parseSender(text) !== null },
    },
  }),
  smtpUrl: secret({
    form: toUrlForm(
      "an smtp or smtps URL, with %40 for an @ in user or password",
      /^smtps?:\/\/(?:(?:[^\s/@%]|%[0-9A-Fa-f]{2})+@)?[^\s/@]+\/?$/,
    ),
  }),
  smtpEhloName: optionalText({
    form: { words: "a domain, or an address in brackets", pattern: { test: isServerName } },
  }),
} satisfies SettingGroup;

type NotificationValues = SettingValues<typeof NOTIFICATION_SETTINGS>;

/** The EHLO name of a service without a host name: an address literal is allowed then (RFC 5321, 4.1.4). */
const LOOPBACK = "[127.0.0.1]";

/**
 * The service's name in EHLO to the mail server. No URL is parsed if there is none: for the stack of the parser's error V8 would
 * parse the whole bundle again, which took 10 ms of each start.
 */
export function toEhloName({ smtpEhloName, publicUrl }: NotificationValues): string {
  if (smtpEhloName !== null) return smtpEhloName;
  return (publicUrl === null ? null : toServerName(new URL(publicUrl).hostname)) ?? LOOPBACK;
}

export function assertCanConfirm({ requireConfirmation }: NotificationValues, signedUrlKeys: readonly string[]): void {
  if (!requireConfirmation || signedUrlKeys.length > 0) return;
  throw new Error("SIGNED_URL_SECRET_KEY is not set: REQUIRE_CONFIRMATION needs it to sign confirmation URLs.");
}

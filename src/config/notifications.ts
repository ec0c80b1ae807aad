/** Subscriptions, and what is sent to subscribers. */
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
  text,
  YEAR,
  type Settings,
  type ValuesOf,
} from "./setting.ts";
import { BASE_URL, toUrlForm } from "./url-forms.ts";

export const NOTIFICATION_SETTINGS = {
  defaultSubscriptionTtl: seconds({
    default: 3600,
    option: "[transport] default_subscription_ttl",
    meaning: "life of a subscription that states none (s)",
    range: { min: 60, max: YEAR * 100 },
  }),
  maxSubscriptionsPerPage: count({
    default: 20,
    option: "[transport] max_subscriptions_per_page",
    meaning: "largest page of subscriptions",
    range: { min: 1, max: 1000 },
  }),
  /** In upstream's order. */
  subscriberTypes: decoded(
    list({
      option: "[transport] subscriber_types",
      meaning: "the kinds of subscribers that are allowed, of `http,https,mailto,trust+http,trust+https`; unset: all",
      form: {
        words: "a comma list of http, https, mailto, trust+http and trust+https",
        pattern: /^(?:https?|mailto|trust\+https?)(?:\s*,\s*(?:https?|mailto|trust\+https?))*$/,
      },
    }),
    (given) => (given.length === 0 ? SUBSCRIBER_KINDS : SUBSCRIBER_KINDS.filter((kind) => given.includes(kind))),
  ),
  requireConfirmation: flag({
    default: false,
    option: "[notification] require_confirmation",
    meaning: "send notifications only to subscribers that have agreed; needs `SIGNED_URL_SECRET_KEY`",
  }),
  externalConfirmationUrl: text({
    option: "[notification] external_confirmation_url",
    meaning: "page that a mail asks a subscriber to open to agree; unset: mailboxes are not asked",
    form: toUrlForm("an http or https URL", /^https?:\/\/[^\s#]+$/),
  }),
  /** Without a slash at the end; null: not known. */
  publicUrl: decoded(
    text({
      option: "ours",
      meaning:
        "URL by which clients call the service; subscribers are sent it, and those below it are called inside the service",
      form: BASE_URL,
    }),
    (url) => url?.replace(/\/+$/, "") ?? null,
  ),
  maxDeliveryConcurrency: count({
    default: CONCURRENCY_MAX,
    cloud: {
      value: "6",
      reason:
        "An object may have six outgoing requests at a time; a seventh waits inside the runtime, which does not show it.",
    },
    option: "ours",
    meaning: "most first attempts that a subscription may have under way, whatever its `_concurrency` says",
    range: { min: 1, max: CONCURRENCY_MAX },
  }),
  /** The part of a delay that may be added to it. */
  retryJitter: decoded(
    percent({
      default: 0,
      option: "ours",
      meaning:
        "random addition to the delay before a retry, at most (%), so that deliveries that failed together do not repeat " +
        "together",
      range: { min: 0, max: 100 },
    }),
    (jitter) => jitter / 100,
  ),
  allowPrivateSubscribers: flag({
    default: false,
    option: "ours",
    meaning: "deliver to loopback and private addresses too: for development and closed networks",
  }),
  /** `host` or `host:port`, lower case. */
  trustedSubscribers: decoded(
    list({
      option: "ours",
      meaning:
        "hosts, each with its port unless that is the scheme's own, that `trust+` subscribers may be at: only these, and the " +
        "service itself, are sent Keystone tokens",
      form: {
        words:
          'host names, with a port unless it is the scheme\'s own, separated by commas, such as "mistral.example:8989"',
        pattern: /^[^\s/,?#@]+(?:\s*,\s*[^\s/,?#@]+)*$/,
      },
    }),
    (hosts) => hosts.map((host) => host.toLowerCase()),
  ),
  mailFrom: text({
    option: "ours",
    meaning: "sender of mails whose subscription names none: an address, or `Name <address>`",
    form: {
      words: "a mail address, or a name with one in angle brackets",
      pattern: { test: (given) => parseSender(given) !== null },
    },
  }),
  smtpUrl: secret({
    option: "[notification] smtp_host",
    meaning:
      "secret: the server that takes mails, `smtp://user:password@host:port` or `smtps://…`; unset: mail is not sent",
    form: toUrlForm(
      "an smtp or smtps URL, with %40 for an @ in user or password",
      /^smtps?:\/\/(?:(?:[^\s/@%]|%[0-9A-Fa-f]{2})+@)?[^\s/@]+\/?$/,
    ),
  }),
  smtpEhloName: text({
    option: "ours",
    meaning: "the service's name in EHLO to that server; unset: the host of `PUBLIC_URL`, else `[127.0.0.1]`",
    form: { words: "a domain, or an address in brackets", pattern: { test: isServerName } },
  }),
} satisfies Settings;

type NotificationValues = ValuesOf<typeof NOTIFICATION_SETTINGS>;

/** A service without a name calls itself by an address, and one that is true of it. */
const NAMELESS = "[127.0.0.1]";

/** What the service calls itself to the mail server. */
export function toEhloName({ smtpEhloName, publicUrl }: NotificationValues): string {
  return smtpEhloName ?? toServerName(URL.parse(publicUrl ?? "")?.hostname ?? "") ?? NAMELESS;
}

export function assertCanConfirm({ requireConfirmation }: NotificationValues, signedUrlKeys: readonly string[]): void {
  if (!requireConfirmation || signedUrlKeys.length > 0) return;
  throw new Error("SIGNED_URL_SECRET_KEY is not set: REQUIRE_CONFIRMATION needs one to sign its questions with.");
}

/** The settings of subscriptions and of what is sent to subscribers. */
import { isServerName, parseSender } from "../domain/mail-address.ts";
import { CONCURRENCY_MAX } from "../domain/subscription.ts";
import { BASE_URL, toUrlForm, type Setting } from "./setting.ts";

const YEAR = 31_536_000;
const FLAG = ["true", "false"] as const;

export const NOTIFICATION_SETTINGS: readonly Setting[] = [
  {
    name: "DEFAULT_SUBSCRIPTION_TTL",
    default: "3600",
    option: "[transport] default_subscription_ttl",
    meaning: "life of a subscription that states none (s)",
    range: { min: 60, max: YEAR * 100 },
  },
  {
    name: "MAX_SUBSCRIPTIONS_PER_PAGE",
    default: "20",
    option: "[transport] max_subscriptions_per_page",
    meaning: "largest page of subscriptions",
    range: { min: 1, max: 1000 },
  },
  {
    name: "SUBSCRIBER_TYPES",
    default: null,
    option: "[transport] subscriber_types",
    meaning: "the kinds of subscribers that are allowed, of `http,https,mailto,trust+http,trust+https`; unset: all",
    form: {
      words: "a comma list of http, https, mailto, trust+http and trust+https",
      pattern: /^(?:https?|mailto|trust\+https?)(?:\s*,\s*(?:https?|mailto|trust\+https?))*$/,
    },
  },
  {
    name: "REQUIRE_CONFIRMATION",
    default: "false",
    option: "[notification] require_confirmation",
    meaning: "send notifications only to subscribers that have agreed; needs `SIGNED_URL_SECRET_KEY`",
    choices: FLAG,
  },
  {
    name: "EXTERNAL_CONFIRMATION_URL",
    default: null,
    option: "[notification] external_confirmation_url",
    meaning: "page that a mail asks a subscriber to open to agree; unset: mailboxes are not asked",
    form: { words: "an http or https URL", pattern: toUrlForm(/^https?:\/\/[^\s#]+$/) },
  },
  {
    name: "PUBLIC_URL",
    default: null,
    option: "ours",
    meaning:
      "URL by which clients call the service; subscribers are sent it, and those below it are called inside the service",
    form: { words: "an http or https URL", pattern: toUrlForm(BASE_URL) },
  },
  {
    name: "MAX_DELIVERY_CONCURRENCY",
    default: String(CONCURRENCY_MAX),
    cloud: {
      value: "6",
      reason: "An object may wait for six answers at a time; who comes after waits inside the runtime, unseen.",
    },
    option: "ours",
    meaning: "most first attempts that a subscription may have under way, whatever its `_concurrency` says",
    range: { min: 1, max: CONCURRENCY_MAX },
  },
  {
    name: "RETRY_JITTER",
    default: "0",
    option: "ours",
    meaning:
      "random addition to the delay before a retry, at most (%), so that deliveries that failed together do not repeat together",
    range: { min: 0, max: 100 },
  },
  {
    name: "ALLOW_PRIVATE_SUBSCRIBERS",
    default: "false",
    option: "ours",
    meaning: "deliver to loopback and private addresses too: for development and closed networks",
    choices: FLAG,
  },
  {
    name: "TRUSTED_SUBSCRIBERS",
    default: null,
    option: "ours",
    meaning:
      "hosts, each with its port unless that is the scheme's own, that `trust+` subscribers may be at: only these, and the " +
      "service itself, are sent Keystone tokens",
    form: {
      words:
        'host names, with a port unless it is the scheme\'s own, separated by commas, such as "mistral.example:8989"',
      pattern: /^[^\s/,?#@]+(?:\s*,\s*[^\s/,?#@]+)*$/,
    },
  },
  {
    name: "MAIL_FROM",
    default: null,
    option: "ours",
    meaning: "sender of mails whose subscription names none: an address, or `Name <address>`",
    form: {
      words: "a mail address, or a name with one in angle brackets",
      pattern: { test: (text) => parseSender(text) !== null },
    },
  },
  {
    name: "SMTP_URL",
    default: null,
    option: "[notification] smtp_host",
    meaning:
      "secret: the server that takes mails, `smtp://user:password@host:port` or `smtps://…`; unset: mail is not sent",
    isSecret: true,
    form: {
      words: "an smtp or smtps URL, with %40 for an @ in user or password",
      pattern: toUrlForm(/^smtps?:\/\/(?:(?:[^\s/@%]|%[0-9A-Fa-f]{2})+@)?[^\s/@]+\/?$/),
    },
  },
  {
    name: "SMTP_EHLO_NAME",
    default: null,
    option: "ours",
    meaning: "the service's name in EHLO to that server; unset: the host of `PUBLIC_URL`, else `[127.0.0.1]`",
    form: { words: "a domain, or an address in brackets", pattern: { test: isServerName } },
  },
];

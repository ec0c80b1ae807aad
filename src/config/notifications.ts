/** The settings of notifications, decoded. */
import { toServerName } from "../domain/mail-address.ts";
import { SUBSCRIBER_KINDS, type SubscriberKind } from "../domain/subscriber.ts";
import { toSeconds, type Seconds } from "../domain/time.ts";

export interface NotificationConfig {
  /** Kinds of subscribers that are allowed, in upstream's order. */
  readonly subscriberKinds: readonly SubscriberKind[];
  readonly defaultSubscriptionTtl: Seconds;
  readonly maxSubscriptionsPerPage: number;
  readonly requireConfirmation: boolean;
  readonly externalConfirmationUrl: string | null;
  /** Without a slash at the end; null: not known. */
  readonly publicUrl: string | null;
  /** First attempts that a subscription may have under way, whatever it asks for. */
  readonly maxDeliveryConcurrency: number;
  /** The part of a delay that may be added to it. */
  readonly retryJitter: number;
  readonly allowPrivateSubscribers: boolean;
  /** `host` or `host:port`, lower case: who may be sent a Keystone token. */
  readonly trustedSubscribers: readonly string[];
  readonly mailFrom: string | null;
  readonly smtpUrl: string | null;
  /** What the service calls itself to the mail server. */
  readonly smtpEhloName: string;
}

/** Of a service without a name: an address, and one that is true of it. */
const NAMELESS = "[127.0.0.1]";

/** Throws an Error whose message names the setting that is wrong; never the value of a secret. */
export function readNotifications(texts: ReadonlyMap<string, string | null>): NotificationConfig {
  const text = (name: string): string | null => texts.get(name) ?? null;
  const list = (name: string): readonly string[] => (text(name) ?? "").split(",").flatMap((item) => item.trim() || []);
  const kinds = list("SUBSCRIBER_TYPES");
  const requireConfirmation = text("REQUIRE_CONFIRMATION") === "true";
  if (requireConfirmation && text("SIGNED_URL_SECRET_KEY") === null) {
    throw new Error("SIGNED_URL_SECRET_KEY is not set: REQUIRE_CONFIRMATION needs one to sign its questions with.");
  }
  return {
    subscriberKinds: kinds.length === 0 ? SUBSCRIBER_KINDS : SUBSCRIBER_KINDS.filter((kind) => kinds.includes(kind)),
    defaultSubscriptionTtl: toSeconds(Number(text("DEFAULT_SUBSCRIPTION_TTL"))),
    maxSubscriptionsPerPage: Number(text("MAX_SUBSCRIPTIONS_PER_PAGE")),
    requireConfirmation,
    externalConfirmationUrl: text("EXTERNAL_CONFIRMATION_URL"),
    publicUrl: text("PUBLIC_URL")?.replace(/\/+$/, "") ?? null,
    maxDeliveryConcurrency: Number(text("MAX_DELIVERY_CONCURRENCY")),
    retryJitter: Number(text("RETRY_JITTER")) / 100,
    allowPrivateSubscribers: text("ALLOW_PRIVATE_SUBSCRIBERS") === "true",
    trustedSubscribers: list("TRUSTED_SUBSCRIBERS").map((host) => host.toLowerCase()),
    mailFrom: text("MAIL_FROM"),
    smtpUrl: text("SMTP_URL"),
    smtpEhloName:
      text("SMTP_EHLO_NAME") ?? toServerName(URL.parse(text("PUBLIC_URL") ?? "")?.hostname ?? "") ?? NAMELESS,
  };
}

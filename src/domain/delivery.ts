/** Deliveries: notifications for one subscriber, and the outcome of each attempt to deliver them. */
import type { MessageId } from "./id.ts";
import type { JsonText } from "./json.ts";
import type { EpochMs, Seconds } from "./time.ts";
import type { Traceparent } from "./traceparent.ts";
import type { WebhookSecret } from "./subscription.ts";

/** Notifications that may be pending for one subscriber. */
export const PENDING_MAX = 10_000;
/** Given-up notifications that are kept, and that may become pending again. */
export const FAILED_KEPT = 1000;

/** Where and how the notifications of a subscription are delivered. */
export interface Target {
  /** The URI as the client wrote it. */
  readonly subscriber: string;
  /** The options of the subscription, a JSON object. */
  readonly options: JsonText;
  /** `_retry_policy` of the queue's metadata; null: it has none. */
  readonly queuePolicy: JsonText | null;
  /** The secrets to sign with, the newest first. */
  readonly secrets: readonly WebhookSecret[];
  /**
   * Whether messages may be sent. false: confirmation is required and the subscriber has not confirmed; it gets only
   * confirmation requests.
   */
  readonly agreed: boolean;
}

/**
 * What is sent to a subscriber. The queue hands over a Notification. The DeliveryObject keeps it in memory as a PendingDelivery,
 * stores it as a DeliveryRow if it does not arrive at once, and makes an AttemptRequest of it for each attempt.
 */
export type Notification = MessageNotification | ServiceDocument;

/**
 * A message of the queue. Queues and DeliveryObjects of different versions exchange it: the names of its fields are part of that
 * interface, and it has no `kind` there.
 */
export interface MessageNotification {
  readonly kind?: undefined;
  /** The sequence number. Ascending within a batch and over the batches of one epoch. */
  readonly number: number;
  /** The id, if it does not follow from the number: the message was first posted to another log. Absent from older versions. */
  readonly id?: MessageId;
  /** The effective ttl, after the defaults of queue and service. */
  readonly ttl: Seconds;
  /** The effective delay; null: the queue has no default delay. */
  readonly delay: Seconds | null;
  readonly body: JsonText;
  /** How many times notifications have passed the message on to another queue. */
  readonly hops: number;
  /** That of its post. Absent: it had none, or the queue is of an older version. */
  readonly traceparent?: Traceparent;
}

/** A document of the service itself, such as a confirmation request. It is sent unchanged. */
export interface ServiceDocument {
  readonly kind: "document";
  readonly text: string;
}

/** The ids of events of the queue begin with this. Other documents are confirmation requests, which need no consent. */
const EVENT_PREFIX = "event_";

/** An id for an event, in place of that of a message. */
export function newEventId(): string {
  return EVENT_PREFIX + crypto.randomUUID();
}

/** Whether the subscriber has to have agreed to what has this id. */
export function needsConsent({ kind }: Pick<Notification, "kind">, messageId: string): boolean {
  return kind !== "document" || messageId.startsWith(EVENT_PREFIX);
}

/** The delivery report of a subscription. */
export interface DeliveryReport {
  readonly delivered: number;
  /** Notifications that were refused permanently, or whose last retry has failed. */
  readonly failed: number;
  /** Waiting for their first or next attempt. */
  readonly pending: number;
  /** The number of failed notifications that `redeliver` would send again. Only the newest are kept. */
  readonly redeliverable: number;
  /** When the next attempt is due; null when nothing is pending. */
  readonly nextAttemptAt: EpochMs | null;
  /** The last attempts, newest first. */
  readonly attempts: readonly AttemptRecord[];
}

/** One attempt, as the owner of the subscription sees it. */
export interface AttemptRecord {
  /** The `webhook-id` of the notification. */
  readonly id: string;
  readonly at: EpochMs;
  /** Milliseconds. */
  readonly duration: number;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** Absent in records of versions that did not store it. */
  readonly reason?: AttemptReason | null;
  /** The status of the answer; null: no answer, or none with a status. */
  readonly status: number | null;
}

/** An attempt that has not delivered, with the beginning of the receiver's answer. */
export interface FailedAttempt extends Pick<AttemptRecord, "at" | "outcome" | "reason" | "status"> {
  /** At most ANSWER_BYTES_MAX bytes as text; null: there was none, or it is not kept. */
  readonly answer: string | null;
}

/** Enough for the message of an error. */
export const ANSWER_BYTES_MAX = 1024;

/** The result of a test, which is neither counted nor repeated. */
export interface TestAttempt extends Omit<AttemptRecord, "attempt"> {
  readonly answer: string | null;
}

export const DELIVERY_STATES = ["failed", "pending"] as const;
/** `failed`: given up, and kept for `redeliver`. `pending`: it waits for an attempt. */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** A notification that has not arrived. */
export interface UndeliveredNotification {
  /** Ascending in the order of their messages. */
  readonly number: number;
  /** The `webhook-id`. */
  readonly id: string;
  /** The message; null: it is a document of the service. */
  readonly message: { readonly id: string; readonly body: JsonText } | null;
  /** When it was accepted for delivery; null: by a version that did not store it. */
  readonly createdAt: EpochMs | null;
  /** The number of failed attempts. */
  readonly attempts: number;
  readonly nextAttemptAt: EpochMs | null;
  /** null: there was no attempt, or it was made by a version that did not store it. */
  readonly lastAttempt: FailedAttempt | null;
}

/** Which failed notifications are sent again; null: all. Both: those that meet both. */
export interface RedeliveryChoice {
  /** By `webhook-id`. */
  readonly ids: readonly string[] | null;
  /** Those whose last attempt was made at or after this time. */
  readonly since: EpochMs | null;
}

/**
 * - `delivered`: the answer was a success.
 * - `refused`: the answer was an error.
 * - `gone`: the answer was 410, so the subscriber gets no more notifications.
 * - `timeout`, `unreachable`: there was no answer.
 * - `blocked`: the service is not allowed to send to this address.
 * - `skipped`: not attempted, because of other attempts at the same host.
 * - `invalid`: the subscription's data do not allow any attempt.
 */
export type AttemptOutcome =
  | "delivered"
  | "refused"
  | "gone"
  | "timeout"
  | "unreachable"
  | "blocked"
  | "skipped"
  | "invalid";

/** The reason of an outcome, shown to the owner of the subscription. docs/NOTIFICATIONS.md explains each. */
export type AttemptReason =
  // blocked because of the destination
  | "private"
  | "closed"
  | "port"
  | "untrusted"
  // blocked because of the subscription or the message
  | "trust"
  | "hops"
  | "unconfirmed"
  // unreachable, and refused by a proxy in front of the receiver
  | "connection"
  | "dns"
  | "tls"
  | "dns-or-tls"
  | "silence"
  // unreachable because of another server that the delivery needs
  | "keystone"
  | "mail-server"
  // skipped
  | "silent-host"
  | "busy-host"
  // invalid: the part that is invalid
  | "subscriber"
  | "options"
  | "sender"
  | "no-mail-server";

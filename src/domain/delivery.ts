/** Deliveries: notifications on their way to one subscriber, and what became of each attempt. */
import type { JsonText } from "./json.ts";
import type { EpochMs, Seconds } from "./time.ts";
import type { WebhookSecret } from "./subscription.ts";

/** Where notifications go and how. */
export interface Target {
  /** As the client wrote it. */
  readonly subscriber: string;
  /** Of the subscription: an object. */
  readonly options: JsonText;
  /** `_retry_policy` of the queue's metadata. */
  readonly queuePolicy: JsonText | null;
  /** The secrets to sign with; the first is the newest. */
  readonly secrets: readonly WebhookSecret[];
  /** Whether messages may go there: where subscribers are asked, one that has not agreed gets questions only. */
  readonly agreed: boolean;
}

/**
 * What a subscriber is told. On its way from the log to the subscriber it is first a Notification, handed over by the queue; then
 * a PendingDelivery, in the memory of the DeliveryObject; a DeliveryRow, if it does not arrive at once; and an AttemptRequest for
 * each attempt.
 */
export type Notification = MessageNotification | ServiceDocument;

/**
 * A message of the queue. Queues and DeliveryObjects of different versions exchange it: the names of its fields are part of that
 * interface, and it has no `kind` there.
 */
export interface MessageNotification {
  readonly kind?: undefined;
  /** The sequence number: ascending within a batch, and from batch to batch of one epoch. */
  readonly number: number;
  /** With the default of the queue or the service. */
  readonly ttl: Seconds;
  /** With the default of the queue; null: the queue is not a delayed one. */
  readonly delay: Seconds | null;
  readonly body: JsonText;
  /** How often queues of the service have passed the message on. */
  readonly hops: number;
}

/** A document of the service itself, such as a confirmation request. It is sent as it is. */
export interface ServiceDocument {
  readonly kind: "document";
  readonly text: string;
}

/** One attempt, as it is shown to the owner of the subscription. */
export interface AttemptRecord {
  /** `webhook-id` of what was sent. */
  readonly id: string;
  readonly at: EpochMs;
  /** Milliseconds. */
  readonly duration: number;
  /** 1 for the first. */
  readonly attempt: number;
  readonly outcome: AttemptOutcome;
  /** Not there in what versions without it have written down. */
  readonly reason?: AttemptReason | null;
  /** Of the answer; null when there was none, or none with a status. */
  readonly status: number | null;
}

/**
 * `delivered`; `refused`: an answer that is no success; `gone`: the subscriber wants no more (410); `timeout`, `unreachable`:
 * no answer; `blocked`: the service does not send it there; `skipped`: not now; `invalid`: it cannot be sent at all.
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

/** Why an attempt had its outcome: words for owners of subscriptions, which docs/NOTIFICATIONS.md explains. */
export type AttemptReason =
  // blocked: where it would have gone
  | "private"
  | "closed"
  | "port"
  | "untrusted"
  // blocked: what it would have been
  | "trust"
  | "hops"
  | "unconfirmed"
  // unreachable, and refused by whoever stands before the receiver
  | "connection"
  | "dns"
  | "tls"
  | "dns-or-tls"
  | "silence"
  // unreachable: what it takes to get there
  | "keystone"
  | "mail-server"
  // skipped
  | "silent-host"
  | "busy-host"
  // invalid: what is wrong
  | "subscriber"
  | "options"
  | "sender"
  | "no-mail-server";

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

/** A message as it goes to subscribers. */
export interface Parcel {
  /** Its sequence number: ascending within a batch, and from batch to batch of one epoch. */
  readonly number: number;
  readonly ttl: Seconds;
  /** null: the queue is not a delayed one. */
  readonly delay: Seconds | null;
  readonly body: JsonText;
  /** How often it has gone on within the service. */
  readonly hops: number;
}

/** What a subscriber is to be told: a message, or a document of ours, which is sent as it is. */
export type Content =
  | ({ readonly kind: "message" } & Omit<Parcel, "number">)
  | { readonly kind: "document"; readonly text: string };

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

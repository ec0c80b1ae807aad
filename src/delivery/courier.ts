/** Couriers: how something gets to a subscriber, one per kind. A courier makes one attempt; when, is decided elsewhere. */
import type { AttemptOutcome, AttemptReason, Content, Target } from "../domain/delivery.ts";
import type { QueueName } from "../domain/id.ts";
import { secondsBetween, type EpochMs, type Seconds } from "../domain/time.ts";
import { encodeNotification } from "../wire/notifications.ts";
import { HOST_BREAKERS } from "./circuit-breaker.ts";

export interface Courier {
  /** Never rejects: that an attempt fails is what it is for. `now` is the time of the attempt. */
  send(target: Target, shipment: Shipment, now: EpochMs): Promise<AttemptResult>;
}

/** What is sent, the same in every attempt. */
export interface Shipment {
  /** `webhook-id`: without a dot. */
  readonly id: string;
  /** JSON, or the text of a mail. */
  readonly document: string;
  /** How often the message has gone on within the service. */
  readonly hops: number;
}

export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  /** Null where the outcome says it all, or nobody knows more. */
  readonly reason: AttemptReason | null;
  /** Of the answer; null when there was none, or none with a status. */
  readonly status: number | null;
  /** How long the subscriber asks not to be called again, or its host is left alone; null when there is nothing to wait for. */
  readonly retryAfter: Seconds | null;
  /** Nothing would be different the next time. */
  readonly isFinal: boolean;
}

export function toShipment(
  content: Content,
  { id, queue }: { readonly id: string; readonly queue: QueueName },
): Shipment {
  if (content.kind === "document") return { id, document: content.text, hops: 0 };
  return { id, document: encodeNotification({ ...content, queue }), hops: content.hops };
}

/** The result of an attempt that got no answer. */
export function unanswered(
  outcome: AttemptOutcome,
  reason: AttemptReason | null = null,
  isFinal = false,
): AttemptResult {
  return { outcome, reason, status: null, retryAfter: null, isFinal };
}

/** For what the service does not send, now or at all. */
export function blocked(reason: AttemptReason, isFinal = true): AttemptResult {
  return unanswered("blocked", reason, isFinal);
}

/** For what cannot be sent at all. */
export function invalid(reason: AttemptReason): AttemptResult {
  return unanswered("invalid", reason, true);
}

/** For a host that would not answer: it has not for a moment, and is to be tried after its rest; or has too many to answer. */
export function skipped(state: "dead" | "full", host: string, now: EpochMs): AttemptResult {
  const turn = state === "dead" ? HOST_BREAKERS.turnAfterRest(host, now) : null;
  const reason = state === "dead" ? "silent-host" : "busy-host";
  return { ...unanswered("skipped", reason), retryAfter: turn === null ? null : secondsBetween(now, turn) };
}

/** A host that does not answer is left alone until then. */
export function skippedUntil(end: EpochMs, now: EpochMs): AttemptResult {
  return { ...unanswered("skipped", "silent-host"), retryAfter: secondsBetween(now, end) };
}

/** Whoever is not the subscriber any more can take a message, but not refuse one in the name of the next. */
export function saidByFormer(result: AttemptResult): AttemptResult {
  return result.outcome === "delivered" ? result : unanswered("refused");
}

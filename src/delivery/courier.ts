/** Couriers send to subscribers, one courier for each kind. A courier makes one attempt; dispatch.ts decides when. */
import type { AttemptOutcome, AttemptReason, Notification, Target } from "../domain/delivery.ts";
import type { QueueName } from "../domain/id.ts";
import type { QueueEvent } from "../domain/queue-events.ts";
import { secondsBetween, type EpochMs, type Seconds } from "../domain/time.ts";
import { newSpan, type Traceparent } from "../domain/traceparent.ts";
import { encodeNotification, encodeQueueEvent } from "../wire/notifications.ts";
import { HOST_BREAKERS, type NoSlot } from "./circuit-breaker.ts";

export interface Courier {
  /** Never rejects: a failed attempt is a result. `now` is the time of the attempt. */
  send(target: Target, request: AttemptRequest, now: EpochMs): Promise<AttemptResult>;
}

/** The content of an attempt. All but `trace` is the same in all attempts of a delivery. */
export interface AttemptRequest {
  /** `webhook-id`: without a dot. */
  readonly id: string;
  /** JSON, or the text of a mail. */
  readonly document: string;
  /** How many times queues of the service have passed the message on (domain/hops.ts). */
  readonly hops: number;
  /** The place of this attempt in the trace of the post; absent: the post had none. */
  readonly trace?: AttemptTrace;
}

export interface AttemptTrace {
  /** That of the post. */
  readonly parent: Traceparent;
  /** The id of the attempt's own span. */
  readonly span: string;
}

export interface AttemptResult {
  readonly outcome: AttemptOutcome;
  /** Null where the outcome has no further reason, or none is known. */
  readonly reason: AttemptReason | null;
  /** The status of the answer; null when there was no answer, or none with a status. */
  readonly status: number | null;
  /** The pause that the subscriber asks for, or that the circuit breaker of its host imposes; null: no pause. */
  readonly retryAfter: Seconds | null;
  /** Whether another attempt would have the same result. */
  readonly isFinal: boolean;
  /** The beginning of a refusal, as text; absent: there is none to show. */
  readonly answer?: string;
}

export function toAttemptRequest(
  notification: Notification,
  { id, queue }: { readonly id: string; readonly queue: QueueName },
): AttemptRequest {
  if (notification.kind === "document") return { id, document: notification.text, hops: 0 };
  const { hops, traceparent: parent } = notification;
  const request = { id, document: encodeNotification(notification, queue), hops };
  return parent === undefined ? request : { ...request, trace: { parent, span: newSpan() } };
}

/** What a subscriber gets of an event of its queue. */
export function toEventDocument(event: QueueEvent, queue: QueueName, at: EpochMs): string {
  return encodeQueueEvent(event, queue, at);
}

/** A result without the status of an answer. */
export function toResult(outcome: AttemptOutcome, reason: AttemptReason | null = null, isFinal = false): AttemptResult {
  return { outcome, reason, status: null, retryAfter: null, isFinal };
}

/** The result for a delivery that the service refuses to send. */
export function blocked(reason: AttemptReason, isFinal = true): AttemptResult {
  return toResult("blocked", reason, isFinal);
}

/** The result for a delivery that cannot be sent, because data of its subscription is invalid. */
export function invalid(reason: AttemptReason): AttemptResult {
  return toResult("invalid", reason, true);
}

/** The result for a delivery that is not sent now, because its host has no slot for it. */
export function skipped(why: NoSlot, host: string, now: EpochMs): AttemptResult {
  if (why === "full") return toResult("skipped", "busy-host");
  return skippedUntil(HOST_BREAKERS.nextTry(host, now), now);
}

/** The result for a delivery that is not sent now, because the circuit of its host is open. `nextTry`: null if not known. */
export function skippedUntil(nextTry: EpochMs | null, now: EpochMs): AttemptResult {
  const retryAfter = nextTry === null ? null : secondsBetween(now, nextTry);
  return { ...toResult("skipped", "silent-host"), retryAfter };
}

/**
 * The result of an attempt whose subscriber was replaced during it. A success counts, but a refusal is not final for the new
 * subscriber.
 */
export function resultForReplaced(result: AttemptResult): AttemptResult {
  return result.outcome === "delivered" ? result : toResult("refused");
}

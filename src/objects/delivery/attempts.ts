/** Makes one attempt of a delivery, and decides by its result: the delivery is over, is retried later, or is given up. */
import { blocked, resultForReplaced, skippedUntil, toAttemptRequest, toResult } from "../../delivery/courier.ts";
import type { AttemptRequest, AttemptResult } from "../../delivery/courier.ts";
import { needsConsent, type Target, type TestAttempt } from "../../domain/delivery.ts";
import type { QueueName, SubscriptionId } from "../../domain/id.ts";
import { randomFraction } from "../../domain/random.ts";
import { choosePolicy, nextDelay, withJitter } from "../../domain/retry.ts";
import { retryPolicyOf } from "../../domain/subscription.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Backlog } from "./backlog.ts";
import type { PendingDelivery } from "./dispatch.ts";
import { LOST_ATTEMPT_DELAY, type WakeUps } from "./wake-ups.ts";

export interface AttemptsDeps {
  readonly subscription: SubscriptionId;
  /** The name of the queue or topic. */
  readonly queue: QueueName;
  /** The share of a retry delay that varies at random (`RETRY_JITTER`). */
  readonly jitter: number;
  readonly backlog: Pick<Backlog, "markDelivered" | "dropPending" | "giveUp" | "notificationOf" | "postpone">;
  readonly log: Pick<AttemptLog, "countDelivered" | "countFailed" | "record">;
  readonly wakeUps: Pick<WakeUps, "armForLostAttempts">;
  now(): EpochMs;
  /** The present target of the subscription. */
  target(): Target | null;
  send(target: Target, request: AttemptRequest, now: EpochMs): Promise<AttemptResult>;
  /** Disables the subscription at its queue, in the background. */
  disable(subscriber: string): void;
  /** Called after each attempt: erases an ended subscription when nothing is pending. Rejects if that fails. */
  eraseIfOver(): Promise<void>;
  logFault(operation: string, error: unknown): void;
  /** `notification`: its `webhook-id`. */
  logGivenUp(notification: string, attempts: number, last: AttemptResult): void;
}

export class Attempts {
  private readonly deps: AttemptsDeps;
  /**
   * No attempt is made before this time: the circuit breaker of the subscriber's host is open, and has assigned this object the
   * time of its next attempt.
   */
  private pausedUntil = toEpochMs(0);

  constructor(deps: AttemptsDeps) {
    this.deps = deps;
  }

  isPaused(now: EpochMs): boolean {
    return now < this.pausedUntil;
  }

  /** Ends the pause, because the subscriber has changed. */
  resume(): void {
    this.pausedUntil = toEpochMs(0);
  }

  /** `webhook-id` of a message. */
  idOf(messageId: string): string {
    return `${messageId}_${this.deps.subscription}`;
  }

  /** Attempts to send a document of the service once, without any effect on the subscription. Never rejects. */
  async test(target: Target, document: string): Promise<TestAttempt> {
    const { deps } = this;
    const [id, at] = [this.idOf(crypto.randomUUID()), deps.now()];
    const { outcome, reason, status, answer = null } = await this.sendTest(target, { id, document, hops: 0 }, at);
    return { id, at, duration: deps.now() - at, outcome, reason, status, answer };
  }

  /** Makes one attempt and concludes it. Never rejects. */
  async make(delivery: PendingDelivery): Promise<void> {
    const { deps } = this;
    const at = deps.now();
    const id = this.idOf(delivery.messageId);
    const subscriber = deps.target()?.subscriber;
    const result = await this.send(delivery, id, at);
    // The delivery was dropped during the attempt.
    if (delivery.state === "over") return;
    const now = deps.now();
    const attempt = ++delivery.attempts;
    const { outcome, reason, status, answer = null } = result;
    deps.log.record({ id, at, duration: now - at, attempt, outcome, reason, status });
    if (outcome !== "delivered") delivery.lastAttempt = { at, outcome, reason, status, answer };
    try {
      this.conclude(delivery, deps.target()?.subscriber === subscriber ? result : resultForReplaced(result), now);
    } catch (error) {
      deps.logFault("outcome", error);
      delivery.state = "waiting";
      delivery.dueAt = after(now, LOST_ATTEMPT_DELAY);
      deps.wakeUps.armForLostAttempts();
    }
    if (delivery.state !== "waiting" || delivery.dueAt > now) delivery.onSettled?.();
    await deps.eraseIfOver().catch((error: unknown) => deps.logFault("end", error));
  }

  /** Never rejects. */
  private async send(delivery: PendingDelivery, id: string, at: EpochMs): Promise<AttemptResult> {
    if (this.isPaused(at)) return skippedUntil(this.pausedUntil, at);
    try {
      const notification = this.deps.backlog.notificationOf(delivery);
      const target = this.deps.target();
      if (notification === null || target === null)
        throw new Error("A delivery has lost its notification or its target.");
      // Checked in each attempt: while a message waits, a subscriber may confirm or withdraw its confirmation.
      if (needsConsent(notification, delivery.messageId) && !target.agreed) return blocked("unconfirmed", false);
      return await this.deps.send(target, toAttemptRequest(notification, { id, queue: this.deps.queue }), at);
    } catch (error) {
      this.deps.logFault("attempt", error);
      return toResult("unreachable");
    }
  }

  /** As a message: without the subscriber's consent it is not sent. Never rejects. */
  private async sendTest(target: Target, request: AttemptRequest, at: EpochMs): Promise<AttemptResult> {
    if (!target.agreed) return blocked("unconfirmed", false);
    try {
      return await this.deps.send(target, request, at);
    } catch (error) {
      this.deps.logFault("test", error);
      return toResult("unreachable");
    }
  }

  private conclude(delivery: PendingDelivery, result: AttemptResult, now: EpochMs): void {
    const { backlog, log } = this.deps;
    const { outcome, retryAfter, isFinal } = result;
    if (outcome === "skipped" && retryAfter !== null && !this.isPaused(now)) this.pausedUntil = after(now, retryAfter);
    if (outcome === "delivered") {
      backlog.markDelivered(delivery);
      return log.countDelivered();
    }
    const target = this.deps.target();
    if (outcome === "gone" && target !== null) {
      log.countFailed(backlog.dropPending());
      return this.deps.disable(target.subscriber);
    }
    const delay = isFinal ? null : this.retryDelayAfter(delivery.attempts);
    if (delay !== null) return backlog.postpone(delivery, toSeconds(Math.max(delay, retryAfter ?? 0)), now);
    backlog.giveUp(delivery);
    log.countFailed(1);
    this.deps.logGivenUp(this.idOf(delivery.messageId), delivery.attempts, result);
  }

  /** The delay of the retry policy after this number of failed attempts; null: no further attempt. */
  private retryDelayAfter(attempts: number): Seconds | null {
    const target = this.deps.target();
    if (target === null) return null;
    const subscription = retryPolicyOf(target.options);
    const delay = nextDelay(choosePolicy({ queue: target.queuePolicy, subscription }), attempts - 1);
    return delay === null ? null : withJitter(delay, this.deps.jitter, randomFraction());
  }
}

/** Which subscriptions messages go to, and the target to which their DeliveryObjects send them. */
import type { Target } from "../../domain/delivery.ts";
import type { FailureOf } from "../../domain/failure.ts";
import type { SubscriptionId } from "../../domain/id.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { subscriptionNotFound } from "../../domain/subscription.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { StoredSubscription, SubscriptionEntry } from "../../storage/queue/subscription-rows.ts";
import type { DeliveryRpc } from "../rpc/delivery.ts";
import type { QueueRpc } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";

export interface TargetsDeps {
  readonly host: Pick<
    QueueHost,
    "config" | "logFault" | "now" | "objects" | "place" | "project" | "queue" | "subscriptions"
  >;
}

const UNTESTED: FailureOf<"subscription-invalid"> = {
  kind: "subscription-invalid",
  reason: "The subscriber is a WebSocket connection, to which messages are pushed: there is no delivery to test.",
};

export class Targets {
  private readonly host: TargetsDeps["host"];

  constructor({ host }: TargetsDeps) {
    this.host = host;
  }

  /** Whether messages go to the subscription: it wants them, is alive, enabled and, where required, confirmed. */
  isActive(subscription: SubscriptionEntry, now: EpochMs): boolean {
    return subscription.events?.wantsMessages !== false && this.isReachable(subscription, now);
  }

  /** Whether anything of the queue may go to the subscription. */
  isReachable(subscription: SubscriptionEntry, now: EpochMs): boolean {
    return subscription.expiresAt > now && !subscription.disabled && this.hasAgreed(subscription);
  }

  /** The target of a subscription; null when messages do not go to it. */
  activeTarget(number: number): Target | null {
    const stored = this.host.subscriptions?.get(number) ?? null;
    return stored !== null && this.isActive(stored, this.host.now()) ? this.targetOf(stored) : null;
  }

  /** Sends the new target to the subscription's object. If it fails, the next batch carries the target. */
  async redirect(id: SubscriptionId): Promise<void> {
    const stored = this.find(id);
    if (stored === null || stored.connection !== null) return;
    try {
      await this.delivery(id).redirect(this.targetOf(stored));
    } catch (error) {
      this.host.logFault("subscription update", error);
    }
  }

  async announce(id: string, document: string): Promise<Result<null, "subscription-not-found">> {
    const stored = this.find(id);
    if (stored === null) return err(subscriptionNotFound(id));
    // A connection subscribes only itself, so it gets no confirmation request.
    if (stored.connection !== null) return ok(null);
    await this.delivery(stored.id).announce({ target: this.targetOf(stored), document });
    return ok(null);
  }

  /** Sends an event of the queue, unless the subscription has ended meanwhile. */
  async tell(number: number, document: string): Promise<void> {
    const stored = this.host.subscriptions?.get(number) ?? null;
    if (stored === null || !this.isReachable(stored, this.host.now())) return;
    await this.delivery(stored.id).announce({ target: this.targetOf(stored), document, isEvent: true });
  }

  async test(id: string, document: string): ReturnType<QueueRpc["testSubscription"]> {
    const stored = this.find(id);
    if (stored === null) return err(subscriptionNotFound(id));
    if (stored.connection !== null) return err(UNTESTED);
    return ok(await this.delivery(stored.id).sendTest({ target: this.targetOf(stored), document }));
  }

  delivery(id: SubscriptionId): DeliveryRpc {
    return this.host.objects.delivery(this.host.project, this.host.place, id);
  }

  private find(id: string): StoredSubscription | null {
    return this.host.subscriptions?.find(id, this.host.now()) ?? null;
  }

  private hasAgreed({ confirmed }: SubscriptionEntry): boolean {
    return confirmed || !this.host.config.requireConfirmation;
  }

  private targetOf(stored: StoredSubscription): Target {
    const { subscriber, options, secret, previous } = stored;
    const earlier = previous !== null && previous.until > this.host.now() ? [previous.secret] : [];
    const queuePolicy = this.host.queue?.record.settings.retryPolicy ?? null;
    const secrets = secret === null ? [] : [secret, ...earlier];
    return { subscriber, options, queuePolicy, secrets, agreed: this.hasAgreed(stored) };
  }
}

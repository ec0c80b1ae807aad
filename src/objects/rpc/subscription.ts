/** What the Worker may ask a queue about its subscriptions. They outlive their queue (extended contract 1.7). */
import type { SubscriptionId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Quotas } from "../../domain/quota.ts";
import type { Result } from "../../domain/result.ts";
import type { Subscription, WebhookSecret } from "../../domain/subscription.ts";

export interface SubscriptionRpc {
  /**
   * Subscribes, creating the queue first, even when the subscription is then refused. An unconfirmed subscription of the
   * same subscriber stays as it is, and its id is returned. `document`: the POST's object. Failures: those of
   * `checkNewSubscription`, `subscription-exists`, `quota-exceeded`.
   */
  subscribe(request: { readonly document: JsonText; readonly quotas: Quotas }): Promise<Result<Subscribed>>;
  /** In order of creation, behind the marker; none for an unknown one. */
  subscriptions(request: { readonly marker: string | null; readonly limit: number }): Promise<readonly Subscription[]>;
  subscription(request: { readonly id: string }): Promise<Subscription | null>;
  /** Whether there is one of that subscriber, as its client wrote it. */
  isSubscribed(request: { readonly subscriber: string }): Promise<boolean>;
  /** Failures: those of `checkSubscriptionChanges`, `subscription-not-found`, `subscription-exists`. */
  updateSubscription(request: { readonly id: string; readonly document: JsonText }): Promise<Result<Subscribed>>;
  /** Failure: `subscription-not-found`. */
  confirmSubscription(request: { readonly id: string; readonly confirmed: boolean }): Promise<Result<null>>;
  /** Without effect when there is none. */
  unsubscribe(request: { readonly id: string }): Promise<void>;
  /** Ends all subscriptions. */
  unsubscribeAll(): Promise<void>;
  /** Sends a document of ours to the subscriber, apart from the messages. Failure: `subscription-not-found`. */
  announce(request: { readonly id: string; readonly document: string }): Promise<Result<null>>;
  /**
   * A new secret to sign deliveries with, shown this once; for a day the one before signs as well. Failure:
   * `subscription-not-found`.
   */
  renewSecret(request: { readonly id: string }): Promise<Result<WebhookSecret>>;
  /** Called by whoever delivers: this subscriber has said that it wants no more (410). Nothing if it is another by now. */
  disableSubscription(request: { readonly id: string; readonly subscriber: string }): Promise<void>;
}

export interface Subscribed {
  readonly id: SubscriptionId;
  readonly confirmed: boolean;
}

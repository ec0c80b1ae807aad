/** The methods of a queue object for its subscriptions. Subscriptions outlive their queue. */
import type { ConnectionAddress } from "../../domain/connection-address.ts";
import type { CreationFailure } from "../../domain/failure.ts";
import type { TestAttempt } from "../../domain/delivery.ts";
import type { JsonText } from "../../domain/json.ts";
import type { Placed } from "../../domain/placement.ts";
import type { Quotas } from "../../domain/quota.ts";
import type { Result } from "../../domain/result.ts";
import type {
  SubscribeFailure,
  Subscribed,
  Subscription,
  SubscriptionUpdateFailure,
  WebhookSecret,
} from "../../domain/subscription.ts";

export interface SubscriptionRpc {
  /**
   * Subscribes, creating the queue first, even when the subscription is then refused. An unconfirmed subscription of the
   * same subscriber stays as it is, and its id is returned. `document`: the POST's object. `connection`: the subscriber is this
   * connection, whatever the document says.
   */
  subscribe(
    request: Placed & {
      readonly document: JsonText;
      readonly quotas: Quotas;
      readonly connection?: ConnectionAddress;
    },
  ): Promise<Result<Subscribed, CreationFailure | SubscribeFailure>>;
  /** The subscriptions after the marker, in order of creation; none for an invalid marker. */
  subscriptions(request: { readonly marker: string | null; readonly limit: number }): Promise<readonly Subscription[]>;
  subscription(request: { readonly id: string }): Promise<Subscription | null>;
  /** Whether a subscription has this subscriber, compared as text. */
  isSubscribed(request: { readonly subscriber: string }): Promise<boolean>;
  updateSubscription(request: {
    readonly id: string;
    readonly document: JsonText;
  }): Promise<Result<Subscribed, SubscriptionUpdateFailure>>;
  confirmSubscription(request: {
    readonly id: string;
    readonly confirmed: boolean;
  }): Promise<Result<null, "subscription-not-found">>;
  /** Ends a subscription. Without effect when there is none. */
  unsubscribe(request: { readonly id: string }): Promise<void>;
  /** Ends the subscription of a connection that has ended. Without effect when there is none. */
  unsubscribeConnection(request: ConnectionAddress): Promise<void>;
  /** Ends all subscriptions. */
  unsubscribeAll(): Promise<void>;
  /** Sends a document of the service to the subscriber: a confirmation request. */
  announce(request: {
    readonly id: string;
    readonly document: string;
  }): Promise<Result<null, "subscription-not-found">>;
  /** Attempts to send a document of the service to the subscriber, once and without any other effect. */
  testSubscription(request: {
    readonly id: string;
    readonly document: string;
  }): Promise<Result<TestAttempt, "subscription-not-found" | "subscription-invalid">>;
  /**
   * Creates a new secret for signing deliveries, and returns it this one time. For a day deliveries carry the signature of the
   * previous secret too. Pushes to a connection are not signed (`subscription-invalid`).
   */
  renewSecret(request: {
    readonly id: string;
  }): Promise<Result<WebhookSecret, "subscription-not-found" | "subscription-invalid">>;
  /** Called by the DeliveryObject after a 410. Without effect if the subscription has another subscriber by now. */
  disableSubscription(request: { readonly id: string; readonly subscriber: string }): Promise<void>;
}

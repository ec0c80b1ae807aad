/** Operations on subscriptions. Subscriptions outlive their queue, so no operation requires that the queue exists. */
import type { ConnectionAddress } from "../domain/connection-address.ts";
import { membersOf, toInteger, toJsonText, toText, type JsonText } from "../domain/json.ts";
import { PAGE_DEFAULT } from "../domain/limits.ts";
import type { PageRequest } from "../domain/page.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { Subscribed, Subscription, WebhookSecret } from "../domain/subscription.ts";
import { toSeconds } from "../domain/time.ts";
import { requestConfirmation, requireSignableProject } from "./confirmation.ts";
import type { PlaceContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";
import { addTrustToChanges, addTrust } from "./trusts.ts";

const NULL = toJsonText(null);

/** One subscription; `id` is as the client wrote it. */
export interface Reference {
  readonly id: string;
}

export const listSubscriptions: Operation<PlaceContext, PageRequest, readonly Subscription[]> = {
  name: "subscription_list",
  policy: "subscription:get_all",
  whatFailed: "Subscriptions could not be listed.",
  isIdempotent: always,
  async run(context, page) {
    const max = context.config.maxSubscriptionsPerPage;
    const limit = limitOf(page, max, Math.min(PAGE_DEFAULT, max));
    return context.stub().subscriptions({ marker: page.marker, limit });
  },
};

interface NewSubscription {
  readonly document: JsonText;
  /** Present if the subscriber is the connection that sends the request. */
  readonly connection?: ConnectionAddress;
}

export const createSubscription: Operation<PlaceContext, NewSubscription, Subscribed> = {
  name: "subscription_create",
  // If it ended between its steps, a trust would belong to no subscription, or no confirmation request would be sent.
  survivesDisconnect: true,
  policy: "subscription:create",
  whatFailed: "Subscription could not be created.",
  needsDiskSpace: true,
  // A second run finds the subscription of the first. It may send a second confirmation request. For a connection it fails.
  isIdempotent: ({ connection }) => connection === undefined,
  async run(context, { document: asked, connection }) {
    if (connection === undefined) requireSignableProject(context);
    const quotas = await context.quotas();
    if (connection !== undefined)
      return unwrap(await context.stub().subscribe({ document: asked, quotas, connection }));
    const isKnown = (subscriber: string): Promise<boolean> => context.stub().isSubscribed({ subscriber });
    const document = await addTrust(context, { document: asked, isKnown });
    const subscribed = unwrap(await context.stub().subscribe({ document, quotas }));
    await requestMissingConfirmation(context, { document, ...subscribed });
    return subscribed;
  },
};

/**
 * Sends a confirmation request for an accepted document if the subscriber has not confirmed. It is valid as long as the
 * subscription.
 */
async function requestMissingConfirmation(
  context: PlaceContext,
  { id, confirmed, document }: Subscribed & { readonly document: JsonText },
): Promise<void> {
  const members = membersOf(document);
  const subscriber = toText(members.get("subscriber") ?? NULL);
  if (confirmed || subscriber === null) return;
  const seconds = toInteger(members.get("ttl") ?? NULL);
  const ttl = seconds === null ? context.config.defaultSubscriptionTtl : toSeconds(seconds);
  await requestConfirmation(context, { type: "SubscriptionConfirmation", id, subscriber, ttl });
}

export const getSubscription: Operation<PlaceContext, Reference, Subscription> = {
  name: "subscription_get",
  policy: "subscription:get",
  whatFailed: "Subscription could not be retrieved.",
  isIdempotent: always,
  run: findSubscription,
};

export async function findSubscription(context: PlaceContext, { id }: Reference): Promise<Subscription> {
  const subscription = await context.stub().subscription({ id });
  if (subscription !== null) return subscription;
  throw new Refusal({ kind: "subscription-not-found", subscription: id });
}

/** Changes a subscription. A new subscriber that has not confirmed gets a confirmation request. */
export const updateSubscription: Operation<PlaceContext, Reference & { readonly document: JsonText }, void> = {
  name: "subscription_update",
  survivesDisconnect: true,
  policy: "subscription:update",
  whatFailed: "Subscription could not be updated.",
  isIdempotent: always,
  async run(context, { id, document: asked }) {
    requireSignableProject(context);
    const current = (): Promise<Subscription | null> => context.stub().subscription({ id });
    const document = await addTrustToChanges(context, { id, document: asked, find: current });
    const updated = unwrap(await context.stub().updateSubscription({ id, document }));
    await requestMissingConfirmation(context, { document, ...updated });
  },
};

export const deleteSubscription: Operation<PlaceContext, Reference, void> = {
  name: "subscription_delete",
  policy: "subscription:delete",
  whatFailed: "Subscription could not be deleted.",
  isIdempotent: always,
  run: (context, { id }) => context.stub().unsubscribe({ id }),
};

/** Confirms a subscription, or withdraws the confirmation. After a withdrawal the subscriber gets a request to confirm again. */
export const confirmSubscription: Operation<PlaceContext, Reference & { readonly confirmed: boolean }, void> = {
  name: "subscription_confirm",
  // If it ended between its steps, a subscriber would not get the request to confirm again.
  survivesDisconnect: true,
  policy: "subscription:confirm",
  whatFailed: "Subscription could not be confirmed.",
  isIdempotent: always,
  async run(context, { id: named, confirmed }) {
    unwrap(await context.stub().confirmSubscription({ id: named, confirmed }));
    if (confirmed) return;
    const { id, subscriber } = await findSubscription(context, { id: named });
    const ttl = context.config.defaultSubscriptionTtl;
    await requestConfirmation(context, { type: "UnsubscribeConfirmation", id, subscriber, ttl });
  },
};

/** Replaces the secret that signs deliveries. Ours. */
export const renewSecret: Operation<PlaceContext, Reference, WebhookSecret> = {
  name: "subscription_renew_secret",
  policy: "subscription:renew_secret",
  whatFailed: "The secret could not be renewed.",
  // Each run replaces a secret that a client may have received.
  isIdempotent: never,
  async run(context, { id }) {
    return unwrap(await context.stub().renewSecret({ id }));
  },
};

/** Operations on subscriptions (extended contract 1). Subscriptions outlive their queue, so no operation requires the queue. */
import { membersOf, toInteger, toJsonText, toText, type JsonText } from "../domain/json.ts";
import { checkRange, PAGE_DEFAULT } from "../domain/limits.ts";
import type { Place } from "../domain/place.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { Subscription, WebhookSecret } from "../domain/subscription.ts";
import { toSeconds } from "../domain/time.ts";
import type { DeliveryReport } from "../objects/rpc/delivery.ts";
import type { Subscribed } from "../objects/rpc/subscription.ts";
import { askToConfirm, checkAskable } from "./confirmation.ts";
import { always, never, projectOf, quotasOf, type Context, type Operation } from "./operation.ts";
import { placeOf } from "./queues.ts";
import { entrustChanged, entrustNew } from "./trusts.ts";

const NULL = toJsonText(null);

interface ListInput {
  readonly place: Place;
  readonly marker: string | null;
  /** null: the default page. */
  readonly limit: number | null;
}

/** One subscription; `id` is as the client wrote it. */
interface Reference {
  readonly place: Place;
  readonly id: string;
}

export const listSubscriptions: Operation<ListInput, readonly Subscription[]> = {
  name: "subscription_list",
  policy: "subscription:get_all",
  attempted: "Subscriptions could not be listed.",
  isIdempotent: always,
  async run(context, { place, marker, limit: asked }) {
    const limit = asked ?? Math.min(PAGE_DEFAULT, context.config.maxSubscriptionsPerPage);
    const failure = checkRange("limit", limit, { min: 1, max: context.config.maxSubscriptionsPerPage });
    if (failure !== null) throw new Refusal(failure);
    return placeOf(context, place).subscriptions({ marker, limit });
  },
};

export const createSubscription: Operation<{ readonly place: Place; readonly document: JsonText }, Subscribed> = {
  name: "subscription_create",
  // If it ended halfway, a trust would belong to no subscription, or no confirmation request would be sent.
  outlivesCaller: true,
  policy: "subscription:create",
  attempted: "Subscription could not be created.",
  takesIn: true,
  // A second run finds the first one's subscription. At most it sends a second confirmation request.
  isIdempotent: always,
  async run(context, { place, document: asked }) {
    checkAskable(context);
    const quotas = await quotasOf(context, projectOf(context));
    const isKnown = (subscriber: string): Promise<boolean> => placeOf(context, place).isSubscribed({ subscriber });
    const document = await entrustNew(context, { document: asked, isKnown });
    const subscribed = unwrap(await placeOf(context, place).subscribe({ document, quotas }));
    await askSubscriberOf(context, { place, document, ...subscribed });
    return subscribed;
  },
};

/** Sends the confirmation request for a document that the queue has accepted. It is valid as long as the subscription. */
async function askSubscriberOf(
  context: Context,
  { place, id, confirmed, document }: Subscribed & { readonly place: Place; readonly document: JsonText },
): Promise<void> {
  const members = membersOf(document);
  const subscriber = toText(members.get("subscriber") ?? NULL);
  if (confirmed || subscriber === null) return;
  const seconds = toInteger(members.get("ttl") ?? NULL);
  const ttl = seconds === null ? context.config.defaultSubscriptionTtl : toSeconds(seconds);
  await askToConfirm(context, { type: "SubscriptionConfirmation", place, id, subscriber, ttl });
}

export const getSubscription: Operation<Reference, Subscription> = {
  name: "subscription_get",
  policy: "subscription:get",
  attempted: "Subscription could not be retrieved.",
  isIdempotent: always,
  run: find,
};

async function find(context: Context, { place, id }: Reference): Promise<Subscription> {
  const subscription = await placeOf(context, place).subscription({ id });
  if (subscription !== null) return subscription;
  throw new Refusal({ kind: "subscription-not-found", subscription: id });
}

/** Changes a subscription. A new subscriber that has not agreed gets a confirmation request. */
export const updateSubscription: Operation<Reference & { readonly document: JsonText }, void> = {
  name: "subscription_update",
  outlivesCaller: true,
  policy: "subscription:update",
  attempted: "Subscription could not be updated.",
  isIdempotent: always,
  async run(context, { place, id, document: asked }) {
    checkAskable(context);
    const current = (): Promise<Subscription | null> => placeOf(context, place).subscription({ id });
    const document = await entrustChanged(context, { id, document: asked, find: current });
    const updated = unwrap(await placeOf(context, place).updateSubscription({ id, document }));
    await askSubscriberOf(context, { place, document, ...updated });
  },
};

export const deleteSubscription: Operation<Reference, void> = {
  name: "subscription_delete",
  policy: "subscription:delete",
  attempted: "Subscription could not be deleted.",
  isIdempotent: always,
  run: (context, { place, id }) => placeOf(context, place).unsubscribe({ id }),
};

/** Sets whether the subscriber agrees. A subscriber that withdraws its agreement is sent the way to agree again. */
export const confirmSubscription: Operation<Reference & { readonly confirmed: boolean }, void> = {
  name: "subscription_confirm",
  // If it ended halfway, a subscriber that withdraws would not be sent the way to agree again.
  outlivesCaller: true,
  policy: "subscription:confirm",
  attempted: "Subscription could not be confirmed.",
  isIdempotent: always,
  async run(context, { place, id: named, confirmed }) {
    unwrap(await placeOf(context, place).confirmSubscription({ id: named, confirmed }));
    if (confirmed) return;
    const { id, subscriber } = await find(context, { place, id: named });
    const ttl = context.config.defaultSubscriptionTtl;
    await askToConfirm(context, { type: "UnsubscribeConfirmation", place, id, subscriber, ttl });
  },
};

/** The report on a subscription's notifications. Ours. */
export const getDeliveries: Operation<Reference, DeliveryReport> = {
  name: "subscription_deliveries",
  policy: "subscription:get",
  attempted: "Deliveries could not be read.",
  isIdempotent: always,
  async run(context, reference) {
    const { id } = await find(context, reference);
    return context.objects.delivery(projectOf(context), reference.place, id).report();
  },
};

/** Sends given-up notifications again; returns their number. Ours. */
export const redeliver: Operation<Reference, number> = {
  name: "subscription_redeliver",
  policy: "subscription:redeliver",
  attempted: "Notifications could not be delivered again.",
  // A second run would return 0.
  isIdempotent: never,
  async run(context, reference) {
    const { id } = await find(context, reference);
    return context.objects.delivery(projectOf(context), reference.place, id).redeliver();
  },
};

/** Makes a new secret that signs deliveries. Ours. */
export const renewSecret: Operation<Reference, WebhookSecret> = {
  name: "subscription_renew_secret",
  policy: "subscription:renew_secret",
  attempted: "The secret could not be renewed.",
  // Each run replaces a secret that a client may have received.
  isIdempotent: never,
  async run(context, { place, id }) {
    return unwrap(await placeOf(context, place).renewSecret({ id }));
  },
};

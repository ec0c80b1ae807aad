/** Operations on the deliveries of a subscription. Ours: upstream has none. */
import { parseConnection } from "../domain/connection-address.ts";
import type {
  DeliveryReport,
  DeliveryState,
  RedeliveryChoice,
  TestAttempt,
  UndeliveredNotification,
} from "../domain/delivery.ts";
import { checkRange, type Limits } from "../domain/limits.ts";
import type { PageRequest } from "../domain/page.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { MISSING_DELIVERY } from "../objects/rpc/missing.ts";
import { encodeTest } from "../wire/notifications.ts";
import type { PlaceContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";
import { findSubscription, type Reference } from "./subscriptions.ts";

/** The delivery report of a subscription. Ours. */
export const getDeliveries: Operation<PlaceContext, Reference, DeliveryReport> = {
  name: "subscription_deliveries",
  policy: "subscription:get",
  whatFailed: "Deliveries could not be read.",
  isIdempotent: always,
  async run(context, reference) {
    const { id, subscriber } = await findSubscription(context, reference);
    return isConnection(subscriber) ? MISSING_DELIVERY.report() : context.deliveryStub(id).report();
  },
};

interface UndeliveredInput extends Reference, PageRequest {
  readonly state: DeliveryState;
}

/** The notifications of a subscription that have not arrived. Ours. */
export const listUndelivered: Operation<PlaceContext, UndeliveredInput, readonly UndeliveredNotification[]> = {
  name: "subscription_delivery_list",
  policy: "deliveries:get_all",
  whatFailed: "Deliveries could not be listed.",
  isIdempotent: always,
  async run(context, { state, marker, limit: asked, ...reference }) {
    const limit = limitOf({ marker, limit: asked }, context.config.limits.maxMessagesPerPage);
    const { id, subscriber } = await findSubscription(context, reference);
    const after = marker === null ? 0 : numberOfMarker(marker);
    if (isConnection(subscriber) || after === null) return [];
    return context.deliveryStub(id).undelivered({ state, after, limit });
  },
};

/** null: the marker is of no list. */
function numberOfMarker(marker: string): number | null {
  return /^\d{1,15}$/.test(marker) ? Number(marker) : null;
}

/** `choice` null: all of them. */
interface RedeliveryInput extends Reference {
  readonly choice: RedeliveryChoice | null;
}

/** Sends given-up notifications again. Returns their number. Ours. */
export const redeliver: Operation<PlaceContext, RedeliveryInput, number> = {
  name: "subscription_redeliver",
  policy: "subscription:redeliver",
  whatFailed: "Notifications could not be delivered again.",
  // A second run would return 0.
  isIdempotent: never,
  async run(context, { choice, ...reference }) {
    if (choice?.ids != null) requireCount(choice.ids, context.config.limits);
    const { id, subscriber } = await findSubscription(context, reference);
    if (isConnection(subscriber)) return 0;
    const stub = context.deliveryStub(id);
    return choice === null ? stub.redeliver() : stub.redeliverSome(choice);
  },
};

/** Attempts to send a test to the subscriber, once, and returns the result. Ours. */
export const testSubscription: Operation<PlaceContext, Reference, TestAttempt> = {
  name: "subscription_test",
  policy: "subscription:test",
  whatFailed: "The subscription could not be tested.",
  // Each run sends a test.
  isIdempotent: never,
  async run(context, { id }) {
    return unwrap(await context.stub().testSubscription({ id, document: encodeTest(context.place.name) }));
  },
};

/** Refuses a list of ids that is empty or too long. Repeated ids count too. */
function requireCount(ids: readonly string[], { maxMessagesPerPage: max }: Limits): void {
  const failure = checkRange("ids", ids.length, { min: 1, max });
  if (failure !== null) throw new Refusal(failure);
}

/** Notifications that are pushed to a connection are neither counted nor repeated. */
function isConnection(subscriber: string): boolean {
  return parseConnection(subscriber) !== null;
}

/** Subscriptions over HTTP (extended contract 1). */
import { unwrap } from "../../domain/refusal.ts";
import { perform } from "../../operations/operation.ts";
import {
  confirmSubscription,
  createSubscription,
  deleteSubscription,
  getDeliveries,
  getSubscription,
  listSubscriptions,
  redeliver,
  renewSecret,
  updateSubscription,
} from "../../operations/subscriptions.ts";
import { confirmationHref, subscriptionHref, subscriptionsHref } from "../../wire/hrefs.ts";
import {
  decodeConfirmation,
  decodeNewSubscription,
  decodeSubscriptionChanges,
  decodeSubscriptionList,
  encodeDeliveries,
  encodeRedelivered,
  encodeSecret,
  encodeSubscription,
  encodeSubscriptionId,
  encodeSubscriptionList,
} from "../../wire/subscriptions.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, queueRoute, type QueueVisit, type Site } from "../route.ts";

const COLLECTION = "/v2/queues/:queue/subscriptions";
const SUBSCRIPTION = `${COLLECTION}/:subscription`;

export function addSubscriptions(site: Site): void {
  queueRoute(site, COLLECTION, {
    GET: on(listSubscriptions, async ({ context, queue, query }) => {
      const list = unwrap(decodeSubscriptionList(query));
      const subscriptions = await perform(context, listSubscriptions, { queue, ...list });
      return json(200, encodeSubscriptionList(queue, subscriptions, list));
    }),
    POST: on(createSubscription, async (visit) => {
      const { context, queue } = visit;
      const document = unwrap(decodeNewSubscription(await readSmallBody(visit)));
      const { id } = await perform(context, createSubscription, { queue, document });
      return json(201, encodeSubscriptionId(id), { Location: subscriptionsHref(queue) });
    }),
  });

  queueRoute(site, SUBSCRIPTION, {
    GET: on(getSubscription, async (visit) => {
      const { context, queue } = visit;
      return json(200, encodeSubscription(queue, await perform(context, getSubscription, reference(visit))));
    }),
    PATCH: on(updateSubscription, async (visit) => {
      const { queue, id } = reference(visit);
      const document = unwrap(decodeSubscriptionChanges(await readSmallBody(visit)));
      await perform(visit.context, updateSubscription, { queue, id, document });
      return noContent({ Location: subscriptionHref(queue, id) });
    }),
    DELETE: on(deleteSubscription, async (visit) => {
      await perform(visit.context, deleteSubscription, reference(visit));
      return noContent();
    }),
  });

  queueRoute(site, `${SUBSCRIPTION}/confirm`, {
    PUT: on(confirmSubscription, async (visit) => {
      const { queue, id } = reference(visit);
      const confirmed = unwrap(decodeConfirmation(await readSmallBody(visit), id));
      await perform(visit.context, confirmSubscription, { queue, id, confirmed });
      return noContent({ Location: confirmationHref(queue, id) });
    }),
  });

  addDeliveries(site);
}

/** Ours: what became of notifications, and how they are signed. */
function addDeliveries(site: Site): void {
  queueRoute(site, `${SUBSCRIPTION}/deliveries`, {
    GET: on(getDeliveries, async (visit) => {
      return json(200, encodeDeliveries(await perform(visit.context, getDeliveries, reference(visit))));
    }),
  });

  queueRoute(site, `${SUBSCRIPTION}/redeliver`, {
    POST: on(redeliver, async (visit) => {
      return json(202, encodeRedelivered(await perform(visit.context, redeliver, reference(visit))));
    }),
  });

  queueRoute(site, `${SUBSCRIPTION}/secret`, {
    POST: on(renewSecret, async (visit) => {
      const secret = await perform(visit.context, renewSecret, reference(visit));
      return json(201, encodeSecret(secret), { "Cache-Control": "no-store" });
    }),
  });
}

function reference({ queue, variable }: QueueVisit): Pick<QueueVisit, "queue"> & { readonly id: string } {
  return { queue, id: variable("subscription") };
}

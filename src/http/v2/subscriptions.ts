/** Subscriptions of queues and topics over HTTP (extended contract 1). */
import type { PlaceKind } from "../../domain/place.ts";
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
import { on, placeRoute, type PlaceVisit, type Site } from "../route.ts";
import { BELOW_PLACE } from "../../wire/paths.ts";

export function addSubscriptions(site: Site, kind: PlaceKind): void {
  placeRoute(site, kind, BELOW_PLACE.subscriptions, {
    GET: on(listSubscriptions, async ({ context, place, query }) => {
      const list = unwrap(decodeSubscriptionList(query));
      const subscriptions = await perform(context, listSubscriptions, { place, ...list });
      return json(200, encodeSubscriptionList(place, subscriptions, list));
    }),
    POST: on(createSubscription, async (visit) => {
      const { context, place } = visit;
      const document = unwrap(decodeNewSubscription(await readSmallBody(visit)));
      const { id } = await perform(context, createSubscription, { place, document });
      return json(201, encodeSubscriptionId(id), { Location: subscriptionsHref(place) });
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.subscription, {
    GET: on(getSubscription, async (visit) => {
      const { context, place } = visit;
      return json(200, encodeSubscription(place, await perform(context, getSubscription, reference(visit))));
    }),
    PATCH: on(updateSubscription, async (visit) => {
      const { place, id } = reference(visit);
      const document = unwrap(decodeSubscriptionChanges(await readSmallBody(visit)));
      await perform(visit.context, updateSubscription, { place, id, document });
      return noContent({ Location: subscriptionHref(place, id) });
    }),
    DELETE: on(deleteSubscription, async (visit) => {
      await perform(visit.context, deleteSubscription, reference(visit));
      return noContent();
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.confirm, {
    PUT: on(confirmSubscription, async (visit) => {
      const { place, id } = reference(visit);
      const confirmed = unwrap(decodeConfirmation(await readSmallBody(visit), id));
      await perform(visit.context, confirmSubscription, { place, id, confirmed });
      return noContent({ Location: confirmationHref(place, id) });
    }),
  });

  addDeliveries(site, kind);
}

/** Ours: the report on notifications, their redelivery, and the secret that signs them. */
function addDeliveries(site: Site, kind: PlaceKind): void {
  placeRoute(site, kind, BELOW_PLACE.deliveries, {
    GET: on(getDeliveries, async (visit) => {
      return json(200, encodeDeliveries(await perform(visit.context, getDeliveries, reference(visit))));
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.redeliver, {
    POST: on(redeliver, async (visit) => {
      return json(202, encodeRedelivered(await perform(visit.context, redeliver, reference(visit))));
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.secret, {
    POST: on(renewSecret, async (visit) => {
      const secret = await perform(visit.context, renewSecret, reference(visit));
      return json(201, encodeSecret(secret), { "Cache-Control": "no-store" });
    }),
  });
}

function reference({ place, variable }: PlaceVisit): Pick<PlaceVisit, "place"> & { readonly id: string } {
  return { place, id: variable("subscription") };
}

/** Subscriptions of queues and topics over HTTP. Upstream: zaqar/transport/wsgi/v2_0/subscriptions.py. */
import type { PlaceKind } from "../../domain/place.ts";
import { unwrap } from "../../domain/refusal.ts";
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
import { on, placeRoute } from "../route.ts";
import type { Site, Visit } from "../visit.ts";
import { BELOW_PLACE } from "../../wire/paths.ts";

export function addSubscriptions(site: Site, kind: PlaceKind): void {
  placeRoute(site, kind, BELOW_PLACE.subscriptions, {
    GET: on(listSubscriptions, async ({ place, query }, perform) => {
      const list = unwrap(decodeSubscriptionList(query));
      const subscriptions = await perform(list);
      return json(200, encodeSubscriptionList(place, subscriptions, list));
    }),
    POST: on(createSubscription, async (visit, perform) => {
      const document = unwrap(decodeNewSubscription(await readSmallBody(visit)));
      const { id } = await perform({ document });
      return json(201, encodeSubscriptionId(id), { Location: subscriptionsHref(visit.place) });
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.subscription, {
    GET: on(getSubscription, async (visit, perform) => {
      return json(200, encodeSubscription(visit.place, await perform({ id: idIn(visit) })));
    }),
    PATCH: on(updateSubscription, async (visit, perform) => {
      const id = idIn(visit);
      const document = unwrap(decodeSubscriptionChanges(await readSmallBody(visit)));
      await perform({ id, document });
      return noContent({ Location: subscriptionHref(visit.place, id) });
    }),
    DELETE: on(deleteSubscription, async (visit, perform) => {
      await perform({ id: idIn(visit) });
      return noContent();
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.confirm, {
    PUT: on(confirmSubscription, async (visit, perform) => {
      const id = idIn(visit);
      const confirmed = unwrap(decodeConfirmation(await readSmallBody(visit), id));
      await perform({ id, confirmed });
      return noContent({ Location: confirmationHref(visit.place, id) });
    }),
  });

  addDeliveries(site, kind);
}

/** Ours: the report on notifications, their redelivery, and the secret that signs them. */
function addDeliveries(site: Site, kind: PlaceKind): void {
  placeRoute(site, kind, BELOW_PLACE.deliveries, {
    GET: on(getDeliveries, async (visit, perform) => {
      return json(200, encodeDeliveries(await perform({ id: idIn(visit) })));
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.redeliver, {
    POST: on(redeliver, async (visit, perform) => {
      return json(202, encodeRedelivered(await perform({ id: idIn(visit) })));
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.secret, {
    POST: on(renewSecret, async (visit, perform) => {
      const secret = await perform({ id: idIn(visit) });
      return json(201, encodeSecret(secret), { "Cache-Control": "no-store" });
    }),
  });
}

function idIn({ variable }: Visit): string {
  return variable("subscription");
}

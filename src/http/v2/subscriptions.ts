/** Subscriptions of queues and topics over HTTP. Upstream: zaqar/transport/wsgi/v2_0/subscriptions.py. */
import { noticesOfSubscription } from "../../domain/notice.ts";
import type { PlaceKind } from "../../domain/place.ts";
import { unwrap } from "../../domain/refusal.ts";
import {
  confirmSubscription,
  createSubscription,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  renewSecret,
  updateSubscription,
} from "../../operations/subscriptions.ts";
import { confirmationHref, subscriptionHref, subscriptionsHref } from "../../wire/hrefs.ts";
import { noticeHeaders } from "../../wire/notices.ts";
import { detailsParameter } from "../../wire/query.ts";
import {
  decodeConfirmation,
  decodeNewSubscription,
  decodeSubscriptionChanges,
  decodeSubscriptionList,
  encodeSecret,
  encodeSubscription,
  encodeSubscriptionId,
  encodeSubscriptionList,
} from "../../wire/subscriptions.ts";
import { json, noContent } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import { on, placeRoute } from "../route.ts";
import type { RouteDeps, ApiRequest } from "../request.ts";
import { BELOW_PLACE } from "../../wire/paths.ts";
import { addDeliveries } from "./deliveries.ts";

export function addSubscriptions(deps: RouteDeps, kind: PlaceKind): void {
  placeRoute(deps, kind, BELOW_PLACE.subscriptions, {
    GET: on(listSubscriptions, async ({ place, query }, perform) => {
      const list = unwrap(decodeSubscriptionList(query));
      const details = unwrap(detailsParameter(query));
      const subscriptions = await perform(list);
      return json(200, encodeSubscriptionList(place, subscriptions, { ...list, ...details }));
    }),
    POST: on(createSubscription, async (request, perform) => {
      const document = unwrap(decodeNewSubscription(await readSmallBody(request)));
      const { id } = await perform({ document });
      const notices = noticeHeaders(noticesOfSubscription(document));
      return json(201, encodeSubscriptionId(id), { Location: subscriptionsHref(request.place), ...notices });
    }),
  });

  placeRoute(deps, kind, BELOW_PLACE.subscription, {
    GET: on(getSubscription, async (request, perform) => {
      const details = unwrap(detailsParameter(request.query));
      return json(200, encodeSubscription(request.place, await perform({ id: idIn(request) }), details));
    }),
    PATCH: on(updateSubscription, async (request, perform) => {
      const id = idIn(request);
      const document = unwrap(decodeSubscriptionChanges(await readSmallBody(request)));
      await perform({ id, document });
      const notices = noticeHeaders(noticesOfSubscription(document));
      return noContent({ Location: subscriptionHref(request.place, id), ...notices });
    }),
    DELETE: on(deleteSubscription, async (request, perform) => {
      await perform({ id: idIn(request) });
      return noContent();
    }),
  });

  placeRoute(deps, kind, BELOW_PLACE.confirm, {
    PUT: on(confirmSubscription, async (request, perform) => {
      const id = idIn(request);
      const confirmed = unwrap(decodeConfirmation(await readSmallBody(request), id));
      await perform({ id, confirmed });
      return noContent({ Location: confirmationHref(request.place, id) });
    }),
  });

  addSecret(deps, kind);
  addDeliveries(deps, kind);
}

/** Ours: the secret that signs notifications. */
function addSecret(deps: RouteDeps, kind: PlaceKind): void {
  placeRoute(deps, kind, BELOW_PLACE.secret, {
    POST: on(renewSecret, async (request, perform) => {
      const secret = await perform({ id: idIn(request) });
      return json(201, encodeSecret(secret), { "Cache-Control": "no-store" });
    }),
  });
}

function idIn({ variable }: ApiRequest): string {
  return variable("subscription");
}

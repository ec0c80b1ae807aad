/** The deliveries of a subscription over HTTP: the report, lists, redelivery, tests. Ours. */
import type { PlaceKind } from "../../domain/place.ts";
import { unwrap } from "../../domain/refusal.ts";
import { getDeliveries, listUndelivered, redeliver, testSubscription } from "../../operations/deliveries.ts";
import {
  decodeRedelivery,
  decodeUndelivered,
  encodeDeliveries,
  encodeRedelivered,
  encodeTestAttempt,
  encodeUndelivered,
} from "../../wire/deliveries.ts";
import { BELOW_PLACE } from "../../wire/paths.ts";
import { json } from "../answer.ts";
import { readSmallBody } from "../body.ts";
import type { PlaceRequest, RouteDeps } from "../request.ts";
import { either, on, placeRoute } from "../route.ts";

export function addDeliveries(deps: RouteDeps, kind: PlaceKind): void {
  placeRoute(deps, kind, BELOW_PLACE.deliveries, {
    GET: either(({ query }) => query.has("state"), answerList, answerReport),
  });

  placeRoute(deps, kind, BELOW_PLACE.redeliver, {
    POST: on(redeliver, async (request, perform) => {
      const choice = unwrap(decodeRedelivery(await readSmallBody(request)));
      return json(202, encodeRedelivered(await perform({ id: idIn(request), choice })));
    }),
  });

  placeRoute(deps, kind, BELOW_PLACE.test, {
    POST: on(testSubscription, async (request, perform) => {
      return json(200, encodeTestAttempt(await perform({ id: idIn(request) })));
    }),
  });
}

const answerReport = on(getDeliveries, async (request: PlaceRequest, perform) => {
  return json(200, encodeDeliveries(await perform({ id: idIn(request) })));
});

const answerList = on(listUndelivered, async (request: PlaceRequest, perform) => {
  const list = { id: idIn(request), ...unwrap(decodeUndelivered(request.query)) };
  return json(200, encodeUndelivered(request.place, await perform(list), list));
});

function idIn({ variable }: PlaceRequest): string {
  return variable("subscription");
}

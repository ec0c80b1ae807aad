/** Subscriptions over WebSocket (Zaqar: zaqar/api/v2/endpoints.py). */
import type { Members } from "../../domain/json.ts";
import { noticesOfOptions, noticesOfSubscriber } from "../../domain/notice.ts";
import type { Place } from "../../domain/place.ts";
import {
  createSubscription,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
} from "../../operations/subscriptions.ts";
import { encodeSubscription } from "../../wire/subscriptions.ts";
import { reply, sentence, type Reply } from "../reply.ts";
import { DETAILS, detailsIn, documentOf, onQueue, PAGE, pageIn, segment, textOf, type Action } from "./action.ts";

const SUBSCRIPTIONS = (): string => "/subscriptions";
const SUBSCRIPTION = (body: Members): string => `/subscriptions/${segment(body, "subscription_id")}`;
const SUBSCRIPTION_ID = { subscription_id: { type: "string", isRequired: true } } as const;

/** The members of a body that describe the subscription. */
const DOCUMENT_MEMBERS = ["subscriber", "ttl", "options"];

export const SUBSCRIPTION_ACTIONS = {
  subscription_list: onQueue(listSubscriptions, "GET", SUBSCRIPTIONS, {
    fields: { ...PAGE, ...DETAILS },
    decode: ({ body }) => pageIn(body),
    encode: (subscriptions, { place, body }) => {
      const list = subscriptions.map((subscription) => encodeSubscription(place, subscription, detailsIn(body)));
      return reply(200, `{"subscriptions":[${list.join(",")}]}`);
    },
  }),
  subscription_create: onQueue(createSubscription, "POST", SUBSCRIPTIONS, {
    fields: { subscriber: { type: "string" }, ttl: { type: "integer" }, options: { type: "object" } },
    decode: ({ body, connection }) => ({
      document: documentOf(body, (name) => DOCUMENT_MEMBERS.includes(name)),
      ...(isOwn(body) ? { connection: connection.address } : {}),
    }),
    enclose: ({ body, connection, ...subscribed }, perform) =>
      isOwn(body) ? connection.enterSubscription(subscribed, perform) : perform(),
    // Upstream quirk: over HTTP a subscription that waits for its confirmation is answered as a new one.
    encode: ({ id, isKnown }, { place, body }) => {
      if (isKnown === true) return notCreated(place);
      const created = JSON.stringify({ subscription_id: id, message: `Subscription ${place.name} created.` });
      return reply(201, created, [
        ...noticesOfOptions(body.get("options")),
        ...noticesOfSubscriber(body.get("subscriber")),
      ]);
    },
    refuse: ({ kind }, { place }) => (kind === "subscription-exists" ? notCreated(place) : null),
  }),
  subscription_get: onQueue(getSubscription, "GET", SUBSCRIPTION, {
    fields: { ...SUBSCRIPTION_ID, ...DETAILS },
    decode: ({ body }) => ({ id: textOf(body, "subscription_id") }),
    encode: (subscription, { place, body }) => reply(200, encodeSubscription(place, subscription, detailsIn(body))),
  }),
  subscription_delete: onQueue(deleteSubscription, "DELETE", SUBSCRIPTION, {
    fields: SUBSCRIPTION_ID,
    decode: ({ body }) => ({ id: textOf(body, "subscription_id") }),
    enclose: ({ connection, ...subscribed }, perform) => connection.leaveSubscription(subscribed, perform),
    encode: (_, { body }) => sentence(204, `Subscription ${textOf(body, "subscription_id")} removed.`),
  }),
} satisfies Readonly<Record<string, Action>>;

function notCreated({ name }: Place): Reply {
  return sentence(409, `Subscription ${name} not created.`);
}

/** Without a subscriber a connection subscribes itself. */
function isOwn(body: Members): boolean {
  return textOf(body, "subscriber") === "";
}

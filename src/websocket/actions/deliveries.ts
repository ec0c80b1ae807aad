/** The deliveries of a subscription over WebSocket. Ours. */
import { DELIVERY_STATES } from "../../domain/delivery.ts";
import type { Members } from "../../domain/json.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { getDeliveries, listUndelivered, redeliver, testSubscription } from "../../operations/deliveries.ts";
import {
  encodeDeliveries,
  encodeRedelivered,
  encodeTestAttempt,
  encodeUndeliveredList,
  readRedelivery,
} from "../../wire/deliveries.ts";
import { reply } from "../reply.ts";
import { documentOf, onQueue, PAGE, pageIn, segment, textOf, type Action } from "./action.ts";

const BELOW = (name: string) => (body: Members) => `/subscriptions/${segment(body, "subscription_id")}/${name}`;
const ID = { subscription_id: { type: "string", isRequired: true } } as const;
const STATE = { state: { type: "string", isRequired: true } } as const;
/** The members of the document of a redelivery. */
const CHOICE = { ids: { type: "array" }, since: { type: "string" } } as const;

export const DELIVERY_ACTIONS = {
  subscription_deliveries: onQueue(getDeliveries, "GET", BELOW("deliveries"), {
    fields: ID,
    decode: ({ body }) => ({ id: idIn(body) }),
    encode: (report) => reply(200, encodeDeliveries(report)),
  }),
  subscription_delivery_list: onQueue(listUndelivered, "GET", BELOW("deliveries"), {
    fields: { ...ID, ...STATE, ...PAGE },
    decode: ({ body }) => ({ id: idIn(body), state: stateIn(body), ...pageIn(body) }),
    encode: (page) => reply(200, `{"deliveries":${encodeUndeliveredList(page)}}`),
  }),
  subscription_redeliver: onQueue(redeliver, "POST", BELOW("redeliver"), {
    fields: { ...ID, ...CHOICE },
    decode: ({ body }) => ({
      id: idIn(body),
      choice: unwrap(readRedelivery(documentOf(body, (name) => Object.hasOwn(CHOICE, name)))),
    }),
    encode: (count) => reply(202, encodeRedelivered(count)),
  }),
  subscription_test: onQueue(testSubscription, "POST", BELOW("test"), {
    fields: ID,
    decode: ({ body }) => ({ id: idIn(body) }),
    encode: (attempt) => reply(200, encodeTestAttempt(attempt)),
  }),
} satisfies Readonly<Record<string, Action>>;

function idIn(body: Members): string {
  return textOf(body, "subscription_id");
}

function stateIn(body: Members): (typeof DELIVERY_STATES)[number] {
  const text = textOf(body, "state");
  const state = DELIVERY_STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw new Refusal({ kind: "parameter-invalid", name: "state", expected: '"failed" or "pending"', got: text });
}

/**
 * Trusts for `trust+` subscribers. A subscription that names no trust gets one, so that its deliveries
 * carry a token for the subscribing user. The trust is kept in the options, where its owner sees it.
 */
import { membersOf, toJsonText, toObjectText, type JsonText } from "../domain/json.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { parseSubscriber } from "../domain/subscriber.ts";
import {
  checkNewSubscription,
  checkSubscriptionChanges,
  type NewSubscription,
  type Subscription,
} from "../domain/subscription.ts";
import { after } from "../domain/time.ts";
import type { Context } from "./context.ts";

/** Upstream's option. A trust that the client names is used as it is. */
const TRUST_OPTION = "trust_id";

/**
 * The document of a new subscription, with a trust added where its deliveries need one. Two kinds of documents are returned
 * unchanged. One that will be refused: the queue reports the reason. One of a known subscriber, whose subscription stays as it
 * is: upstream makes a trust each time, and Aodh subscribes with every alarm.
 */
export async function entrustNew(
  context: Context,
  { document, isKnown }: { readonly document: JsonText; readonly isKnown: (subscriber: string) => Promise<boolean> },
): Promise<JsonText> {
  const checked = checkNewSubscription(membersOf(document), rulesOf(context), context.clock());
  if (!checked.ok || !needsTrust(checked.value.subscriber)) return document;
  return (await isKnown(checked.value.subscriber)) ? document : entrust(context, document, checked.value);
}

/**
 * As `entrustNew`, for the document of a PATCH. Upstream loses the trust when the options are replaced, and a subscriber changed
 * to a `trust+` one never gets a trust. `find`: the present subscription; null when there is none.
 */
export async function entrustChanged(
  context: Context,
  { id, document, find }: { readonly id: string; readonly document: JsonText; readonly find: Find },
): Promise<JsonText> {
  const checked = checkSubscriptionChanges(membersOf(document), { id, ...rulesOf(context) }, context.clock());
  if (!checked.ok) return document;
  const { subscriber, ttl, options } = checked.value;
  if (subscriber === null && options === null) return document;
  if (subscriber !== null && !needsTrust(subscriber)) return document;
  const current = await find();
  if (current === null) return document;
  return entrust(context, document, {
    subscriber: subscriber ?? current.subscriber,
    // Where the ttl is not restarted this is longer than the remaining life: the trust must not end before the subscription.
    ttl: ttl ?? current.ttl,
    options: options ?? current.options,
  });
}

type Find = () => Promise<Subscription | null>;

function rulesOf({ config }: Context) {
  return { kinds: config.subscriberTypes, defaultTtl: config.defaultSubscriptionTtl };
}

/** `result`: the subscription after the change. */
async function entrust(context: Context, document: JsonText, result: NewSubscription): Promise<JsonText> {
  if (!needsTrust(result.subscriber)) return document;
  const options = membersOf(result.options);
  if ((options.get(TRUST_OPTION) ?? "null") !== "null") return document;
  if (context.entrust === null) throw new Refusal({ kind: "unavailable", attempted: NOBODY_TO_TRUST });
  const trust = unwrap(await context.entrust(after(context.clock(), result.ttl)));
  const entrusted = toObjectText(new Map([...options, [TRUST_OPTION, toJsonText(trust)]]));
  return toObjectText(new Map([...membersOf(document), ["options", entrusted]]));
}

function needsTrust(subscriber: string): boolean {
  const kind = parseSubscriber(subscriber)?.kind;
  return kind === "trust+http" || kind === "trust+https";
}

const NOBODY_TO_TRUST =
  "Subscribers of trust+http and trust+https need a caller with a token of Keystone, and a user of the service's own there.";

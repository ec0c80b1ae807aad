/**
 * Keystone trusts for `trust+` subscribers. A subscription without a trust gets one, so that its deliveries have a token of the
 * subscribing user. The trust is stored in the options, where the owner of the subscription sees it.
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

/** Upstream's option. A trust in the client's document is used unchanged. */
const TRUST_OPTION = "trust_id";

/**
 * The document of a new subscription, with a trust added if its deliveries need one. An invalid document is returned unchanged,
 * and the queue then reports the reason. So is the document of a known subscriber, whose subscription does not change: upstream
 * creates a trust each time, and Aodh subscribes with every alarm.
 */
export async function addTrust(
  context: Context,
  { document, isKnown }: { readonly document: JsonText; readonly isKnown: (subscriber: string) => Promise<boolean> },
): Promise<JsonText> {
  const checked = checkNewSubscription(membersOf(document), rulesOf(context), context.clock());
  if (!checked.ok || !needsTrust(checked.value.subscriber)) return document;
  return (await isKnown(checked.value.subscriber)) ? document : withTrust(context, document, checked.value);
}

/**
 * As `addTrust`, for the document of a PATCH. In upstream a change of the options loses the trust, and a subscriber that becomes
 * a `trust+` subscriber never gets one. `find` returns the present subscription; null: there is none.
 */
export async function addTrustToChanges(
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
  return withTrust(context, document, {
    subscriber: subscriber ?? current.subscriber,
    // If the change has no ttl, this is longer than the remaining life. The trust must not end before the subscription.
    ttl: ttl ?? current.ttl,
    options: options ?? current.options,
  });
}

type Find = () => Promise<Subscription | null>;

function rulesOf({ config }: Context) {
  return { kinds: config.subscriberTypes, defaultTtl: config.defaultSubscriptionTtl };
}

/** Adds a trust to the document. `result`: the subscription after the change. */
async function withTrust(context: Context, document: JsonText, result: NewSubscription): Promise<JsonText> {
  if (!needsTrust(result.subscriber)) return document;
  const options = membersOf(result.options);
  if ((options.get(TRUST_OPTION) ?? "null") !== "null") return document;
  if (context.createTrust === null) throw new Refusal({ kind: "unavailable", whatFailed: TRUST_IMPOSSIBLE });
  const trust = unwrap(await context.createTrust(after(context.clock(), result.ttl)));
  const withTrustId = toObjectText(new Map([...options, [TRUST_OPTION, toJsonText(trust)]]));
  return toObjectText(new Map([...membersOf(document), ["options", withTrustId]]));
}

function needsTrust(subscriber: string): boolean {
  const kind = parseSubscriber(subscriber)?.kind;
  return kind === "trust+http" || kind === "trust+https";
}

const TRUST_IMPOSSIBLE =
  "Subscribers of trust+http and trust+https need a caller with a token of Keystone, and a user of the service's own there.";

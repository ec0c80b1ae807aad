/** Subscriptions of queues and topics. */
import * as v from "valibot";
import { COLLECTION_PATHS } from "../src/wire/paths.ts";
import { deliveryEndpoints } from "./deliveries.ts";
import { endpointBelow, type Endpoint, type PlaceWords, type SubscriptionWords } from "./endpoint.ts";
import { DETAILS, limit, MARKER, NOTICE } from "./parameters.ts";
import {
  flag,
  freeForm,
  IDS,
  integer,
  LINKS,
  list,
  named,
  nextLink,
  nullable,
  object,
  optional,
  text,
} from "./schemas.ts";

const SUBSCRIBER =
  "A webhook (`https://…`), a mailbox (`mailto:…`), or an OpenStack service that is called with a trust (`trust+https://…`).";
const OPTIONS =
  "`post_headers` and `post_data` of a webhook, `from` and `subject` of a mail, `_retry_policy`, `_concurrency` (1 to 16, an extension), " +
  "`_events` (an extension): `depth>N`, `age>N`, `dead-letter`, which are sent in place of messages unless `message` is in the list.";
const TTL = "Seconds that the subscription lives, at least 60. By default `DEFAULT_SUBSCRIPTION_TTL` (3,600).";

const SUBSCRIPTION = named(
  "Subscription",
  object({
    id: text("The id."),
    source: text("The name of the queue or topic."),
    subscriber: text(SUBSCRIBER),
    ttl: integer("Seconds that the subscription lives, from its creation or the last change of its ttl."),
    age: integer("Seconds since its creation."),
    options: freeForm(OPTIONS),
    confirmed: flag("Whether the subscriber has confirmed. It matters only with `REQUIRE_CONFIRMATION`."),
    expires_at: optional(text("With `details`: when it ends. It follows from neither `ttl` nor `age`. An extension.")),
  }),
);

const DOCUMENT = v.looseObject({
  subscriber: text(SUBSCRIBER),
  ttl: optional(nullable(integer(TTL, 60))),
  options: optional(nullable(freeForm(OPTIONS))),
});

export function subscriptionEndpoints(words: PlaceWords): readonly Endpoint[] {
  const href = `${COLLECTION_PATHS[words.kind]}/${words.name}/subscriptions`;
  const names = { ...words, tag: words.kind === "queue" ? "Subscriptions" : "Subscriptions of topics", href };
  return [
    create(names),
    listing(names),
    get(names),
    update(names),
    confirm(names),
    ...deliveryEndpoints(names),
    renewSecret(names),
    remove(names),
  ];
}

function create(names: SubscriptionWords): Endpoint {
  const { kind, href } = names;
  return {
    ...endpointBelow(names, "subscription_create", "subscriptions"),
    method: "POST",
    summary: `Subscribe to a ${kind}`,
    description:
      `From now on the subscriber gets a copy of every message of the ${kind}, at least once, in the order of the posts. Failed ` +
      "deliveries are repeated by the `_retry_policy` of the options. Whether the address may be called is decided with each " +
      "attempt; the delivery report shows the outcomes.",
    body: {
      schema: DOCUMENT,
      isRequired: true,
      example: { subscriber: "https://shop.example/hook", ttl: 604_800, options: { post_headers: { "X-Shop": "7" } } },
    },
    answers: {
      201: {
        description: "The subscription exists.",
        schema: object({ subscription_id: text("The id of the subscription.") }),
        example: { subscription_id: IDS.subscription },
        headers: { Location: { description: "The path of the collection.", example: href }, ...NOTICE },
      },
    },
    failures: [
      "subscription-invalid",
      "subscription-exists",
      "quota-exceeded",
      ...(kind === "queue" ? (["queue-spread"] as const) : []),
      "pools-missing",
      "place-occupied",
      "body-too-large",
      "disk-full",
    ],
  };
}

function exampleOf({ name }: SubscriptionWords, ttl = 604_800): object {
  return {
    id: IDS.subscription,
    source: name,
    subscriber: "https://shop.example/hook",
    ttl,
    age: 3,
    options: { post_headers: { "X-Shop": "7" } },
    confirmed: false,
  };
}

function listing(names: SubscriptionWords): Endpoint {
  const { kind, href } = names;
  return {
    ...endpointBelow(names, "subscription_list", "subscriptions"),
    method: "GET",
    summary: "List subscriptions",
    description: `Lists the subscriptions of the ${kind} in the order of their creation, in pages.`,
    parameters: [MARKER, limit("subscriptions", "MAX_SUBSCRIPTIONS_PER_PAGE"), DETAILS],
    answers: {
      200: {
        description: "A page.",
        schema: object({ subscriptions: list(SUBSCRIPTION, "The oldest first."), links: LINKS }),
        example: { subscriptions: [exampleOf(names)], links: nextLink(`${href}?limit=5&marker=${IDS.subscription}`) },
      },
    },
    failures: ["out-of-range"],
  };
}

function get(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_get", "subscription"),
    method: "GET",
    summary: "Show a subscription",
    description: "Answers with one subscription. 404 after its ttl.",
    parameters: [DETAILS],
    answers: { 200: { description: "The subscription.", schema: SUBSCRIPTION, example: exampleOf(names) } },
    failures: ["subscription-not-found"],
  };
}

function update(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_update", "subscription"),
    method: "PATCH",
    summary: "Change a subscription",
    description:
      "Changes the members that the document has. A new `ttl` counts from now. `options` replace the former ones as a whole, also " +
      "for notifications that wait for a retry. It also starts deliveries again that a 410 of the subscriber has ended.",
    body: { schema: v.partial(DOCUMENT), isRequired: true, example: { ttl: 86_400 } },
    answers: {
      204: {
        description: "The subscription is changed.",
        headers: {
          Location: { description: "The path of the subscription.", example: `${names.href}/${IDS.subscription}` },
          ...NOTICE,
        },
      },
    },
    failures: [
      "subscription-not-found",
      "subscription-invalid",
      "subscription-not-updated",
      "subscription-exists",
      "body-too-large",
      "disk-full",
    ],
  };
}

function confirm(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_confirm", "confirm"),
    method: "PUT",
    summary: "Confirm a subscription",
    description:
      "With `REQUIRE_CONFIRMATION` a subscriber gets messages only after it has confirmed. It is asked to, with a signed URL of this " +
      "resource. false declines, or takes the confirmation back.",
    body: {
      schema: v.looseObject({ confirmed: flag("true confirms, false declines.") }),
      isRequired: true,
      example: { confirmed: true },
    },
    answers: {
      204: {
        description: "The answer of the subscriber is stored.",
        headers: {
          Location: { description: "The path of this resource.", example: `${names.href}/${IDS.subscription}/confirm` },
        },
      },
    },
    failures: [
      "subscription-invalid",
      "subscription-not-confirmed",
      "subscription-not-found",
      "body-too-large",
      "disk-full",
    ],
  };
}

function renewSecret(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_renew_secret", "secret"),
    method: "POST",
    summary: "Make a secret that signs deliveries",
    description:
      "From now on deliveries are signed by the Standard Webhooks specification with a new secret, and for a day with the previous " +
      "one too. The secret is shown only this once. An extension of Zaqar's API.",
    answers: {
      201: {
        description: "The secret.",
        schema: object({ secret: text("`whsec_` and the secret in base64.") }),
        example: { secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" },
        headers: { "Cache-Control": { description: "The answer must not be stored.", example: "no-store" } },
      },
    },
    failures: ["subscription-not-found", "subscription-invalid", "disk-full"],
  };
}

function remove(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_delete", "subscription"),
    method: "DELETE",
    summary: "Unsubscribe",
    description: "Ends the subscription. Notifications that wait for a retry are not sent any more.",
    answers: { 204: { description: "The subscription does not exist any more, or never did." } },
  };
}

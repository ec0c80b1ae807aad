/** The deliveries to the subscribers of queues and topics. */
import * as v from "valibot";
import { REDELIVERY } from "../src/wire/deliveries.ts";
import { endpointBelow, type Endpoint, type SubscriptionWords } from "./endpoint.ts";
import { limit, MARKER, query } from "./parameters.ts";
import { anything, IDS, integer, LINKS, list, named, nullable, object, oneOf, text, time, TIME } from "./schemas.ts";

/** An example of a `webhook-id`. */
const NOTIFICATION = `${IDS.message}_${IDS.subscription}`;

const OUTCOME = oneOf(
  ["delivered", "refused", "gone", "timeout", "unreachable", "blocked", "skipped", "invalid"],
  "What became of it.",
);
const ANSWER = nullable(
  text("The first 1,024 bytes of the refusal; null: there was none, or it is not shown, as of `trust+` subscribers."),
);
const ID = text("The `webhook-id` of the notification.");
const AT = time("When the attempt began.");
const DURATION = integer("How long it took, in milliseconds.");
const REASON = nullable(text("Why, if the outcome alone does not say it."));
const STATUS = nullable(integer("The status of the answer; null: there was none."));

const ATTEMPT = named(
  "DeliveryAttempt",
  object({
    id: ID,
    at: AT,
    duration_ms: DURATION,
    attempt: integer("The number of the attempt, from 1.", 1),
    outcome: OUTCOME,
    reason: REASON,
    status: STATUS,
  }),
);

const TEST = object({
  id: ID,
  at: AT,
  duration_ms: DURATION,
  outcome: OUTCOME,
  reason: REASON,
  status: STATUS,
  answer: ANSWER,
});

const UNDELIVERED = named(
  "UndeliveredNotification",
  object({
    number: integer("Ascending. The marker of the page that follows."),
    id: ID,
    message_id: nullable(
      text("The id of the message in this queue; null: the notification is a confirmation request."),
    ),
    created_at: nullable(time("When the queue handed it over; null: not known.")),
    attempts: integer("The number of failed attempts."),
    next_attempt_at: nullable(time("When the next attempt is due; null: it was given up.")),
    attempted_at: nullable(time("When the last attempt began; null: there was none, or it is not known.")),
    outcome: nullable(OUTCOME),
    reason: REASON,
    status: STATUS,
    answer: ANSWER,
    body: nullable(anything("The body of the message. That of a confirmation request is not shown.")),
  }),
);

const REPORT = object({
  delivered: integer("Notifications that have arrived."),
  failed: integer("Notifications that were refused for good, or whose last retry has failed."),
  pending: integer("Notifications that wait for their first or next attempt."),
  redeliverable: integer("Failed notifications that can be sent again: the newest 1,000."),
  next_attempt_at: nullable(time("When the next attempt is due; null: nothing is pending.")),
  attempts: list(ATTEMPT, "The newest first."),
});

export function deliveryEndpoints(names: SubscriptionWords): readonly Endpoint[] {
  return [deliveries(names), redeliver(names), test(names)];
}

function deliveries(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_deliveries", "deliveries"),
    operations: ["subscription_deliveries", "subscription_delivery_list"],
    method: "GET",
    summary: "Report the deliveries of a subscription, or list those that have not arrived",
    description:
      "The numbers of delivered, failed and pending notifications, and the last 50 attempts with their outcomes. With `state` a page " +
      "of the notifications in that state, with their messages and the answers of the receiver, which signed URLs cannot read. An " +
      "extension of Zaqar's API.",
    parameters: [
      query("state", oneOf(["failed", "pending"], "`failed`: given up, and kept; `pending`: waiting for an attempt.")),
      limit("notifications", "MAX_MESSAGES_PER_PAGE"),
      MARKER,
    ],
    answers: {
      200: {
        description: "The report, or the page.",
        schema: v.union([
          REPORT,
          object({ deliveries: list(UNDELIVERED, "In the order of their messages."), links: LINKS }),
        ]),
        example: { delivered: 0, failed: 0, pending: 0, redeliverable: 0, next_attempt_at: null, attempts: [] },
      },
    },
    failures: ["subscription-not-found", "out-of-range"],
  };
}

function redeliver(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_redeliver", "redeliver"),
    method: "POST",
    summary: "Deliver failed notifications again",
    description:
      "Sends the failed notifications that are kept once more: all of them without a body, else those with one of the ids whose last " +
      "attempt was made since the time. An extension of Zaqar's API.",
    body: {
      schema: REDELIVERY,
      isRequired: false,
      example: { ids: [NOTIFICATION], since: TIME },
      members: {
        ids: "By `webhook-id`: 1 to `MAX_MESSAGES_PER_PAGE` (20).",
        since: "Those whose last attempt was made at or after this time.",
      },
    },
    answers: {
      202: {
        description: "They are pending.",
        schema: object({ redelivered: integer("How many notifications are sent again.") }),
        example: { redelivered: 0 },
      },
    },
    failures: ["subscription-not-found", "disk-full", "document-invalid", "body-too-large", "out-of-range"],
  };
}

function test(names: SubscriptionWords): Endpoint {
  return {
    ...endpointBelow(names, "subscription_test", "test"),
    method: "POST",
    summary: "Test a subscription",
    description:
      'Sends one notification with the `Message_Type` "Test" now, as any other to this subscriber, and answers with the result. It is ' +
      "neither counted nor repeated. An extension of Zaqar's API.",
    answers: {
      200: {
        description: "The attempt, whatever its outcome.",
        schema: TEST,
        example: {
          id: NOTIFICATION,
          at: TIME,
          duration_ms: 35,
          outcome: "refused",
          reason: null,
          status: 500,
          answer: "no such table: orders",
        },
      },
    },
    failures: ["subscription-not-found", "subscription-invalid"],
  };
}

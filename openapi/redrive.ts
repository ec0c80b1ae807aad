/** Redrives of dead letters, and signed URLs: what only queues have beside claims. */
import { SHARED_METHODS, SHARED_RESOURCES } from "../src/domain/signed-grant.ts";
import { PATHS } from "../src/wire/paths.ts";
import { REDRIVE_OPTIONS } from "../src/wire/redrive.ts";
import type { Endpoint } from "./endpoint.ts";
import { integer, list, named, nullable, object, oneOf, optional, text, TIME, time } from "./schemas.ts";

const REDRIVE = named(
  "Redrive",
  object({
    status: oneOf(["running", "done", "canceled"], "Whether it still moves messages."),
    moved: integer("Messages that have moved."),
    remaining: integer("Messages that it has not looked at yet. 0 when it has ended."),
    target: nullable(text("The queue to which all messages move; null: each to the queue it was posted to.")),
    max_messages: nullable(integer("The most messages that move; null: all.", 1)),
    messages_per_second: nullable(integer("The most messages per second; null: any number.", 1)),
    started_at: time("When it began."),
    finished_at: nullable(time("When it ended; null: it is running.")),
  }),
);

/** In the examples the queue has the dead letters of another. */
const VARIABLES = { queue: "orders-dead" };
const EXAMPLE = {
  status: "running",
  moved: 0,
  remaining: 0,
  target: "orders",
  max_messages: 1000,
  messages_per_second: 50,
  started_at: TIME,
  finished_at: null,
};

const START: Endpoint = {
  id: "redrive_create",
  operations: ["redrive_create"],
  method: "POST",
  path: PATHS.redrive,
  variables: VARIABLES,
  tag: "Dead letters",
  summary: "Move dead letters back",
  description:
    "Moves the messages of a queue in the background, so that they are processed again: to `target`, or without one each message to " +
    "the queue it was first posted to. Claimed and delayed messages stay. Messages keep id, body and age, arrive exactly once, and " +
    "count their claims from 0. An extension of Zaqar's API.",
  body: {
    schema: REDRIVE_OPTIONS,
    isRequired: false,
    example: { target: "orders", max_messages: 1000, messages_per_second: 50 },
    members: {
      target:
        "A queue, which is created if it does not exist. null: each message moves to the queue it was first posted to.",
      max_messages: "The most messages to move. null: all.",
      messages_per_second: "The most messages per second, with bursts of one second. null: any number.",
    },
  },
  answers: {
    202: {
      description: "The redrive is running.",
      schema: REDRIVE,
      example: EXAMPLE,
      headers: { Location: { description: "The path of the redrive.", example: "/v2/queues/orders-dead/redrive" } },
    },
  },
  failures: [
    "queue-not-found",
    "redrive-running",
    "queue-spread",
    "body-empty",
    "document-invalid",
    "quota-exceeded",
    "metadata-invalid",
    "place-occupied",
    "pools-missing",
    "body-too-large",
    "disk-full",
  ],
};

const SHARE: Endpoint = {
  id: "queue_share",
  operations: ["queue_share"],
  method: "POST",
  path: PATHS.share,
  tag: "Signed URLs",
  summary: "Share a queue by a signed URL",
  description:
    "Signs a grant. Whoever has it can use these methods of these paths until it expires, without an account: the four members go " +
    "into the headers `URL-Paths`, `URL-Methods`, `URL-Expires` and `URL-Signature`, and the project into `X-Project-ID`. The service " +
    "needs `SIGNED_URL_SECRET_KEY`.",
  body: {
    schema: object({
      paths: optional(
        list(oneOf(SHARED_RESOURCES, "A resource of the queue."), "What can be used. By default `messages`."),
      ),
      methods: optional(list(oneOf(SHARED_METHODS, "A method."), "How it can be used. By default `GET`.")),
      expires: optional(nullable(text("A time in UTC, such as 2030-01-01T00:00:00. By default in a day."))),
    }),
    isRequired: true,
    example: { paths: ["messages"], methods: ["GET", "POST"] },
  },
  answers: {
    200: {
      description: "The signed grant.",
      schema: object({
        paths: list(text("A path."), "The paths that it covers."),
        methods: list(text("A method."), "The methods that it allows."),
        project: text("The project of the queue."),
        expires: text("When it ends: a time in UTC."),
        signature: text("The signature of the other four, hexadecimal."),
      }),
      example: {
        paths: ["/v2/queues/orders/messages"],
        methods: ["GET", "POST"],
        project: "demo",
        expires: "2030-01-01T00:00:00",
        signature: "6a63e2f35d7b0bdfb56e3ac4f4a1a3f5a7a2c15d8f0e9bb3f8f8b1c3d1e7a902",
      },
    },
  },
  failures: ["body-empty", "body-too-large"],
};

export const QUEUE_ENDPOINTS: readonly Endpoint[] = [
  START,
  {
    id: "redrive_get",
    operations: ["redrive_get"],
    method: "GET",
    path: PATHS.redrive,
    variables: VARIABLES,
    tag: "Dead letters",
    summary: "Show the latest redrive",
    description: "The state of the queue's latest redrive, and how far it has come. 404 if there was none.",
    answers: {
      200: {
        description: "The redrive.",
        schema: REDRIVE,
        example: { ...EXAMPLE, status: "done", moved: 1, finished_at: TIME },
      },
    },
    failures: ["redrive-not-found"],
  },
  {
    id: "redrive_delete",
    operations: ["redrive_delete"],
    method: "DELETE",
    path: PATHS.redrive,
    variables: VARIABLES,
    tag: "Dead letters",
    summary: "Cancel the redrive",
    description: "Ends the running redrive. Messages that have moved stay where they are.",
    answers: { 204: { description: "No redrive is running." } },
  },
  SHARE,
];

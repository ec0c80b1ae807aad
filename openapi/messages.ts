/** Messages of queues and topics. */
import * as v from "valibot";
import { COLLECTION_PATHS } from "../src/wire/paths.ts";
import { endpointBelow, type Answer, type Endpoint, type PlaceWords, type ResourceWords } from "./endpoint.ts";
import { DETAILS, limit, MARKER, NOTICE, query } from "./parameters.ts";
import {
  anything,
  flag,
  IDS,
  integer,
  LINKS,
  list,
  named,
  nextLink,
  nullable,
  object,
  oneOf,
  optional,
  text,
  time,
} from "./schemas.ts";

const BODY = anything("The content: any JSON value. It comes back exactly as it was written.");
const CHECKSUM = optional(text("`MD5:` and the MD5 of the body, with `ENABLE_CHECKSUM`."));

const DEAD_LETTER = object(
  {
    queue: text("The queue that it has left."),
    at: time("When it left that queue."),
    reason: oneOf(["claims"], "`claims`: it was claimed too often."),
  },
  "With `details`: where a dead letter comes from; null: it is none.",
);

export const MESSAGE = named(
  "Message",
  object({
    id: text("The id: 32 hexadecimal digits. Ids sort like the messages of the queue."),
    href: text(
      "The path of the message. While it is claimed, the path contains the claim, so that a DELETE of it is allowed.",
    ),
    ttl: integer("Seconds that it lives, from its post."),
    age: integer("Seconds since its post."),
    body: BODY,
    checksum: CHECKSUM,
    claim_count: optional(integer("With `details`: the claims that have ended without its deletion.")),
    created: optional(time("With `details`: the time of its post.")),
    claimed_until: optional(nullable(time("With `details`: the end of the lease; null: it is not claimed."))),
    delayed_until: optional(nullable(time("With `details`: the end of its delay; null: it can be claimed."))),
    dead_letter: optional(nullable(DEAD_LETTER)),
    traceparent: optional(
      nullable(text("With `details`: the `traceparent` of its post (W3C Trace Context); null: it had none.")),
    ),
  }),
);

const POPPED = named(
  "PoppedMessage",
  object({
    id: text("The id."),
    age: integer("Seconds since its post."),
    ttl: integer("Seconds that it lived, from its post."),
    body: BODY,
    claim_id: nullable(text("Always null: claimed messages cannot be popped.")),
    claim_count: integer("The claims that have ended without its deletion."),
    checksum: CHECKSUM,
  }),
);

const NEW_MESSAGE = v.looseObject({
  body: BODY,
  ttl: optional(
    integer("Seconds that it lives: 60 to `MAX_MESSAGE_TTL` (1,209,600). By default that of the queue.", 60),
  ),
  delay: optional(
    integer(
      "Seconds before it can be claimed: at most `MAX_MESSAGE_DELAY` (900). Only if the queue has a `_default_message_delay`.",
    ),
  ),
});

const IDS_GIVEN = query("ids", text("Ids of messages, separated by commas: at most `MAX_MESSAGES_PER_PAGE` (20)."));

export function messageEndpoints(words: PlaceWords): readonly Endpoint[] {
  const names = { ...words, tag: words.kind === "queue" ? "Messages" : "Messages of topics" };
  return [post(names), listing(names), get(names), remove(names), removeMany(names)];
}

function post(names: ResourceWords): Endpoint {
  const { kind, name } = names;
  const path = `${COLLECTION_PATHS[kind]}/${name}/messages`;
  return {
    ...endpointBelow(names, "message_post", "messages"),
    method: "POST",
    summary: "Post messages",
    description:
      `Stores all messages of the request or none, and creates the ${kind} if it does not exist. The answer is sent after they are ` +
      "on disk. One post may have `MAX_MESSAGES_POST_SIZE` bytes (262,144), or the `_max_messages_post_size` of the " +
      `${kind} if that is less.\n\n` +
      "With an `Idempotency-Key` a repetition of the same post stores nothing and gets the same answer. So a client that has got no " +
      "answer can repeat it safely.",
    parameters: [
      {
        in: "header",
        name: "Idempotency-Key",
        description:
          "1 to 255 visible characters, new for each post. The service remembers it for `IDEMPOTENCY_WINDOW` (a day).",
        schema: text("A key."),
      },
      {
        in: "header",
        name: "traceparent",
        description:
          "The position of the post in a trace, by W3C Trace Context. It is stored with the messages, shown with `details`, and " +
          "continued by every webhook. If it is invalid, it has no effect.",
        schema: text("Such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`."),
      },
    ],
    body: {
      schema: v.looseObject({ messages: list(NEW_MESSAGE, "The messages, in the order in which they are claimed.") }),
      isRequired: true,
      example: { messages: [{ body: { order: 7 }, ttl: 300 }, { body: "any JSON value" }] },
    },
    answers: {
      201: posted(path),
    },
    failures: [
      "body-empty",
      "messages-missing",
      "messages-none",
      "field-missing",
      "field-type",
      "out-of-range",
      "post-too-large",
      "idempotency-key-reused",
      "quota-exceeded",
      "pools-missing",
      "place-occupied",
      "disk-full",
    ],
  };
}

function posted(path: string): Answer {
  return {
    description: "The messages are stored.",
    schema: object({
      resources: list(text("The path of a message."), "The paths of the messages, in the order of the request."),
    }),
    example: { resources: [`${path}/${IDS.message}`, `${path}/${IDS.otherMessage}`] },
    headers: {
      Location: {
        description: "The path of the messages together. With more than 20 messages that of the collection.",
        example: `${path}?ids=${IDS.message},${IDS.otherMessage}`,
      },
      ...NOTICE,
    },
  };
}

function listing(names: ResourceWords): Endpoint {
  const { kind, name } = names;
  const path = `${COLLECTION_PATHS[kind]}/${name}/messages`;
  return {
    ...endpointBelow(names, "message_list", "messages"),
    operations: ["message_list", "message_get_many"],
    method: "GET",
    summary: "List messages",
    description:
      "Lists messages in the order of their posts, in pages. It takes none of them: every client sees them all. By default it " +
      "leaves out the messages of the client itself, those that are claimed and those that are delayed.\n\n" +
      "With `ids` it answers with these messages, without `links`, and is 404 if none of them exists. The other parameters then " +
      "have no effect, except `details`.",
    parameters: [
      MARKER,
      limit("messages", "MAX_MESSAGES_PER_PAGE"),
      query("echo", flag("Also messages that this Client-ID has posted."), true),
      query("include_claimed", flag("Also claimed messages.")),
      query("include_delayed", flag("Also messages that cannot be claimed yet.")),
      IDS_GIVEN,
      DETAILS,
    ],
    answers: {
      200: {
        description: "A page, or the messages with these ids.",
        schema: object({ messages: list(MESSAGE, "In the order of their posts."), links: optional(LINKS) }),
        example: {
          messages: [
            { id: IDS.message, href: `${path}/${IDS.message}`, ttl: 300, age: 2, body: { order: 7 } },
            { id: IDS.otherMessage, href: `${path}/${IDS.otherMessage}`, ttl: 3600, age: 2, body: "any JSON value" },
          ],
          links: nextLink(`${path}?limit=5&echo=true&include_delayed=true&marker=${IDS.otherMessage}`),
        },
      },
    },
    failures: ["out-of-range", "message-not-found"],
  };
}

function get(names: ResourceWords): Endpoint {
  const { kind, name } = names;
  const href = `${COLLECTION_PATHS[kind]}/${name}/messages/${IDS.message}`;
  return {
    ...endpointBelow(names, "message_get", "message"),
    method: "GET",
    summary: "Show a message",
    description: "Answers with one message, whether it is claimed or not.",
    parameters: [DETAILS],
    answers: {
      200: {
        description: "The message.",
        schema: MESSAGE,
        example: { id: IDS.message, href, ttl: 300, age: 2, body: { order: 7 } },
      },
    },
    failures: ["message-not-found"],
  };
}

function remove(names: ResourceWords): Endpoint {
  return {
    ...endpointBelow(names, "message_delete", "message"),
    method: "DELETE",
    summary: "Delete a message",
    description:
      "Deletes one message. A claimed one can only be deleted with its claim, which the `href` of a claimed message contains. The " +
      "deletion of a message that does not exist succeeds, so it can be repeated.",
    parameters: [query("claim_id", text("The claim that holds the message."))],
    answers: { 204: { description: "The message does not exist any more." } },
    failures: ["message-claimed", "message-not-claimed", "claim-over"],
  };
}

function removeMany(names: ResourceWords): Endpoint {
  return {
    ...endpointBelow(names, "message_delete_many", "messages"),
    method: "DELETE",
    summary: "Delete or pop messages",
    description:
      "Needs exactly one of `ids` and `pop`. `ids` deletes these messages, claimed ones too. `pop` takes the oldest messages that " +
      "are neither claimed nor delayed: it deletes them and answers with them. If the answer gets lost, popped messages are lost: " +
      "claims do not have this risk.",
    parameters: [
      IDS_GIVEN,
      query("pop", integer("How many messages to take: 1 to `MAX_MESSAGES_PER_CLAIM_OR_POP` (20).", 1), 1),
      query(
        "claim_ids",
        text("With `ids`: the claims of these messages. Required if `MESSAGE_DELETE_WITH_CLAIM_ID` is set."),
      ),
    ],
    answers: {
      200: {
        description: "The popped messages.",
        schema: object({ messages: list(POPPED, "The oldest first. Empty if there were none.") }),
        example: {
          messages: [
            { id: IDS.otherMessage, age: 2, ttl: 3600, body: "any JSON value", claim_id: null, claim_count: 0 },
          ],
        },
      },
      204: { description: "The messages with these ids do not exist any more." },
    },
    failures: ["delete-unspecific", "delete-ambiguous", "delete-needs-claims", "out-of-range", "claims-mismatched"],
  };
}

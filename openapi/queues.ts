/** Queues, topics: their metadata, statistics and purges. */
import * as v from "valibot";
import { PATCH_MEDIA_TYPE } from "../src/wire/metadata-patch.ts";
import { BELOW_PLACE, COLLECTION_PATHS, PLACE_PATHS } from "../src/wire/paths.ts";
import type { Endpoint, PlaceWords } from "./endpoint.ts";
import { figuresEndpoint } from "./figures.ts";
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
  TIME,
  time,
} from "./schemas.ts";

const METADATA = named(
  "Metadata",
  v.pipe(
    v.looseObject({
      _max_messages_post_size: optional(anything("The most bytes of one post. At most `MAX_MESSAGES_POST_SIZE`.")),
      _default_message_ttl: optional(anything("Seconds that a message lives which states no ttl.")),
      _default_message_delay: optional(
        anything(
          "Seconds before a message can be claimed. Only if it is above 0 do delays of messages have an effect.",
        ),
      ),
      _dead_letter_queue: optional(
        anything("The queue to which messages move that were claimed `_max_claim_count` times. Queues only."),
      ),
      _dead_letter_queue_messages_ttl: optional(anything("Seconds that a message lives after that move. Queues only.")),
      _max_claim_count: optional(anything("How often a message can be claimed before it moves. Queues only.")),
      _enable_encrypt_messages: optional(
        anything("Whether stored messages are encrypted. The service needs a key for it. Queues only."),
      ),
      _retry_policy: optional(anything("How failed notifications are repeated, as in a subscription's options.")),
      _flavor: optional(anything("The flavor among whose pools the queue is placed.")),
      _paused: optional(
        anything(
          'What the queue does not do for a time: a list of "claims" and "notifications". Topics: "notifications" only.',
        ),
      ),
      _order: optional(
        anything(
          '"fifo": all messages are in order, because the queue is never spread over several objects. Queues only.',
        ),
      ),
      _signing_generation: optional(anything("Any change of it invalidates the URLs signed before.")),
    }),
    v.description(
      "Any members, of any type. Those that begin with `_` are reserved: they change the behaviour of the queue or topic. " +
        "null is the same as no value.",
    ),
  ),
);

const stamp = (which: string) =>
  object(
    {
      age: integer("Seconds since its post."),
      created: time("The time of its post."),
      href: text("The path of the message."),
    },
    `The ${which} message that is neither claimed nor delayed; absent: there is none.`,
  );

const COUNTS = named(
  "MessageCounts",
  object({
    claimed: optional(integer("Messages under a live claim. Topics that exist have no such member.")),
    free: optional(integer("Messages that are not claimed. Topics that exist have no such member.")),
    total: integer("All messages."),
    unreadable: optional(integer("Damaged messages, which are skipped. Absent if none was found.", 1)),
    oldest: optional(stamp("oldest")),
    newest: optional(stamp("newest")),
  }),
);

const EXAMPLE_METADATA = { team: "billing", _default_message_ttl: 600 };
const EXAMPLE_COUNTS = {
  claimed: 0,
  free: 1,
  total: 1,
  oldest: { age: 4, created: TIME, href: `/v2/queues/orders/messages/${IDS.message}` },
  newest: { age: 4, created: TIME, href: `/v2/queues/orders/messages/${IDS.message}` },
};

/** Reads show the defaults of reserved members that are not set. */
function shownMetadata(kind: PlaceWords["kind"], team: string): object {
  return {
    ...EXAMPLE_METADATA,
    team,
    _max_messages_post_size: 262_144,
    _default_message_delay: 0,
    ...(kind === "queue"
      ? {
          _dead_letter_queue: null,
          _dead_letter_queue_messages_ttl: null,
          _max_claim_count: null,
          _enable_encrypt_messages: false,
        }
      : {}),
  };
}

/** The endpoints of queues, or of topics. */
export function placeEndpoints(words: PlaceWords): readonly Endpoint[] {
  return [
    create(words),
    listing(words),
    get(words),
    update(words),
    stats(words),
    figuresEndpoint(words, tagOf(words.kind)),
    purge(words),
    remove(words),
  ];
}

function create({ kind, name }: PlaceWords): Endpoint {
  return {
    id: `${kind}_create`,
    operations: [`${kind}_create`],
    method: "PUT",
    path: PLACE_PATHS[kind],
    tag: tagOf(kind),
    summary: `Create a ${kind}`,
    description:
      `Creates the ${kind} with this metadata. If it exists already, the answer is 204 and nothing changes: use PATCH to change ` +
      `metadata. A post or a subscription also creates the ${kind}, without metadata.\n\n` +
      "The document may have `MAX_QUEUE_METADATA` bytes (65,536).",
    body: { schema: METADATA, isRequired: false, example: EXAMPLE_METADATA },
    answers: {
      201: {
        description: `The ${kind} has been created.`,
        mediaTypes: ["application/json"],
        headers: locationOf(kind, name),
      },
      204: { description: `The ${kind} existed already.`, headers: locationOf(kind, name) },
    },
    failures: [
      "metadata-too-large",
      "metadata-invalid",
      "quota-exceeded",
      "flavor-unknown",
      "pools-missing",
      "place-occupied",
      "disk-full",
    ],
  };
}

function locationOf(kind: PlaceWords["kind"], name: string) {
  return {
    Location: { description: `The path of the ${kind}.`, example: `${COLLECTION_PATHS[kind]}/${name}` },
    ...NOTICE,
  };
}

function listing({ kind, name }: PlaceWords): Endpoint {
  const entry = object({
    name: text(`The name of the ${kind}.`),
    href: text("Its path."),
    metadata: optional(METADATA),
    messages: optional(nullable(COUNTS)),
  });
  const counted = query("with_count", flag("Adds the number of all queues that match, `count`."));
  return {
    id: `${kind}_list`,
    operations: [`${kind}_list`],
    method: "GET",
    path: COLLECTION_PATHS[kind],
    tag: tagOf(kind),
    summary: `List ${kind}s`,
    description:
      `Lists the ${kind}s of the project by name, in pages. Every other parameter of the query filters by metadata: ` +
      `\`?team=billing\` lists those ${kind}s whose metadata has the member \`team\` with the text \`billing\`.`,
    parameters: [
      MARKER,
      limit(`${kind}s`, "MAX_QUEUES_PER_PAGE"),
      query("detailed", flag("Adds the metadata of each.")),
      query("name", text("Lists only those whose name contains this text.")),
      ...(kind === "queue" ? [counted] : []),
      DETAILS,
    ],
    answers: {
      200: {
        description: "A page.",
        schema: object({
          [`${kind}s`]: list(entry, "Sorted by name."),
          links: LINKS,
          count: optional(integer("With `with_count`: how many there are. Absent if there are none.", 1)),
        }),
        example: {
          [`${kind}s`]: [{ name, href: `${COLLECTION_PATHS[kind]}/${name}` }],
          links: nextLink(`${COLLECTION_PATHS[kind]}?limit=5&marker=${name}`),
        },
        headers: NOTICE,
      },
    },
    failures: ["out-of-range"],
  };
}

function get({ kind }: PlaceWords): Endpoint {
  const detailed = object({
    name: text("The name."),
    href: text("The path."),
    metadata: METADATA,
    messages: COUNTS,
  });
  return {
    id: `${kind}_get`,
    operations: [`${kind}_get`],
    method: "GET",
    path: PLACE_PATHS[kind],
    tag: tagOf(kind),
    summary: `Show a ${kind}`,
    description:
      `Answers with the metadata, in which reserved members that are not set have their defaults. A ${kind} that does not exist ` +
      `answers like a new one; ask with \`details=true\` to tell them apart, which also answers with the statistics.`,
    parameters: [DETAILS],
    answers: {
      200: {
        description: `The metadata; with \`details=true\` the ${kind}.`,
        schema: v.union([METADATA, detailed]),
        example: shownMetadata(kind, "billing"),
      },
    },
    failures: [`${kind}-not-found`],
  };
}

const CHANGE = object({
  op: oneOf(
    ["add", "replace", "remove"],
    "`replace` and `remove` need an existing member; reserved ones always count as existing.",
  ),
  path: text("`/metadata/` and the name of the member. `~1` stands for `/`, `~0` for `~`."),
  value: optional(anything("The new value, for `add` and `replace`.")),
});

function update({ kind }: PlaceWords): Endpoint {
  return {
    id: `${kind}_update`,
    operations: [`${kind}_update`],
    method: "PATCH",
    path: PLACE_PATHS[kind],
    tag: tagOf(kind),
    summary: `Change the metadata of a ${kind}`,
    description:
      "Applies all changes or none, and answers with the metadata that results. The Content-Type must be exactly " +
      `\`${PATCH_MEDIA_TYPE}\`.`,
    body: {
      schema: list(CHANGE, "The changes, in their order."),
      isRequired: true,
      mediaType: PATCH_MEDIA_TYPE,
      example: [{ op: "replace", path: "/metadata/team", value: "shipping" }],
    },
    answers: {
      200: {
        description: "The metadata after the changes.",
        schema: METADATA,
        example: shownMetadata(kind, "shipping"),
        headers: NOTICE,
      },
    },
    failures: [
      `${kind}-not-found`,
      "media-type-unsupported",
      "body-empty",
      "patch-invalid",
      "metadata-key-missing",
      "metadata-too-large",
      "metadata-invalid",
      "flavor-unknown",
      "pools-missing",
      "place-occupied",
      ...(kind === "queue" ? (["queue-spread"] as const) : []),
      "disk-full",
    ],
  };
}

function stats({ kind }: PlaceWords): Endpoint {
  const { claimed: _, free: __, ...ofTopic } = EXAMPLE_COUNTS;
  return {
    id: `${kind}_get_stats`,
    operations: [`${kind}_get_stats`],
    method: "GET",
    path: PLACE_PATHS[kind] + BELOW_PLACE.stats,
    tag: tagOf(kind),
    summary: `Count the messages of a ${kind}`,
    description:
      "The numbers of messages, and the oldest and the newest one. Without a message that is neither claimed nor delayed there is " +
      `no \`oldest\` and no \`newest\`. A ${kind} that does not exist has no messages.`,
    answers: {
      200: {
        description: "The statistics.",
        schema: object({ messages: COUNTS }),
        example: { messages: kind === "queue" ? { claimed: 0, free: 0, total: 0 } : { total: ofTopic.total - 1 } },
      },
    },
  };
}

function purge({ kind }: PlaceWords): Endpoint {
  return {
    id: `${kind}_purge`,
    operations: [`${kind}_purge`],
    method: "POST",
    path: PLACE_PATHS[kind] + BELOW_PLACE.purge,
    tag: tagOf(kind),
    summary: `Empty a ${kind}`,
    description:
      "Deletes all messages, all subscriptions, or both. Without a body both. The metadata stays. **There is no way back.**",
    body: {
      schema: object({
        resource_types: list(
          oneOf(["messages", "subscriptions"], "What to delete."),
          "With an empty list nothing is deleted.",
        ),
      }),
      isRequired: false,
      example: { resource_types: ["messages"] },
    },
    answers: { 204: { description: "They are deleted." } },
    failures: ["purge-needs-types", "purge-type-unknown", "body-too-large"],
  };
}

function remove({ kind }: PlaceWords): Endpoint {
  return {
    id: `${kind}_delete`,
    operations: [`${kind}_delete`],
    method: "DELETE",
    path: PLACE_PATHS[kind],
    tag: tagOf(kind),
    summary: `Delete a ${kind}`,
    description:
      `Deletes the ${kind} with its messages${kind === "queue" ? " and claims" : ""}. Subscriptions stay, and get the messages of ` +
      `a new ${kind} of the same name until they expire. **There is no way back.**`,
    answers: { 204: { description: `The ${kind} does not exist any more, or never did.` } },
  };
}

function tagOf(kind: PlaceWords["kind"]): string {
  return kind === "queue" ? "Queues" : "Topics";
}

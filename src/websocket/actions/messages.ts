/** Messages over WebSocket (Zaqar: zaqar/api/v2/endpoints.py). */
import type { Config } from "../../config/config.ts";
import { elementsOf, toText, type Members } from "../../domain/json.ts";
import { noticesOfPost } from "../../domain/notice.ts";
import { idsOf, type Message } from "../../domain/message.ts";
import { Refusal } from "../../domain/refusal.ts";
import {
  deleteMessage,
  deleteMessages,
  getMessage,
  getMessages,
  listMessages,
  postMessages,
} from "../../operations/messages.ts";
import { checksumsFor } from "../../wire/checksum.ts";
import { byteLength } from "../../wire/document.ts";
import { encodeBareMessages, encodePop } from "../../wire/messages.ts";
import { defectivePosting, readPosting } from "../../wire/message-posts.ts";
import { reply } from "../reply.ts";
import {
  DETAILS,
  detailsIn,
  flagOf,
  integerOf,
  onQueue,
  PAGE,
  pageIn,
  segment,
  textOf,
  type Action,
  type QueueActionRequest,
} from "./action.ts";

const MESSAGES = (): string => "/messages";
const MESSAGE = (body: Members): string => `/messages/${segment(body, "message_id")}`;
const MESSAGE_ID = { message_id: { type: "string", isRequired: true } } as const;
const DONE = reply(204, "{}");

export const MESSAGE_ACTIONS = {
  message_post: onQueue(postMessages, "POST", MESSAGES, {
    fields: { messages: { type: "array", isRequired: true } },
    isSignable: true,
    decode: (request) => ({ client: request.client(), ...toPosting(request), idempotency: null }),
    encode: (posted) => {
      const ids = idsOf(posted);
      return reply(201, `{"message_ids":["${ids.join('","')}"]}`, noticesOfPost(posted));
    },
  }),
  message_list: onQueue(listMessages, "GET", MESSAGES, {
    fields: {
      ...PAGE,
      echo: { type: "boolean" },
      include_claimed: { type: "boolean" },
      include_delayed: { type: "boolean" },
      ...DETAILS,
    },
    isSignable: true,
    decode: ({ body, client }) => ({
      client: client(),
      ...pageIn(body),
      echo: flagOf(body, "echo"),
      includeClaimed: flagOf(body, "include_claimed"),
      includeDelayed: flagOf(body, "include_delayed"),
      ...detailsIn(body),
    }),
    encode: async ({ messages, exists }, { config, place, project }) => {
      // Upstream quirk: over HTTP it is an empty list.
      if (exists === false) throw new Refusal({ kind: "queue-not-found", queue: place.name, project });
      return reply(200, `{"messages":${await encodeShown(messages, config)}}`);
    },
  }),
  message_get: onQueue(getMessage, "GET", MESSAGE, {
    fields: { ...MESSAGE_ID, ...DETAILS },
    isSignable: true,
    decode: ({ body }) => ({ id: textOf(body, "message_id"), ...detailsIn(body) }),
    encode: async (message, { config }) => {
      const list = await encodeShown([message], config);
      // Upstream quirk: one object, under the name of a list.
      return reply(200, `{"messages":${list.slice(1, -1)}}`);
    },
  }),
  message_get_many: onQueue(getMessages, "GET", MESSAGES, {
    fields: { message_ids: { type: "array", isRequired: true }, ...DETAILS },
    isSignable: true,
    decode: ({ body }) => ({ ids: listOf(body, "message_ids") ?? [], ...detailsIn(body) }),
    encode: async (messages, { config }) => reply(200, `{"messages":${await encodeShown(messages, config)}}`),
    // As upstream, ids without a message are passed over, even if all are.
    refuse: ({ kind }) => (kind === "message-not-found" ? reply(200, '{"messages":[]}') : null),
  }),
  message_delete: onQueue(deleteMessage, "DELETE", MESSAGE, {
    fields: { ...MESSAGE_ID, claim_id: { type: "string" } },
    isSignable: true,
    decode: ({ body }) => ({ id: textOf(body, "message_id"), claim: textOf(body, "claim_id") || null }),
    encode: () => DONE,
  }),
  message_delete_many: onQueue(deleteMessages, "DELETE", MESSAGES, {
    fields: { message_ids: { type: "array" }, claim_ids: { type: "array" }, pop: { type: "integer" } },
    isSignable: true,
    decode: ({ body }) => ({
      ids: listOf(body, "message_ids"),
      claims: listOf(body, "claim_ids"),
      pop: integerOf(body, "pop"),
    }),
    encode: async ({ popped }, { config }) =>
      popped === null ? DONE : reply(200, encodePop(popped, await checksumsFor(popped, config))),
  }),
} satisfies Readonly<Record<string, Action>>;

/** Limits apply to the size that the document of the same post over HTTP has. */
function toPosting({ body, document, config }: QueueActionRequest) {
  const size = byteLength(`{"messages":${body.get("messages") ?? ""}}`);
  const max = config.limits.maxMessagesPostSize;
  if (size <= max) return { posting: readPosting(document), size };
  return { posting: defectivePosting({ kind: "post-too-large", max, queueMax: null, got: size }), size };
}

/** Upstream quirk: a message shows no claim, also while one holds it. */
async function encodeShown(messages: readonly Message[], config: Config): Promise<string> {
  return encodeBareMessages(messages, null, await checksumsFor(messages, config));
}

/** The texts of a list; null when it is absent. */
function listOf(body: Members, name: string): readonly string[] | null {
  const value = body.get(name);
  if (value === undefined) return null;
  return elementsOf(value).map((element) => {
    const text = toText(element);
    if (text !== null) return text;
    throw new Refusal({ kind: "request-invalid", reason: `The elements of \`${name}\` must be strings.` });
  });
}

/** Queues over WebSocket (Zaqar: zaqar/api/v2/endpoints.py). */
import { EMPTY_OBJECT } from "../../domain/json.ts";
import { noticesOfCreation } from "../../domain/notice.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { createQueue, deleteQueue, getQueue, getQueueStats, listQueues, purgeQueue } from "../../operations/queues.ts";
import { byteLength } from "../../wire/document.ts";
import { COLLECTION_PATHS } from "../../wire/paths.ts";
import { encodeBareEntry, encodeBareStats, toPurgeTypes } from "../../wire/queues.ts";
import { reply, sentence } from "../reply.ts";
import { DETAILS, detailsIn, flagOf, onProject, onQueue, PAGE, pageIn, type Action } from "./action.ts";

const NO_REPLY = reply(204, "{}");

export const QUEUE_ACTIONS = {
  queue_list: onProject(listQueues, "GET", COLLECTION_PATHS.queue, {
    fields: { ...PAGE, detailed: { type: "boolean" }, ...DETAILS },
    decode: ({ body }) => ({ ...pageIn(body), name: null, filters: [], withCount: false, ...detailsIn(body) }),
    encode: ({ entries }, { body }) => {
      const showsMetadata = flagOf(body, "detailed") || flagOf(body, "details");
      const queues = entries.map(({ name, metadata, stats }) =>
        encodeBareEntry(name, showsMetadata ? metadata : null, stats),
      );
      return reply(200, `{"queues":[${queues.join(",")}]}`);
    },
  }),
  queue_create: onQueue(createQueue, "PUT", () => "", {
    fields: { metadata: { type: "object" } },
    decode: ({ body, config }) => {
      const metadata = body.get("metadata") ?? EMPTY_OBJECT;
      const max = config.limits.maxQueueMetadata;
      const got = byteLength(metadata);
      if (got > max) throw new Refusal({ kind: "metadata-too-large", max, document: "put", got });
      return { metadata };
    },
    encode: (creation, { place, body }) => {
      const notices = noticesOfCreation(body.get("metadata") ?? EMPTY_OBJECT, creation, place);
      return sentence(creation.created ? 201 : 204, `Queue ${place.name} created.`, notices);
    },
  }),
  // Upstream quirk: without the reserved keys that HTTP shows with their defaults.
  queue_get: onQueue(getQueue, "GET", () => "", {
    fields: DETAILS,
    decode: ({ body }) => detailsIn(body),
    encode: ({ metadata, stats }, { place }) =>
      reply(200, stats === null ? metadata : encodeBareEntry(place.name, metadata, stats)),
  }),
  queue_delete: onQueue(deleteQueue, "DELETE", () => "", {
    decode: () => undefined,
    encode: (_, { place }) => sentence(204, `Queue ${place.name} removed.`),
  }),
  queue_get_stats: onQueue(getQueueStats, "GET", () => "/stats", {
    decode: () => undefined,
    // Upstream quirk: the statistics of a missing queue are a 404, and zero.
    encode: (stats) => reply(stats.exists ? 200 : 404, encodeBareStats(stats)),
  }),
  queue_purge: onQueue(purgeQueue, "POST", () => "/purge", {
    fields: { resource_types: {} },
    decode: ({ body }) => ({ types: unwrap(toPurgeTypes(body.get("resource_types"))) }),
    encode: () => NO_REPLY,
  }),
} satisfies Readonly<Record<string, Action>>;

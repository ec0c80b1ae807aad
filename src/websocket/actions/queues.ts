/** Queues over WebSocket (Zaqar: zaqar/api/v2/endpoints.py). */
import { EMPTY_OBJECT, type JsonText } from "../../domain/json.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { createQueue, deleteQueue, getQueue, getQueueStats, listQueues, purgeQueue } from "../../operations/queues.ts";
import { byteLength } from "../../wire/document.ts";
import { COLLECTION_PATHS } from "../../wire/paths.ts";
import { encodeBareStats, toPurgeTypes } from "../../wire/queues.ts";
import { reply, sentence } from "../reply.ts";
import { flagOf, onProject, onQueue, PAGE, pageIn, type Action } from "./action.ts";

const NO_REPLY = reply(204, "{}");

export const QUEUE_ACTIONS = {
  queue_list: onProject(listQueues, "GET", COLLECTION_PATHS.queue, {
    fields: { ...PAGE, detailed: { type: "boolean" } },
    decode: ({ body }) => ({ ...pageIn(body), name: null, filters: [], withCount: false }),
    encode: ({ entries }, { body }) => {
      const isDetailed = flagOf(body, "detailed");
      const queues = entries.map(({ name, metadata }) => {
        return `{"name":"${name}"${isDetailed ? `,"metadata":${metadata}` : ""}}`;
      });
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
    encode: ({ created }, { place }) => sentence(created ? 201 : 204, `Queue ${place.name} created.`),
  }),
  // Upstream quirk: without the reserved keys that HTTP shows with their defaults.
  queue_get: onQueue(getQueue, "GET", () => "", {
    decode: () => undefined,
    encode: (metadata: JsonText) => reply(200, metadata),
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
    decode: ({ body }) => ({ types: unwrap(toPurgeTypes(body.get("resource_types"))) }),
    encode: () => NO_REPLY,
  }),
} satisfies Readonly<Record<string, Action>>;

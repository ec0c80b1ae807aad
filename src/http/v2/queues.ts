/** Queues over HTTP (core contract 3). */
import { Refusal, unwrap } from "../../domain/refusal.ts";
import { perform } from "../../operations/operation.ts";
import {
  createQueue,
  deleteQueue,
  getQueue,
  getQueueStats,
  listQueues,
  purgeQueue,
  updateQueue,
} from "../../operations/queues.ts";
import { queueHref } from "../../wire/hrefs.ts";
import { decodeMetadataPatch, PATCH_MEDIA_TYPE } from "../../wire/metadata-patch.ts";
import {
  decodeMetadata,
  decodePurge,
  decodeQueueList,
  encodeMetadata,
  encodeQueueList,
  encodeStats,
} from "../../wire/queues.ts";
import type { MetadataDocument } from "../../domain/failure.ts";
import { created, json, noContent } from "../answer.ts";
import { readBody, readSmallBody } from "../body.ts";
import { on, projectRoute, queueRoute, type QueueVisit, type Site } from "../route.ts";

export function addQueues(site: Site): void {
  const { limits } = site.config;

  projectRoute(site, "/v2/queues", {
    GET: on(listQueues, async ({ context, query }) => {
      const list = unwrap(decodeQueueList(query));
      const { marker, limit, name, filters } = list;
      const withCount = list.withCount === true;
      const page = await perform(context, listQueues, { marker, limit, name, filters, withCount });
      return json(200, encodeQueueList(page, list, limits));
    }),
  });

  queueRoute(site, "/v2/queues/:queue", {
    GET: on(getQueue, async ({ context, queue }) => {
      return json(200, encodeMetadata(await perform(context, getQueue, { queue }), limits));
    }),
    PUT: on(createQueue, async (visit) => {
      const { context, queue } = visit;
      const metadata = unwrap(decodeMetadata(await readMetadata(visit, "put")));
      const outcome = await perform(context, createQueue, { queue, metadata });
      const headers = { Location: queueHref(queue) };
      return outcome.created ? created(headers) : noContent(headers);
    }),
    PATCH: on(updateQueue, async (visit) => {
      const { context, queue, request } = visit;
      if (request.headers.get("Content-Type") !== PATCH_MEDIA_TYPE) {
        throw new Refusal({ kind: "media-type-unsupported", supported: PATCH_MEDIA_TYPE });
      }
      const changes = unwrap(decodeMetadataPatch(await readMetadata(visit, "patch")));
      return json(200, encodeMetadata(await perform(context, updateQueue, { queue, changes }), limits));
    }),
    DELETE: on(deleteQueue, async ({ context, queue }) => {
      await perform(context, deleteQueue, { queue });
      return noContent();
    }),
  });

  queueRoute(site, "/v2/queues/:queue/stats", {
    GET: on(getQueueStats, async ({ context, queue }) => {
      return json(200, encodeStats(queue, await perform(context, getQueueStats, { queue })));
    }),
  });

  queueRoute(site, "/v2/queues/:queue/purge", {
    POST: on(purgeQueue, async (visit) => {
      const { context, queue } = visit;
      const types = unwrap(decodePurge(await readSmallBody(visit)));
      await perform(context, purgeQueue, { queue, types });
      return noContent();
    }),
  });
}

function readMetadata(visit: QueueVisit, document: MetadataDocument): Promise<Uint8Array | null> {
  const max = visit.context.config.limits.maxQueueMetadata;
  return readBody(visit, { max, tooLarge: { kind: "metadata-too-large", max, document } });
}

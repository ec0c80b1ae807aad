/** Queues over HTTP, and the routes that topics share with them. Upstream: zaqar/transport/wsgi/v2_0/queues.py. */
import type { PlaceKind } from "../../domain/place.ts";
import { Refusal, unwrap } from "../../domain/refusal.ts";
import {
  createQueue,
  deleteQueue,
  getQueue,
  getQueueStats,
  listQueues,
  purgeQueue,
  updateQueue,
} from "../../operations/queues.ts";
import { placeHref } from "../../wire/hrefs.ts";
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
import { on, placeRoute, projectRoute } from "../route.ts";
import type { PlaceVisit, Site } from "../visit.ts";
import { BELOW_PLACE, COLLECTION_PATHS } from "../../wire/paths.ts";

/** The operations that the routes of one kind perform. */
interface Verbs {
  readonly list: typeof listQueues;
  readonly create: typeof createQueue;
  readonly get: typeof getQueue;
  readonly update: typeof updateQueue;
  readonly delete: typeof deleteQueue;
  readonly getStats: typeof getQueueStats;
  readonly purge: typeof purgeQueue;
}

export function addQueues(site: Site): void {
  addPlaces(site, "queue", {
    list: listQueues,
    create: createQueue,
    get: getQueue,
    update: updateQueue,
    delete: deleteQueue,
    getStats: getQueueStats,
    purge: purgeQueue,
  });
}

/** The routes of queues, or of topics. */
export function addPlaces(site: Site, kind: PlaceKind, verbs: Verbs): void {
  const { limits } = site.config;

  projectRoute(site, COLLECTION_PATHS[kind], {
    GET: on(verbs.list, async ({ query }, perform) => {
      const list = unwrap(decodeQueueList(kind, query));
      const { marker, limit, name, filters } = list;
      const withCount = list.withCount === true;
      const page = await perform({ marker, limit, name, filters, withCount });
      return json(200, encodeQueueList(kind, page, list, limits));
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.itself, {
    GET: on(verbs.get, async (_, perform) => json(200, encodeMetadata(kind, await perform(), limits))),
    PUT: on(verbs.create, async (visit, perform) => {
      const metadata = unwrap(decodeMetadata(await readMetadata(visit, "put")));
      const outcome = await perform({ metadata });
      const headers = { Location: placeHref(visit.place) };
      return outcome.created ? created(headers) : noContent(headers);
    }),
    PATCH: on(verbs.update, async (visit, perform) => {
      const type = visit.request.headers.get("Content-Type");
      if (type !== PATCH_MEDIA_TYPE) {
        throw new Refusal({ kind: "media-type-unsupported", supported: PATCH_MEDIA_TYPE, got: type });
      }
      const changes = unwrap(decodeMetadataPatch(await readMetadata(visit, "patch")));
      return json(200, encodeMetadata(kind, await perform({ changes }), limits));
    }),
    DELETE: on(verbs.delete, async (_, perform) => {
      await perform();
      return noContent();
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.stats, {
    GET: on(verbs.getStats, async ({ place }, perform) => json(200, encodeStats(place, await perform()))),
  });

  placeRoute(site, kind, BELOW_PLACE.purge, {
    POST: on(verbs.purge, async (visit, perform) => {
      const types = unwrap(decodePurge(await readSmallBody(visit)));
      await perform({ types });
      return noContent();
    }),
  });
}

function readMetadata(visit: PlaceVisit, document: MetadataDocument): Promise<Uint8Array | null> {
  const max = visit.config.limits.maxQueueMetadata;
  return readBody(visit, { max, tooLarge: (got) => ({ kind: "metadata-too-large", max, document, got }) });
}

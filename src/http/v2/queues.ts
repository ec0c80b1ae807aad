/** Queues over HTTP, and the routes that topics share with them. Upstream: zaqar/transport/wsgi/v2_0/queues.py. */
import { detailed } from "../../domain/details.ts";
import { noticesOfChanges, noticesOfCreation } from "../../domain/notice.ts";
import type { Place, PlaceKind } from "../../domain/place.ts";
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
import { getQueueFigures } from "../../operations/overview.ts";
import type { PlaceContext } from "../../operations/context.ts";
import type { Operation } from "../../operations/operation.ts";
import { encodePlaceFigures } from "../../wire/overview.ts";
import { detailsParameter } from "../../wire/query.ts";
import { placeHref } from "../../wire/hrefs.ts";
import { noticeHeaders } from "../../wire/notices.ts";
import { decodeMetadataPatch, PATCH_MEDIA_TYPE } from "../../wire/metadata-patch.ts";
import {
  decodeMetadata,
  decodePurge,
  decodeQueueList,
  encodeDetails,
  encodeMetadata,
  encodeQueueList,
  encodeStats,
  noticesOfFilters,
} from "../../wire/queues.ts";
import type { MetadataDocument } from "../../domain/failure.ts";
import { created, json, noContent } from "../answer.ts";
import { readBody, readSmallBody } from "../body.ts";
import { on, placeRoute, projectRoute } from "../route.ts";
import type { PlaceRequest, RouteDeps } from "../request.ts";
import { BELOW_PLACE, COLLECTION_PATHS } from "../../wire/paths.ts";

const ON_QUEUES = {
  create: createQueue,
  get: getQueue,
  update: updateQueue,
  delete: deleteQueue,
  getStats: getQueueStats,
  getFigures: getQueueFigures,
  purge: purgeQueue,
};

/** The same operation on places of one kind. */
type OfKind<K extends PlaceKind, O> =
  O extends Operation<PlaceContext, infer Input, infer Output>
    ? Operation<PlaceContext<Place<K>>, Input, Output>
    : never;

/** The operations that the routes of one kind perform. */
type PlaceOperations<K extends PlaceKind> = { readonly list: typeof listQueues } & {
  readonly [Name in keyof typeof ON_QUEUES]: OfKind<K, (typeof ON_QUEUES)[Name]>;
};

export function addQueues(deps: RouteDeps): void {
  addPlaces(deps, "queue", { list: listQueues, ...ON_QUEUES });
}

/** The routes of queues, or of topics. */
export function addPlaces<K extends PlaceKind>(deps: RouteDeps, kind: K, operations: PlaceOperations<K>): void {
  const { limits } = deps.config;

  projectRoute(deps, COLLECTION_PATHS[kind], {
    GET: on(operations.list, async ({ query }, perform) => {
      const list = unwrap(decodeQueueList(kind, query));
      const { marker, limit, name, filters } = list;
      const withCount = list.withCount === true;
      const page = await perform({ marker, limit, name, filters, withCount, ...detailed(list.details === true) });
      return json(200, encodeQueueList(kind, page, list, limits), noticeHeaders(noticesOfFilters(kind, filters)));
    }),
  });

  placeRoute(deps, kind, BELOW_PLACE.itself, {
    GET: on(operations.get, async ({ place, query }, perform) => {
      const view = await perform(unwrap(detailsParameter(query)));
      const { metadata, stats } = view;
      return json(200, stats === null ? encodeMetadata(kind, metadata, limits) : encodeDetails(place, view, limits));
    }),
    PUT: on(operations.create, async (request, perform) => {
      const metadata = unwrap(decodeMetadata(await readMetadata(request, "put")));
      const outcome = await perform({ metadata });
      const notices = noticeHeaders(noticesOfCreation(metadata, outcome, request.place));
      const headers = { Location: placeHref(request.place), ...notices };
      return outcome.created ? created(headers) : noContent(headers);
    }),
    PATCH: on(operations.update, async (request, perform) => {
      const type = request.raw.headers.get("Content-Type");
      if (type !== PATCH_MEDIA_TYPE) {
        throw new Refusal({ kind: "media-type-unsupported", supported: PATCH_MEDIA_TYPE, got: type });
      }
      const changes = unwrap(decodeMetadataPatch(await readMetadata(request, "patch")));
      const metadata = encodeMetadata(kind, await perform({ changes }), limits);
      return json(200, metadata, noticeHeaders(noticesOfChanges(changes, request.place)));
    }),
    DELETE: on(operations.delete, async (_, perform) => {
      await perform();
      return noContent();
    }),
  });

  placeRoute(deps, kind, BELOW_PLACE.stats, {
    GET: on(operations.getStats, async ({ place }, perform) => json(200, encodeStats(place, await perform()))),
  });

  if (deps.config.meter) {
    placeRoute(deps, kind, BELOW_PLACE.figures, {
      GET: on(operations.getFigures, async (_, perform) => json(200, encodePlaceFigures(await perform()))),
    });
  }

  placeRoute(deps, kind, BELOW_PLACE.purge, {
    POST: on(operations.purge, async (request, perform) => {
      const types = unwrap(decodePurge(await readSmallBody(request)));
      await perform({ types });
      return noContent();
    }),
  });
}

function readMetadata(request: PlaceRequest, document: MetadataDocument): Promise<Uint8Array | null> {
  const max = request.config.limits.maxQueueMetadata;
  return readBody(request, { max, tooLarge: (got) => ({ kind: "metadata-too-large", max, document, got }) });
}

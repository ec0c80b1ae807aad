/** Messages of queues and topics over HTTP. Upstream: zaqar/transport/wsgi/v2_0/messages.py. */
import { noticesOfPost } from "../../domain/notice.ts";
import type { PlaceKind } from "../../domain/place.ts";
import { unwrap } from "../../domain/refusal.ts";
import { detailed } from "../../domain/details.ts";
import { idsOf, type Posting } from "../../domain/message.ts";
import {
  deleteMessage,
  deleteMessages,
  getMessage,
  getMessages,
  listMessages,
  postMessages,
} from "../../operations/messages.ts";
import { checksumsFor } from "../../wire/checksum.ts";
import {
  decodeMessageDeletion,
  decodeMessageList,
  decodePresentedClaim,
  encodeMessage,
  encodeMessageList,
  encodeMessageSet,
  encodePop,
  encodePosted,
} from "../../wire/messages.ts";
import { decodePosting, defectivePosting } from "../../wire/message-posts.ts";
import { noticeHeaders } from "../../wire/notices.ts";
import { detailsParameter, listParameter } from "../../wire/query.ts";
import { json, noContent } from "../answer.ts";
import { isTooLarge, readUpTo } from "../body.ts";
import { fingerprintOf, readIdempotencyKey } from "../idempotency.ts";
import { either, on, placeRoute } from "../route.ts";
import type { PlaceRequest, RouteDeps } from "../request.ts";
import { BELOW_PLACE } from "../../wire/paths.ts";

export function addMessages(deps: RouteDeps, kind: PlaceKind): void {
  const { config } = deps;

  placeRoute(deps, kind, BELOW_PLACE.messages, {
    POST: on(postMessages, async (request, perform) => {
      const { client, place } = request;
      const key = unwrap(readIdempotencyKey(request.raw.headers));
      const { posting, size, body } = await readPost(request);
      const idempotency = key === null || body === null ? null : { key, fingerprint: await fingerprintOf(body) };
      const block = await perform({ client, size, posting, idempotency });
      const posted = encodePosted(place, idsOf(block));
      return json(201, posted.body, { Location: posted.location, ...noticeHeaders(noticesOfPost(block)) });
    }),
    GET: either(({ query }) => query.has("ids"), answerByIds, answerList),
    DELETE: on(deleteMessages, async ({ query }, perform) => {
      const { popped } = await perform(unwrap(decodeMessageDeletion(query)));
      if (popped === null) return noContent();
      return json(200, encodePop(popped, await checksumsFor(popped, config)));
    }),
  });

  placeRoute(deps, kind, BELOW_PLACE.message, {
    GET: on(getMessage, async ({ place, query, variable }, perform) => {
      const message = await perform({ id: variable("message"), ...unwrap(detailsParameter(query)) });
      const checksums = await checksumsFor([message], config);
      return json(200, encodeMessage(place, message, checksums?.[0] ?? null));
    }),
    DELETE: on(deleteMessage, async ({ query, variable }, perform) => {
      await perform({ id: variable("message"), claim: decodePresentedClaim(query) });
      return noContent();
    }),
  });
}

const answerList = on(listMessages, async ({ client, config, place, query }: PlaceRequest, perform) => {
  const list = unwrap(decodeMessageList(query));
  const page = await perform({
    client,
    marker: list.marker,
    limit: list.limit,
    echo: list.echo ?? false,
    includeClaimed: list.includeClaimed ?? false,
    includeDelayed: list.includeDelayed ?? false,
    ...detailed(list.details === true),
  });
  const checksums = await checksumsFor(page.messages, config);
  return json(200, encodeMessageList(place, list, { ...page, checksums }));
});

const answerByIds = on(getMessages, async ({ config, place, query }: PlaceRequest, perform) => {
  const ids = listParameter(query, "ids") ?? [];
  const messages = await perform({ ids, ...unwrap(detailsParameter(query)) });
  return json(200, encodeMessageSet(place, messages, await checksumsFor(messages, config)));
});

interface ReceivedPost {
  readonly posting: Posting;
  /** Bytes. */
  readonly size: number;
  /** null: it was too large to be read. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** A body that is too large is refused by the queue's object, because the queue is created even then, as in upstream. */
async function readPost(request: PlaceRequest): Promise<ReceivedPost> {
  const max = request.config.limits.maxMessagesPostSize;
  const body = await readUpTo(request, max);
  if (isTooLarge(body)) {
    const posting = defectivePosting({ kind: "post-too-large", max, queueMax: null, got: body.size });
    return { posting, size: body.size, body: null };
  }
  return { posting: decodePosting(body), size: request.contentLength ?? body?.length ?? 0, body };
}

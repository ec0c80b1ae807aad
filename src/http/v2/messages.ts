/** Messages of queues and topics over HTTP (core contract 4). */
import type { PlaceKind } from "../../domain/place.ts";
import { unwrap } from "../../domain/refusal.ts";
import { idsOf, type Posting } from "../../domain/message.ts";
import {
  deleteMessage,
  deleteMessages,
  getMessage,
  getMessages,
  listMessages,
  postMessages,
} from "../../operations/messages.ts";
import { perform } from "../../operations/operation.ts";
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
import { decodePosting, defectivePosting } from "../../wire/postings.ts";
import { listParameter } from "../../wire/query.ts";
import { json, noContent } from "../answer.ts";
import { isTooLarge, readUpTo } from "../body.ts";
import { checksumsFor } from "../checksums.ts";
import { fingerprintOf, readIdempotencyKey } from "../idempotency.ts";
import { on, placeRoute, type PlaceVisit, type Site } from "../route.ts";
import { BELOW_PLACE } from "../../wire/paths.ts";

export function addMessages(site: Site, kind: PlaceKind): void {
  const { config } = site;

  placeRoute(site, kind, BELOW_PLACE.messages, {
    POST: on(postMessages, async (visit) => {
      const { context, client, place } = visit;
      const key = unwrap(readIdempotencyKey(visit.request.headers));
      const { posting, size, body } = await readPosting(visit);
      const idempotency = key === null || body === null ? null : { key, fingerprint: await fingerprintOf(body) };
      const block = await perform(context, postMessages, { place, client, size, posting, idempotency });
      const posted = encodePosted(place, idsOf(block));
      return json(201, posted.body, { Location: posted.location });
    }),
    // Both operations of this method have the same policy rule.
    GET: on(listMessages, (visit) => {
      const ids = listParameter(visit.query, "ids");
      return ids === null ? answerList(visit) : answerIds(visit, ids);
    }),
    DELETE: on(deleteMessages, async ({ context, place, query }) => {
      const deletion = unwrap(decodeMessageDeletion(query));
      const { popped } = await perform(context, deleteMessages, { place, ...deletion });
      if (popped === null) return noContent();
      return json(200, encodePop(popped, await checksumsFor(popped, config)));
    }),
  });

  placeRoute(site, kind, BELOW_PLACE.message, {
    GET: on(getMessage, async ({ context, place, variable }) => {
      const message = await perform(context, getMessage, { place, id: variable("message") });
      const checksums = await checksumsFor([message], config);
      return json(200, encodeMessage(place, message, checksums?.[0] ?? null));
    }),
    DELETE: on(deleteMessage, async ({ context, place, query, variable }) => {
      await perform(context, deleteMessage, { place, id: variable("message"), claim: decodePresentedClaim(query) });
      return noContent();
    }),
  });
}

interface Received {
  readonly posting: Posting;
  /** Bytes. */
  readonly size: number;
  /** null when it was not read. */
  readonly body: Uint8Array<ArrayBuffer> | null;
}

/** A body that is too large is refused by the queue's object, because upstream creates the queue all the same. */
async function readPosting(visit: PlaceVisit): Promise<Received> {
  const max = visit.context.config.limits.maxMessagesPostSize;
  const body = await readUpTo(visit, max);
  if (isTooLarge(body)) {
    const posting = defectivePosting({ kind: "post-too-large", max, queueMax: null, got: body.size });
    return { posting, size: body.size, body: null };
  }
  return { posting: decodePosting(body), size: visit.contentLength ?? body?.length ?? 0, body };
}

async function answerList({ context, client, place, query }: PlaceVisit): Promise<Response> {
  const list = unwrap(decodeMessageList(query));
  const page = await perform(context, listMessages, {
    place,
    client,
    marker: list.marker,
    limit: list.limit,
    echo: list.echo ?? false,
    includeClaimed: list.includeClaimed ?? false,
    includeDelayed: list.includeDelayed ?? false,
  });
  const checksums = await checksumsFor(page.messages, context.config);
  return json(200, encodeMessageList(place, list, { ...page, checksums }));
}

async function answerIds({ context, place }: PlaceVisit, ids: readonly string[]): Promise<Response> {
  const messages = await perform(context, getMessages, { place, ids });
  return json(200, encodeMessageSet(place, messages, await checksumsFor(messages, context.config)));
}

/**
 * Queues and topics on the wire: metadata, lists, statistics, purges. Upstream: zaqar/transport/wsgi/v2_0/queues.py,
 * stats.py, purge.py and their equivalents for topics.
 */
import {
  elementsOf,
  EMPTY_OBJECT,
  isTruthy,
  membersIfValid,
  membersOf,
  toJsonText,
  toObjectText,
  toText,
  typeOf,
  type JsonText,
} from "../domain/json.ts";
import type { QueueName } from "../domain/id.ts";
import { formatUtc } from "../domain/instant.ts";
import type { Limits } from "../domain/limits.ts";
import type { MessageStamp } from "../domain/message.ts";
import { NOTICES_MAX, type Notice } from "../domain/notice.ts";
import type { PageRequest } from "../domain/page.ts";
import type { PurgeType } from "../domain/queue-metadata.ts";
import type { MetadataFilter, QueueFilter, QueuePage, QueueStats, QueueView } from "../domain/queue-view.ts";
import { shownKeys } from "../domain/reserved-metadata.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { nearest } from "../domain/spelling.ts";
import { decodeDocument, decodeObject, type DocumentFailure, type ObjectFailure } from "./document.ts";
import { encodeLinks, messageHref, placeHref, placesHref } from "./hrefs.ts";
import { booleanParameter, encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";

/** The metadata of a PUT; empty without a body. `checkMetadata` validates its reserved keys later. */
export function decodeMetadata(body: Uint8Array | null): Result<JsonText, ObjectFailure> {
  return body === null || body.length === 0 ? ok(EMPTY_OBJECT) : decodeObject(body);
}

/** The metadata in answers. As in upstream, an absent or falsy reserved key has its default. Stored keys keep their order. */
export function encodeMetadata(kind: PlaceKind, metadata: JsonText, limits: Limits): JsonText {
  const shown = new Map(membersIfValid(metadata));
  for (const { key, shown: defaultOf } of shownKeys(kind)) {
    const stored = shown.get(key);
    if (stored === undefined || !isTruthy(stored)) shown.set(key, toJsonText(defaultOf(limits)));
  }
  return toObjectText(shown);
}

/** The parameters of a list. null: not in the request, and so not in the `next` link. */
export interface QueueListQuery extends PageRequest, QueueFilter {
  readonly detailed: boolean | null;
  readonly details: boolean | null;
  readonly withCount: boolean | null;
}

const TOPIC_LIST_PARAMETERS: readonly string[] = ["marker", "limit", "detailed", "name", "details"];
const LIST_PARAMETERS: Readonly<Record<PlaceKind, ReadonlySet<string>>> = {
  queue: new Set([...TOPIC_LIST_PARAMETERS, "with_count"]),
  // Upstream quirk: for topics `with_count` is a metadata filter.
  topic: new Set(TOPIC_LIST_PARAMETERS),
};

export function decodeQueueList(kind: PlaceKind, query: Query): Result<QueueListQuery, "parameter-invalid"> {
  const known = LIST_PARAMETERS[kind];
  const limit = integerParameter(query, "limit");
  if (!limit.ok) return limit;
  const detailed = booleanParameter(query, "detailed");
  if (!detailed.ok) return detailed;
  const details = booleanParameter(query, "details");
  if (!details.ok) return details;
  const withCount = known.has("with_count") ? booleanParameter(query, "with_count") : ok(null);
  if (!withCount.ok) return withCount;
  const filters: MetadataFilter[] = [];
  for (const [key, values] of query) {
    const value = values.at(-1);
    if (!known.has(key) && value !== undefined) filters.push({ key, value });
  }
  return ok({
    marker: textParameter(query, "marker"),
    limit: limit.value,
    detailed: detailed.value,
    details: details.value,
    name: textParameter(query, "name"),
    withCount: withCount.value,
    filters,
  });
}

/**
 * Parameters of other lists and other services, and of other resources here. Upstream quirk: a list takes every parameter that it
 * does not know for a filter, so one that it does not have gives an empty list.
 */
const FOREIGN_PARAMETERS: ReadonlySet<string> = new Set(
  (
    "stats|sort|sort_by|sort_key|sort_keys|sort_dir|order|order_by|offset|page|page_size|per_page|size|count|fields|filter|q|" +
    "query|search|prefix|echo|include_claimed|include_delayed|ids|pop"
  ).split("|"),
);

/** Notices of filters that look like parameters: foreign ones, and misspelt ones. */
export function noticesOfFilters(kind: PlaceKind, filters: readonly MetadataFilter[]): readonly Notice[] {
  const notices: Notice[] = [];
  for (const { key: name } of filters.slice(0, NOTICES_MAX)) {
    const suggestion = nearest(name, LIST_PARAMETERS[kind]);
    if (suggestion !== null || FOREIGN_PARAMETERS.has(name))
      notices.push({ kind: "filter-suspicious", name, suggestion });
  }
  return notices;
}

/** A page with a `next` link. Upstream quirks: the link lacks the metadata filters, and a count of 0 is left out. */
export function encodeQueueList(kind: PlaceKind, page: QueuePage, query: QueueListQuery, limits: Limits): string {
  const showsMetadata = query.detailed === true || query.details === true;
  const entries = page.entries.map(({ name, metadata, stats }) => {
    return encodeEntry({ kind, name }, showsMetadata ? encodeMetadata(kind, metadata, limits) : null, stats);
  });
  const last = page.entries.at(-1)?.name ?? null;
  const parameters = encodeQuery([
    ["marker", query.marker === null ? null : last],
    ["limit", query.limit],
    ["detailed", query.detailed],
    ["name", query.name],
    ["with_count", query.withCount],
    ["details", query.details],
    ["marker", query.marker === null ? last : null],
  ]);
  const links = encodeLinks(last === null ? null : `${placesHref(kind)}?${parameters}`);
  const count = page.count === null || page.count === 0 ? "" : `,"count":${page.count}`;
  return `{"${kind}s":[${entries.join(",")}],"links":${links}${count}}`;
}

/** A queue or topic with its details. Ours. */
export function encodeDetails(place: Place, { metadata, stats }: QueueView, limits: Limits): string {
  return encodeEntry(place, encodeMetadata(place.kind, metadata, limits), stats);
}

function encodeEntry(place: Place, metadata: JsonText | null, stats: Shown): string {
  const head = `"name":"${place.name}","href":"${placeHref(place)}"`;
  return encodeMembers(head, metadata, stats, (counts) => encodeCounts(place, counts));
}

/** A queue in WebSocket replies, which have no hrefs. `metadata` null: it is not shown. */
export function encodeBareEntry(name: QueueName, metadata: JsonText | null, stats: Shown): string {
  return encodeMembers(`"name":"${name}"`, metadata, stats, encodeBareCounts);
}

/** Statistics in an entry. null: they could not be read; undefined: they were not requested. */
type Shown = QueueStats | null | undefined;

function encodeMembers(
  head: string,
  metadata: JsonText | null,
  stats: Shown,
  encode: (counts: QueueStats) => string,
): string {
  const shown = metadata === null ? "" : `,"metadata":${metadata}`;
  const messages = stats === undefined ? "" : `,"messages":${stats === null ? "null" : encode(stats)}`;
  return `{${head}${shown}${messages}}`;
}

/**
 * `oldest` and `newest` are absent, not null, when there is no visible message. Upstream quirk: the statistics of an existing
 * topic have no `claimed` and `free`, those of a missing topic have both.
 */
export function encodeStats(place: Place, stats: QueueStats): string {
  return `{"messages":${encodeCounts(place, stats)}}`;
}

function encodeCounts(place: Place, stats: QueueStats): string {
  const hidesClaims = place.kind === "topic" && stats.exists;
  return encodeCountsWith(stats, hidesClaims, ({ id, age, createdAt }) => {
    return { age, created: formatUtc(createdAt), href: messageHref(place, id) };
  });
}

/** The statistics of a queue in WebSocket replies, which have no hrefs. */
export function encodeBareStats(stats: QueueStats): string {
  return `{"messages":${encodeBareCounts(stats)}}`;
}

function encodeBareCounts(stats: QueueStats): string {
  return encodeCountsWith(stats, false, ({ id, age, createdAt }) => ({ id, age, created: formatUtc(createdAt) }));
}

function encodeCountsWith(
  { claimed, free, oldest, newest, unreadable = 0 }: QueueStats,
  hidesClaims: boolean,
  toStamp: (stamp: MessageStamp) => object,
): string {
  const messages = {
    ...(hidesClaims ? {} : { claimed, free }),
    total: claimed + free,
    // Ours: the number of damaged messages, shown only if there are any.
    ...(unreadable === 0 ? {} : { unreadable }),
    ...(oldest === null ? {} : { oldest: toStamp(oldest) }),
    ...(newest === null ? {} : { newest: toStamp(newest) }),
  };
  return JSON.stringify(messages);
}

const PURGE_TYPES: readonly PurgeType[] = ["messages", "subscriptions"];

/** The types to purge. Without a body all types, with an empty list none. */
export function decodePurge(
  body: Uint8Array | null,
): Result<readonly PurgeType[], DocumentFailure | "purge-needs-types" | "purge-type-unknown"> {
  if (body === null || body.length === 0) return ok(PURGE_TYPES);
  const document = decodeDocument(body);
  if (!document.ok) return document;
  const types = typeOf(document.value) === "object" ? membersOf(document.value).get("resource_types") : undefined;
  return types === undefined ? err({ kind: "purge-needs-types" }) : toPurgeTypes(types);
}

/** The types in a `resource_types`; all when it is absent. */
export function toPurgeTypes(types: JsonText | undefined): Result<readonly PurgeType[], "purge-type-unknown"> {
  if (types === undefined) return ok(PURGE_TYPES);
  if (typeOf(types) !== "array") return err({ kind: "purge-type-unknown" });
  const wanted: PurgeType[] = [];
  for (const element of elementsOf(types)) {
    const text = toText(element);
    const type = PURGE_TYPES.find((known) => known === text);
    if (type === undefined) return err({ kind: "purge-type-unknown" });
    wanted.push(type);
  }
  return ok(wanted);
}

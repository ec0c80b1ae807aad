/** Queues on the wire: metadata, pages, statistics, purges (core contract 3). */
import type { MessageId, QueueName } from "../domain/id.ts";
import {
  elementsOf,
  EMPTY_OBJECT,
  isTruthy,
  membersOf,
  toJsonText,
  toObjectText,
  toText,
  typeOf,
  type JsonText,
} from "../domain/json.ts";
import type { Limits } from "../domain/limits.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { EpochMs, Seconds } from "../domain/time.ts";
import { decodeObject, decodeDocument } from "./document.ts";
import { encodeLinks, messageHref, queueHref } from "./hrefs.ts";
import { booleanParameter, encodeQuery, integerParameter, textParameter, type Query } from "./query.ts";

/** The metadata of a PUT; no body is none. Its reserved keys are the queue's to check. */
export function decodeMetadata(body: Uint8Array | null): Result<JsonText> {
  return body === null || body.length === 0 ? ok(EMPTY_OBJECT) : decodeObject(body);
}

/**
 * Metadata as reads show it: a reserved key that is absent or falsy appears with its default (core contract 3.3).
 * Stored keys keep their places.
 */
export function encodeMetadata(metadata: JsonText, limits: Limits): JsonText {
  const shown = new Map(membersOf(metadata));
  for (const [key, value] of reservedDefaults(limits)) {
    const stored = shown.get(key);
    if (stored === undefined || !isTruthy(stored)) shown.set(key, toJsonText(value));
  }
  return toObjectText(shown);
}

function reservedDefaults(limits: Limits): readonly (readonly [key: string, value: number | boolean | null])[] {
  return [
    ["_max_messages_post_size", limits.maxMessagesPostSize],
    ["_default_message_ttl", limits.defaultMessageTtl],
    ["_default_message_delay", limits.defaultMessageDelay],
    ["_dead_letter_queue", null],
    ["_dead_letter_queue_messages_ttl", null],
    ["_max_claim_count", null],
    ["_enable_encrypt_messages", false],
  ];
}

/** The parameters of a list, null where the client gave none: the next link repeats what was given. */
export interface QueueListQuery {
  readonly marker: string | null;
  readonly limit: number | null;
  readonly detailed: boolean | null;
  readonly name: string | null;
  readonly withCount: boolean | null;
  /** Every other parameter asks for equality with a stored metadata key. */
  readonly filters: readonly { readonly key: string; readonly value: string }[];
}

const LIST_PARAMETERS: ReadonlySet<string> = new Set(["marker", "limit", "detailed", "name", "with_count"]);

export function decodeQueueList(query: Query): Result<QueueListQuery> {
  const limit = integerParameter(query, "limit");
  if (!limit.ok) return limit;
  const detailed = booleanParameter(query, "detailed");
  if (!detailed.ok) return detailed;
  const withCount = booleanParameter(query, "with_count");
  if (!withCount.ok) return withCount;
  const filters: { key: string; value: string }[] = [];
  for (const [key, values] of query) {
    const value = values.at(-1);
    if (!LIST_PARAMETERS.has(key) && value !== undefined) filters.push({ key, value });
  }
  return ok({
    marker: textParameter(query, "marker"),
    limit: limit.value,
    detailed: detailed.value,
    name: textParameter(query, "name"),
    withCount: withCount.value,
    filters,
  });
}

export interface QueueList {
  readonly queues: readonly { readonly name: QueueName; readonly metadata: JsonText }[];
  readonly count: number | null;
}

/** A page with its next link. Upstream quirks: the link loses metadata filters; a count of 0 is left out. */
export function encodeQueueList(page: QueueList, query: QueueListQuery, limits: Limits): string {
  const queues = page.queues.map(({ name, metadata }) => {
    const details = query.detailed === true ? `,"metadata":${encodeMetadata(metadata, limits)}` : "";
    return `{"name":"${name}","href":"${queueHref(name)}"${details}}`;
  });
  const last = page.queues.at(-1)?.name ?? null;
  const parameters = encodeQuery([
    ["marker", query.marker === null ? null : last],
    ["limit", query.limit],
    ["detailed", query.detailed],
    ["name", query.name],
    ["with_count", query.withCount],
    ["marker", query.marker === null ? last : null],
  ]);
  const links = encodeLinks(last === null ? null : `/v2/queues?${parameters}`);
  const count = page.count === null || page.count === 0 ? "" : `,"count":${page.count}`;
  return `{"queues":[${queues.join(",")}],"links":${links}${count}}`;
}

interface Stamp {
  readonly id: MessageId;
  readonly age: Seconds;
  readonly createdAt: EpochMs;
}

/** `oldest` and `newest` are absent, not null, when there is no message to show. */
export function encodeStats(
  queue: QueueName,
  stats: {
    readonly claimed: number;
    readonly free: number;
    readonly oldest: Stamp | null;
    readonly newest: Stamp | null;
  },
): string {
  const { claimed, free, oldest, newest } = stats;
  const messages = {
    claimed,
    free,
    total: claimed + free,
    ...(oldest === null ? {} : { oldest: toStampJson(queue, oldest) }),
    ...(newest === null ? {} : { newest: toStampJson(queue, newest) }),
  };
  return JSON.stringify({ messages });
}

function toStampJson(queue: QueueName, { id, age, createdAt }: Stamp): object {
  const created = `${new Date(createdAt).toISOString().slice(0, 19)}Z`;
  return { age, created, href: messageHref(queue, id) };
}

/** What a purge deletes. */
export type PurgeType = "messages" | "subscriptions";

const PURGE_TYPES: readonly PurgeType[] = ["messages", "subscriptions"];

/** No body purges everything; an empty list purges nothing. */
export function decodePurge(body: Uint8Array | null): Result<readonly PurgeType[]> {
  if (body === null || body.length === 0) return ok(PURGE_TYPES);
  const document = decodeDocument(body);
  if (!document.ok) return document;
  const types = typeOf(document.value) === "object" ? membersOf(document.value).get("resource_types") : undefined;
  if (types === undefined) return err({ kind: "purge-needs-types" });
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

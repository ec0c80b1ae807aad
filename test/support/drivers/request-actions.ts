/** The action that corresponds to each request over HTTP, and the answer over HTTP that corresponds to its reply. */
import { skip } from "./http-only.ts";
import type { SendOptions } from "./request.ts";

type Document = Readonly<Record<string, unknown>>;

/** An action, and the conversion of its reply to an answer. */
export interface Mapped {
  readonly action: string;
  readonly body: Document;
  /** The members, whose texts are put into the frame unchanged. */
  readonly raw?: string;
  /** A status that differs over HTTP. */
  readonly special?: number;
  readonly toAnswer?: (body: unknown, status: number) => Partial<{ status: number; json: unknown; location: string }>;
}

/** The title of refusals in frames, which have none. `toRefuse` ignores it. */
export const UNTITLED = "(no title over frames)";

/** null: no action corresponds to the request. */
export function toAction(method: string, path: string, options: SendOptions): Mapped | null {
  const { pathname, searchParams } = new URL(path, "http://zaqar.test");
  const [root, version, collection, name, below, id, resource, ...rest] = pathname.split("/");
  if (root !== "" || version !== "v2" || collection !== "queues" || rest.length > 0) return null;
  if (name === undefined) return method === "GET" ? toQueueList(searchParams) : null;
  const place = { queue_name: name };
  const key = `${method} ${below ?? ""}${id === undefined ? "" : "/"}${resource ?? ""}`;
  const request = { place, id: id ?? "", query: searchParams, options };
  return MAPPINGS[key]?.(request) ?? null;
}

interface Request {
  readonly place: { readonly queue_name: string };
  readonly id: string;
  readonly query: URLSearchParams;
  readonly options: SendOptions;
}

const MAPPINGS: Readonly<Record<string, (request: Request) => Mapped | null>> = {
  "PUT ": ({ place, options }) => ({
    action: "queue_create",
    body: place,
    raw: `{"metadata":${textOf(options, "{}")}}`,
    toAnswer: () => ({ location: `/v2/queues/${place.queue_name}` }),
  }),
  "DELETE ": ({ place }) => ({ action: "queue_delete", body: place }),
  "GET stats": ({ place }) => ({
    action: "queue_get_stats",
    body: place,
    special: 404,
    toAnswer: (body, status) => ({ status: status === 404 ? 200 : status, json: withHrefs(place.queue_name, body) }),
  }),
  "POST purge": ({ place, options }) => ({ action: "queue_purge", body: place, raw: textOf(options, "{}") }),
  "POST messages": ({ place, options }) => ({
    action: "message_post",
    body: place,
    raw: textOf(options, null),
    toAnswer: (body) => {
      const base = `/v2/queues/${place.queue_name}/messages`;
      const ids = (body as { message_ids?: readonly string[] }).message_ids ?? [];
      const location = ids.length > 20 ? base : `${base}?ids=${ids.join(",")}`;
      return { json: { resources: ids.map((each) => `${base}/${each}`) }, location };
    },
  }),
  "GET messages": (request) => (request.query.has("ids") ? toGetMany(request) : toMessageList(request)),
  "GET messages/": ({ place, id, query }) => ({
    action: "message_get",
    body: { ...place, message_id: id, ...flags(query, ["details"]) },
    toAnswer: (body) => ({ json: toMessage(place.queue_name, (body as { messages: Shown }).messages) }),
  }),
  "DELETE messages": ({ place, query }) => ({
    action: "message_delete_many",
    body: {
      ...place,
      ...(query.has("ids") ? { message_ids: textsOf(query, "ids") } : {}),
      ...(query.has("claim_ids") ? { claim_ids: textsOf(query, "claim_ids") } : {}),
      ...integers(query, ["pop"]),
    },
    toAnswer: (body) => ({ json: body }),
  }),
  "DELETE messages/": ({ place, id, query }) => ({
    action: "message_delete",
    body: { ...place, message_id: id, ...texts(query, ["claim_id"]) },
  }),
  "POST claims": ({ place, query, options }) => ({
    action: "claim_create",
    body: { ...place, ...integers(query, ["limit"]), ...flags(query, ["details"]) },
    raw: withoutLimit(textOf(options, "{}")),
    toAnswer: (body, status) => {
      if (status === 204) return {};
      const { claim_id: claim, messages } = body as { claim_id: string; messages: readonly Shown[] };
      const list = messages.map((message) => toMessage(place.queue_name, message));
      return { json: { messages: list }, location: `/v2/queues/${place.queue_name}/claims/${claim}` };
    },
  }),
  "GET claims/": ({ place, id, query }) => ({
    action: "claim_get",
    body: { ...place, claim_id: id, ...flags(query, ["details"]) },
    toAnswer: (body) => {
      const { messages, ...rest } = body as { messages: readonly Shown[] };
      const list = messages.map((message) => toMessage(place.queue_name, message));
      return { json: { ...rest, messages: list, href: `/v2/queues/${place.queue_name}/claims/${id}` } };
    },
  }),
  "PATCH claims/": ({ place, id, options }) => ({
    action: "claim_update",
    body: { ...place, claim_id: id },
    raw: textOf(options, null),
  }),
  "DELETE claims/": ({ place, id }) => ({ action: "claim_delete", body: { ...place, claim_id: id } }),
  "POST claims/settle": ({ place, id, options }) => ({
    action: "claim_settle",
    body: { ...place, claim_id: id },
    raw: textOf(options, null),
  }),
  "GET subscriptions": ({ place, query }) => ({
    action: "subscription_list",
    body: { ...place, ...texts(query, ["marker"]), ...integers(query, ["limit"]), ...flags(query, ["details"]) },
    toAnswer: (body) => {
      const { subscriptions } = body as { subscriptions: readonly { id: string }[] };
      return { json: { subscriptions, links: toLinks(place.queue_name, "subscriptions", subscriptions, query) } };
    },
  }),
  "POST subscriptions": ({ place, options }) => ({
    action: "subscription_create",
    body: place,
    raw: textOf(options, null),
    special: 409,
    toAnswer: (body, status) => {
      if (status === 409) skip("a subscriber that is known is 409 at once");
      if (subscriberOf(options) === "") skip("without a subscriber a connection subscribes itself");
      const { subscription_id: id } = body as { subscription_id: string };
      return { json: { subscription_id: id }, location: `/v2/queues/${place.queue_name}/subscriptions` };
    },
  }),
  "GET subscriptions/": ({ place, id, query }) => ({
    action: "subscription_get",
    body: { ...place, subscription_id: id, ...flags(query, ["details"]) },
    toAnswer: (body) => ({ json: body }),
  }),
  "DELETE subscriptions/": ({ place, id }) => ({
    action: "subscription_delete",
    body: { ...place, subscription_id: id },
  }),
};

function subscriberOf(options: SendOptions): unknown {
  const { subscriber = "" } = JSON.parse(textOf(options, "{}")) as { readonly subscriber?: unknown };
  return subscriber;
}

function toQueueList(query: URLSearchParams): Mapped | null {
  const known = ["marker", "limit", "detailed"];
  // Filters and counts exist over HTTP only.
  if ([...query.keys()].some((name) => !known.includes(name)) || query.get("detailed") === "true") return null;
  return {
    action: "queue_list",
    body: { ...texts(query, ["marker"]), ...integers(query, ["limit"]) },
    toAnswer: (body) => {
      const { queues } = body as { queues: readonly { name: string }[] };
      const last = queues.at(-1)?.name;
      return {
        json: {
          queues: queues.map((queue) => ({ ...queue, href: `/v2/queues/${queue.name}` })),
          links: last === undefined ? [] : [{ rel: "next", href: `/v2/queues?marker=${last}${limitOf(query)}` }],
        },
      };
    },
  };
}

function toMessageList({ place, query }: Request): Mapped {
  return {
    action: "message_list",
    special: 404,
    body: {
      ...place,
      ...texts(query, ["marker"]),
      ...integers(query, ["limit"]),
      ...flags(query, ["echo", "include_claimed", "include_delayed", "details"]),
    },
    toAnswer: (body, status) => {
      // Over HTTP the list of a missing queue is empty.
      if (status === 404) return { status: 200, json: { messages: [], links: [] } };
      const { messages } = body as { messages: readonly Shown[] };
      const list = messages.map((message) => toMessage(place.queue_name, message));
      return { json: { messages: list, links: toLinks(place.queue_name, "messages", list, query) } };
    },
  };
}

function toGetMany({ place, query }: Request): Mapped {
  return {
    action: "message_get_many",
    body: { ...place, message_ids: textsOf(query, "ids"), ...flags(query, ["details"]) },
    toAnswer: (body) => {
      const { messages } = body as { messages: readonly Shown[] };
      // Required over HTTP.
      if (messages.length === 0)
        return { status: 404, json: { title: UNTITLED, description: "No message.", code: "message-not-found" } };
      return { json: { messages: messages.map((message) => toMessage(place.queue_name, message)) } };
    },
  };
}

interface Shown {
  readonly id: string;
  readonly claim_id: string | null;
}

function toMessage(
  queue: string,
  { claim_id: claim, ...message }: Shown,
): { readonly id: string; readonly href: string } {
  const claimed = claim === null ? "" : `?claim_id=${claim}`;
  const href = `/v2/queues/${queue}/messages/${message.id}${claimed}`;
  return { ...message, href };
}

function withHrefs(queue: string, body: unknown): unknown {
  const { messages } = body as { messages: Document };
  const toStamp = ({ id, ...stamp }: { id: string }) => ({ ...stamp, href: `/v2/queues/${queue}/messages/${id}` });
  const stamps = Object.entries(messages).map(([name, value]) =>
    typeof value === "object" ? [name, toStamp(value as { id: string })] : [name, value],
  );
  return { messages: Object.fromEntries(stamps) as unknown };
}

function toLinks(
  queue: string,
  collection: string,
  entries: readonly { readonly id: string }[],
  query: URLSearchParams,
): readonly object[] {
  const last = entries.at(-1)?.id;
  if (last === undefined) return [];
  const further = new URLSearchParams(query);
  further.set("marker", last);
  return [{ rel: "next", href: `/v2/queues/${queue}/${collection}?${further.toString()}` }];
}

function limitOf(query: URLSearchParams): string {
  const limit = query.get("limit");
  return limit === null ? "" : `&limit=${limit}`;
}

/** The text of the request's document, which has to be an object. `absent`: the text if there is none. */
function textOf({ body, chunked, contentLength }: SendOptions, absent: string | null): string {
  if (chunked === true || contentLength !== undefined) skip("a frame has no length of its own to state");
  if (body === undefined && absent !== null) return absent;
  if (body === undefined || body instanceof Uint8Array) skip("a frame always has a body, and it is text");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text;
  } catch {
    // Not JSON.
  }
  return skip("a document that is no object is a defect of the frame");
}

/** Over HTTP the limit of a claim is in the query, and a limit in the document is ignored. */
function withoutLimit(text: string): string {
  const { limit: _, ...rest } = JSON.parse(text) as Document;
  return "limit" in (JSON.parse(text) as Document) ? JSON.stringify(rest) : text;
}

function texts(query: URLSearchParams, names: readonly string[]): Document {
  return Object.fromEntries(names.flatMap((name) => (query.has(name) ? [[name, query.get(name)]] : [])));
}

function textsOf(query: URLSearchParams, name: string): readonly string[] {
  return query.getAll(name).flatMap((value) => value.split(",").filter((text) => text !== ""));
}

function integers(query: URLSearchParams, names: readonly string[]): Document {
  const entries = names.flatMap((name) => {
    const text = query.get(name);
    if (text === null || text === "") return [];
    if (!/^-?\d+$/.test(text)) skip("a number in a frame is no text");
    return [[name, Number(text)]];
  });
  return Object.fromEntries(entries) as Document;
}

function flags(query: URLSearchParams, names: readonly string[]): Document {
  const entries = names.flatMap((name) => {
    const text = query.get(name);
    if (text === null) return [];
    if (text !== "true" && text !== "false") skip("a flag in a frame is no text");
    return [[name, text === "true"]];
  });
  return Object.fromEntries(entries) as Document;
}

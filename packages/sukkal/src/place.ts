/** What queues and topics have in common: metadata, messages, subscriptions. */
import { unlessMissing } from "./error.ts";
import type { PlaceFigures } from "./figures.ts";
import { type JsonText, toJson } from "./json-text.ts";
import { toMessages, type Message } from "./message.ts";
import { toDetails, toStats } from "./place-details.ts";
import type { Metadata, PlaceDetails, Stats, WirePlace, WireStats } from "./place-details.ts";
import { Subscriptions } from "./subscriptions.ts";
import { nameOf, type List, type PageOptions, type Signal, type Transport } from "./transport.ts";

export interface PostOptions extends Signal {
  /** Seconds. Default: the queue's. */
  readonly ttl?: number | undefined;
  /** Seconds until it can be claimed. A queue without `_default_message_delay` ignores it. */
  readonly delay?: number | undefined;
  /** Default: a random one. Posts with the same key and the same messages are stored once. */
  readonly idempotencyKey?: string | undefined;
  /** The trace that the messages are a part of (W3C Trace Context). */
  readonly traceparent?: string | undefined;
}

export interface ListOptions extends PageOptions {
  /** Whether it lists messages that were posted with the own Client-ID. Default: true. */
  readonly echo?: boolean | undefined;
  /** Whether it lists claimed messages. Default: false. */
  readonly includeClaimed?: boolean | undefined;
  /** Whether it lists delayed messages. Default: false. */
  readonly includeDelayed?: boolean | undefined;
}

export interface DeleteOptions extends Signal {
  /** The claims of the messages, where the service requires them (`MESSAGE_DELETE_WITH_CLAIM_ID`). */
  readonly claims?: readonly string[] | undefined;
}

/** The most ids of a request, unless the service has other settings. */
const IDS_MAX = 20;
const PATCH_TYPE = "application/openstack-messaging-v2.0-json-patch";

export abstract class Place<T, S extends Stats = Stats> {
  readonly name: string;
  readonly subscriptions: Subscriptions;
  protected readonly transport: Transport;
  protected readonly path: string;

  constructor(transport: Transport, collection: "queues" | "topics", name: string) {
    this.transport = transport;
    this.name = name;
    this.path = `/v2/${collection}/${encodeURIComponent(name)}`;
    this.subscriptions = new Subscriptions(transport, this.path);
  }

  /** Creates it unless it exists. A post does so too. The metadata of one that exists stays as it is: `ensure` changes it. */
  create(metadata: Metadata = {}, options?: Signal): Promise<void> {
    return this.transport.call("PUT", this.path, options, { body: metadata });
  }

  /** Creates it, or changes the members of its metadata as `update` does. Returns the metadata. */
  async ensure(metadata: Metadata, options?: Signal): Promise<Metadata> {
    // An update first: mostly it exists, and then a creation would only cause a notice.
    const updated = await unlessMissing(this.update(metadata, options));
    if (updated !== null) return updated;
    await this.create(metadata, options);
    // A post may have created it before.
    return this.update(metadata, options);
  }

  /** Its metadata, with the defaults of reserved names. Reading what does not exist gives defaults, and creates nothing. */
  metadata(options?: Signal): Promise<Metadata> {
    return this.transport.get(this.path, options);
  }

  /** Its metadata and statistics; null: it does not exist. */
  async details(options?: Signal): Promise<PlaceDetails | null> {
    const call = this.transport.get<WirePlace>(this.path, { ...options, details: true });
    const place = await unlessMissing(call);
    return place && toDetails(place);
  }

  async exists(options?: Signal): Promise<boolean> {
    return (await this.details(options)) !== null;
  }

  /** Sets members of its metadata, and removes those whose value is undefined. Others stay. Returns the metadata. */
  update(changes: Metadata, options?: Signal): Promise<Metadata> {
    const body = Object.entries(changes).flatMap(([name, value]): readonly object[] => {
      const path = `/metadata/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      // The removal of a member that is missing is refused, and so would be that of a repeated request.
      if (value === undefined)
        return [
          { op: "add", path, value: null },
          { op: "remove", path },
        ];
      return [{ op: "add", path, value }];
    });
    return this.transport.call("PATCH", this.path, options, { headers: { "Content-Type": PATCH_TYPE }, body });
  }

  /** Deletes it with its messages. */
  delete(options?: Signal): Promise<void> {
    return this.transport.call("DELETE", this.path, options);
  }

  async stats(options?: Signal): Promise<S> {
    const { messages } = await this.transport.get<{ readonly messages: WireStats }>(`${this.path}/stats`, options);
    // The service leaves the numbers of claims out for topics only.
    return toStats(messages) as S;
  }

  /** Its figures and its consumers, for which it is asked itself. */
  figures(options?: Signal): Promise<PlaceFigures> {
    return this.transport.get(`${this.path}/figures`, options);
  }

  /** Deletes its messages, except claimed ones, its subscriptions, or both. */
  purge(what: readonly ("messages" | "subscriptions")[], options?: Signal): Promise<void> {
    const body = { resource_types: what };
    return this.transport.call("POST", `${this.path}/purge`, options, { body, isRepeatable: true });
  }

  /** Posts a message and returns its id. */
  async post(body: T | JsonText, options: PostOptions = {}): Promise<string> {
    const [id = ""] = await this.postMany([body], options);
    return id;
  }

  /** Posts messages, all or none, and returns their ids. At most 256 KiB, unless the service allows more. */
  async postMany(bodies: readonly (T | JsonText)[], options: PostOptions = {}): Promise<string[]> {
    if (bodies.length === 0) return [];
    return this.postTexts(
      bodies.map((body) => toMessageText(body, options)),
      options,
    );
  }

  /** @internal Posts messages that `toMessageText` has made. */
  async postTexts(texts: readonly string[], { idempotencyKey, traceparent, signal }: PostOptions): Promise<string[]> {
    const { document } = await this.transport.send({
      method: "POST",
      path: `${this.path}/messages`,
      headers: { "Idempotency-Key": idempotencyKey ?? crypto.randomUUID(), traceparent },
      body: `{"messages":[${texts.join(",")}]}`,
      isRepeatable: true,
      signal,
    });
    return (document as { readonly resources: readonly string[] }).resources.map(nameOf);
  }

  /** All messages in post order, page by page. It takes nothing. */
  messages(options: ListOptions = {}): List<Message<T>> {
    const { echo = true, includeClaimed, includeDelayed, ...page } = options;
    const query = { ...page, echo, details: true, include_claimed: includeClaimed, include_delayed: includeDelayed };
    return this.transport.list(`${this.path}/messages`, query, (_, answer) => toMessages<T>(answer));
  }

  /** A message; null: it does not exist, or no longer. */
  async get(id: string, options?: Signal): Promise<Message<T> | null> {
    const [message = null] = await this.getMany([id], options);
    return message;
  }

  /** The messages that exist, claimed and delayed ones too. */
  async getMany(ids: readonly string[], { signal }: Signal = {}): Promise<Message<T>[]> {
    const messages: Message<T>[] = [];
    const path = `${this.path}/messages`;
    for (const part of partsOf(ids)) {
      const query = { ids: part, details: true };
      const answer = await unlessMissing(this.transport.send({ method: "GET", path, query, signal }));
      if (answer !== null) messages.push(...toMessages<T>(answer));
    }
    return messages;
  }

  /** Deletes messages, also those that a consumer has claimed and is working on. Those that do not exist are ignored. */
  async deleteMessages(ids: readonly string[], options: DeleteOptions = {}): Promise<void> {
    for (const part of partsOf(ids)) {
      const query = { ids: part, claim_ids: options.claims };
      await this.transport.call("DELETE", `${this.path}/messages`, options, { query });
    }
  }
}

/** One message of a post, as text. */
export function toMessageText(body: unknown, { ttl, delay }: Pick<PostOptions, "ttl" | "delay">): string {
  const members = (ttl === undefined ? "" : `,"ttl":${ttl}`) + (delay === undefined ? "" : `,"delay":${delay}`);
  return `{"body":${toJson(body)}${members}}`;
}

/** Ids in groups that one request can name. */
function* partsOf(ids: readonly string[]): Generator<readonly string[], void, undefined> {
  for (let from = 0; from < ids.length; from += IDS_MAX) yield ids.slice(from, from + IDS_MAX);
}

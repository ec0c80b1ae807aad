/** What queues and topics have in common: metadata, messages, subscriptions. */
import { type JsonText, toJson } from "./json-text.ts";
import { toMessages, type Message, type MessageDocument } from "./message.ts";
import { Subscriptions } from "./subscriptions.ts";
import { SukkalError } from "./error.ts";
import type { Signal, Transport } from "./transport.ts";

/** JSON values by name. Names that begin with `_` are reserved: they change the behaviour of the queue. */
export type Metadata = Readonly<Record<string, unknown>>;

export interface PostOptions extends Signal {
  /** Seconds. Default: the queue's. */
  readonly ttl?: number;
  /** Seconds until it can be claimed. A queue without `_default_message_delay` ignores it. */
  readonly delay?: number;
  /** Default: a random one. Posts with the same key and the same messages are stored once. */
  readonly idempotencyKey?: string;
}

export interface ListOptions extends Signal {
  /** Messages a page. */
  readonly limit?: number;
  /** Lists the messages after this one. */
  readonly marker?: string | undefined;
  /** Whether it lists claimed messages. Default: false. */
  readonly includeClaimed?: boolean;
  /** Whether it lists delayed messages. Default: false. */
  readonly includeDelayed?: boolean;
}

export interface Stats {
  readonly total: number;
  /** Of queues, not of topics. */
  readonly free?: number;
  /** Claimed or delayed. Of queues, not of topics. */
  readonly claimed?: number;
  readonly oldest: Stamp | null;
  readonly newest: Stamp | null;
}

/** A message in statistics. */
export interface Stamp {
  readonly age: number;
  readonly created: Date;
  readonly href: string;
}

interface WireStats {
  readonly messages: Omit<Stats, "oldest" | "newest"> & {
    readonly oldest?: { readonly age: number; readonly created: string; readonly href: string };
    readonly newest?: { readonly age: number; readonly created: string; readonly href: string };
  };
}

/** The most ids of a request, unless the service has other settings. */
const IDS_MAX = 20;
const PATCH_TYPE = "application/openstack-messaging-v2.0-json-patch";

export abstract class Place<T> {
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

  /** Creates it unless it exists. A post does so too. */
  async create(metadata: Metadata = {}, { signal }: Signal = {}): Promise<void> {
    await this.transport.send({ method: "PUT", path: this.path, body: toJson(metadata), isRepeatable: true, signal });
  }

  /** Its metadata, with the defaults of reserved names. */
  metadata({ signal }: Signal = {}): Promise<Metadata> {
    return this.transport.json({ method: "GET", path: this.path, isRepeatable: true, signal });
  }

  /** Whether it exists. Reading what does not exist gives defaults, and creates nothing. */
  async exists({ signal }: Signal = {}): Promise<boolean> {
    const call = { method: "GET", path: this.path, query: { details: true }, isRepeatable: true, signal } as const;
    return (await unlessMissing(this.transport.send(call))) !== null;
  }

  /** Sets members of its metadata, and removes those whose value is undefined. Others stay. Returns the metadata. */
  async update(changes: Metadata, { signal }: Signal = {}): Promise<Metadata> {
    const known = await this.metadata({ signal });
    const patch = Object.entries(changes).flatMap(([name, value]) => {
      const path = `/metadata/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      if (value !== undefined) return [{ op: "add", path, value }];
      return name in known ? [{ op: "remove", path }] : [];
    });
    const headers = { "Content-Type": PATCH_TYPE };
    return this.transport.json({
      method: "PATCH",
      path: this.path,
      headers,
      body: toJson(patch),
      isRepeatable: true,
      signal,
    });
  }

  /** Deletes it with its messages. */
  async delete({ signal }: Signal = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: this.path, isRepeatable: true, signal });
  }

  async stats({ signal }: Signal = {}): Promise<Stats> {
    const { messages } = await this.transport.json<WireStats>({
      method: "GET",
      path: `${this.path}/stats`,
      isRepeatable: true,
      signal,
    });
    return { ...messages, oldest: toStamp(messages.oldest), newest: toStamp(messages.newest) };
  }

  /** Deletes its messages, except claimed ones, its subscriptions, or both. */
  async purge(what: readonly ("messages" | "subscriptions")[], { signal }: Signal = {}): Promise<void> {
    const body = toJson({ resource_types: what });
    await this.transport.send({ method: "POST", path: `${this.path}/purge`, body, isRepeatable: true, signal });
  }

  /** Posts a message and returns its id. */
  async post(body: T | JsonText, options: PostOptions = {}): Promise<string> {
    const [id = ""] = await this.postMany([body], options);
    return id;
  }

  /** Posts messages, all or none, and returns their ids. At most 256 KiB, unless the service allows more. */
  async postMany(bodies: readonly (T | JsonText)[], options: PostOptions = {}): Promise<string[]> {
    return this.postTexts(
      bodies.map((body) => toMessageText(body, options)),
      options,
    );
  }

  /** Posts messages that `toMessageText` has made. */
  async postTexts(texts: readonly string[], { idempotencyKey, signal }: PostOptions): Promise<string[]> {
    const { resources } = await this.transport.json<{ resources: string[] }>({
      method: "POST",
      path: `${this.path}/messages`,
      headers: { "Idempotency-Key": idempotencyKey ?? crypto.randomUUID() },
      body: `{"messages":[${texts.join(",")}]}`,
      isRepeatable: true,
      signal,
    });
    return resources.map((href) => href.slice(href.lastIndexOf("/") + 1));
  }

  /** All messages in post order, page by page. It takes nothing. Returns the marker after the last one, for what comes later. */
  async *messages(options: ListOptions = {}): AsyncGenerator<Message<T>, string | undefined, undefined> {
    const { limit, includeClaimed, includeDelayed, signal } = options;
    let { marker } = options;
    for (;;) {
      const query = {
        echo: true,
        details: true,
        marker,
        limit,
        include_claimed: includeClaimed,
        include_delayed: includeDelayed,
      };
      const path = `${this.path}/messages`;
      const answer = await this.transport.send({ method: "GET", path, query, isRepeatable: true, signal });
      const document = answer.document as MessageDocument;
      if (document.messages.length === 0) return marker;
      yield* toMessages<T>(answer);
      const next = document.links?.find(({ rel }) => rel === "next");
      const following = next === undefined ? null : new URL(next.href, "http://x").searchParams.get("marker");
      if (following === null) return marker;
      marker = following;
    }
  }

  /** A message; null: it does not exist, or no longer. */
  async get(id: string, options: Signal = {}): Promise<Message<T> | null> {
    const [message = null] = await this.getMany([id], options);
    return message;
  }

  /** The messages that exist, claimed and delayed ones too. */
  async getMany(ids: readonly string[], { signal }: Signal = {}): Promise<Message<T>[]> {
    const messages: Message<T>[] = [];
    const path = `${this.path}/messages`;
    for (const part of partsOf(ids)) {
      const query = { ids: part, details: true };
      const answer = await unlessMissing(
        this.transport.send({ method: "GET", path, query, isRepeatable: true, signal }),
      );
      if (answer !== null) messages.push(...toMessages<T>(answer));
    }
    return messages;
  }

  /** Deletes messages. Claimed ones are deleted by `settle` of their claim. */
  async deleteMessages(ids: readonly string[], { signal }: Signal = {}): Promise<void> {
    const path = `${this.path}/messages`;
    for (const part of partsOf(ids)) {
      await this.transport.send({ method: "DELETE", path, query: { ids: part }, isRepeatable: true, signal });
    }
  }
}

/** One message of a post, as text. */
export function toMessageText(body: unknown, { ttl, delay }: Pick<PostOptions, "ttl" | "delay">): string {
  const members = (ttl === undefined ? "" : `,"ttl":${ttl}`) + (delay === undefined ? "" : `,"delay":${delay}`);
  return `{"body":${toJson(body)}${members}}`;
}

function toStamp(stamp: WireStats["messages"]["oldest"]): Stamp | null {
  return stamp === undefined ? null : { ...stamp, created: new Date(stamp.created) };
}

/** Ids in groups that one request can name. */
function* partsOf(ids: readonly string[]): Generator<readonly string[], void, undefined> {
  for (let from = 0; from < ids.length; from += IDS_MAX) yield ids.slice(from, from + IDS_MAX);
}

/** null for an answer of 404. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SukkalError && error.status === 404) return null;
    throw error;
  }
}

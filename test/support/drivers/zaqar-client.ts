/**
 * The typed client of the API. Each method is one request that must succeed: an answer that the method's name does not promise
 * throws, with the whole answer in the message. Refusals and exact answers are tested through `send`.
 */
import { inject } from "vitest";
import { byFrames } from "./frames.ts";
import { skipIfOneObjectOnly } from "./http-only.ts";
import "./matchers.ts";
import { send, type Answer, type Send, type SendOptions } from "./request.ts";

export type { Answer, SendOptions };

/** A new project, and a client of it. */
export function project(): Project {
  if (inject("isSpread") === true) skipIfOneObjectOnly();
  const way = inject("transport") === "frames" ? byFrames() : send;
  return new Project(`project-${crypto.randomUUID()}`, crypto.randomUUID(), way);
}

export interface Message {
  readonly id: string;
  readonly href: string;
  readonly ttl: number;
  readonly age: number;
  readonly body: unknown;
  readonly checksum?: string;
}

export interface PoppedMessage {
  readonly id: string;
  readonly ttl: number;
  readonly age: number;
  readonly body: unknown;
  readonly claim_id: string | null;
  readonly claim_count: number;
}

/** A text is a message with that body; an object is the message as it is sent. */
export type NewMessage = string | { readonly body: unknown; readonly ttl?: number; readonly delay?: number };

export interface Lease {
  readonly ttl?: number;
  readonly grace?: number;
}

/** The outcomes of a claim's messages, by their ids. */
export interface Settlement {
  readonly delete?: readonly string[];
  readonly release?: readonly {
    readonly ids: readonly string[];
    readonly delay?: number;
    readonly count?: boolean;
  }[];
}

export interface Page {
  readonly messages: readonly Message[];
  /** The href of the next page. */
  readonly next: string | null;
}

export interface ClaimView {
  readonly age: number;
  readonly ttl: number;
  readonly href: string;
  readonly messages: readonly Message[];
}

export interface MessageStamp {
  readonly age: number;
  readonly created: string;
  readonly href: string;
}

export interface Stats {
  readonly claimed: number;
  readonly free: number;
  readonly total: number;
  readonly oldest?: MessageStamp;
  readonly newest?: MessageStamp;
}

export interface Subscription {
  readonly id: string;
  readonly source: string;
  readonly subscriber: string;
  readonly ttl: number;
  readonly age: number;
  readonly options: unknown;
  readonly confirmed: boolean;
}

export interface SubscriptionPage {
  readonly subscriptions: readonly Subscription[];
  /** The href of the next page. */
  readonly next: string | null;
}

export interface QueueEntry {
  readonly name: string;
  readonly href: string;
  readonly metadata?: Metadata;
}

export interface QueueList {
  readonly queues: readonly QueueEntry[];
  readonly next: string | null;
  readonly count: number | undefined;
}

export type Metadata = Readonly<Record<string, unknown>>;
export type Query = Readonly<Record<string, string | number | boolean>>;
export type PatchOperation = { readonly op: string; readonly path: string; readonly value?: unknown };

/** The media type that PATCH of a queue requires. */
export const JSON_PATCH = "application/openstack-messaging-v2.0-json-patch";

export class Project {
  readonly id: string;
  readonly client: string;
  private readonly sendBy: Send;

  constructor(id: string, client: string, sendBy: Send = send) {
    this.id = id;
    this.client = client;
    this.sendBy = sendBy;
  }

  /** A queue that exists. */
  async queue(name = "orders", metadata?: Metadata): Promise<Queue> {
    const queue = this.missingQueue(name);
    await must(201, queue.send("PUT", "", { body: metadata ?? {} }));
    // Its answers tell the Worker that the queue is spread.
    if (inject("isSpread") === true) await queue.pop();
    return queue;
  }

  /** A queue that does not exist. */
  missingQueue(name = "orders"): Queue {
    return new Queue(this, name);
  }

  /** A topic that exists. For a client it is a queue at another path, without claims. */
  async topic(name = "news", metadata?: Metadata): Promise<Queue> {
    const topic = this.missingTopic(name);
    await must(201, topic.send("PUT", "", { body: metadata ?? {} }));
    return topic;
  }

  /** A topic that does not exist. */
  missingTopic(name = "news"): Queue {
    return new Queue(this, name, "topics");
  }

  async queues(query: Query = {}): Promise<QueueList> {
    const answer = await must(200, this.send("GET", `/v2/queues${toQuery(query)}`));
    const { queues, links, count } = answer.json as { queues: QueueEntry[]; links: { href: string }[]; count?: number };
    return { queues, next: links[0]?.href ?? null, count };
  }

  /** The names of the queues of one page. */
  async queueNames(query: Query = {}): Promise<string[]> {
    return (await this.queues(query)).queues.map((queue) => queue.name);
  }

  /** Another client of the same project. */
  as(client: string): Project {
    return new Project(this.id, client, this.sendBy);
  }

  send(method: string, path: string, options: SendOptions = {}): Promise<Answer> {
    return this.sendBy(method, path, { project: this.id, client: this.client, ...options });
  }
}

export class Queue {
  readonly project: Project;
  readonly name: string;
  readonly path: string;
  readonly collection: "queues" | "topics";

  constructor(owner: Project, name: string, collection: "queues" | "topics" = "queues") {
    this.project = owner;
    this.name = name;
    this.collection = collection;
    this.path = `/v2/${collection}/${name}`;
  }

  as(client: string): Queue {
    return new Queue(this.project.as(client), this.name, this.collection);
  }

  /** A request to a path below the queue's: `send("GET", "/stats")`. */
  send(method: string, suffix: string, options: SendOptions = {}): Promise<Answer> {
    return this.project.send(method, this.path + suffix, options);
  }

  /** Posts messages and returns their ids. */
  async post(...messages: readonly NewMessage[]): Promise<string[]> {
    const body = { messages: messages.map((message) => (typeof message === "string" ? { body: message } : message)) };
    return idsIn(await must(201, this.send("POST", "/messages", { body })));
  }

  /** Posts one message and returns its id. */
  async postOne(message: NewMessage): Promise<string> {
    const [id] = await this.post(message);
    return id ?? fail("A post of one message returned no id.");
  }

  /** Lists messages, by default with those of the client itself. */
  async list(query: Query = {}): Promise<readonly Message[]> {
    return (await this.page(query)).messages;
  }

  async page(query: Query = {}): Promise<Page> {
    const answer = await must(200, this.send("GET", `/messages${toQuery({ echo: true, ...query })}`));
    const { messages, links } = answer.json as { messages: Message[]; links: { href: string }[] };
    return { messages, next: links[0]?.href ?? null };
  }

  /** One message; null when there is none. */
  async get(id: string): Promise<Message | null> {
    const answer = await this.send("GET", `/messages/${id}`);
    return answer.status === 404 ? null : ((await must(200, answer)).json as Message);
  }

  /** The messages among `ids` that exist. */
  async getMany(ids: readonly string[]): Promise<readonly Message[]> {
    const answer = await this.send("GET", `/messages?ids=${ids.join(",")}`);
    return answer.status === 404 ? [] : ((await must(200, answer)).json as { messages: Message[] }).messages;
  }

  async delete(id: string, { claim }: { readonly claim?: Claim } = {}): Promise<void> {
    await must(204, this.send("DELETE", `/messages/${id}${claim === undefined ? "" : `?claim_id=${claim.id}`}`));
  }

  async deleteMany(ids: readonly string[]): Promise<void> {
    await must(204, this.send("DELETE", `/messages?ids=${ids.join(",")}`));
  }

  async pop(count = 10): Promise<readonly PoppedMessage[]> {
    const answer = await must(200, this.send("DELETE", `/messages?pop=${count}`));
    return (answer.json as { messages: PoppedMessage[] }).messages;
  }

  /** Claims messages. A claim without messages has no id. */
  async claim({ limit, ...lease }: Lease & { readonly limit?: number } = {}): Promise<Claim> {
    const answer = await this.send("POST", `/claims${limit === undefined ? "" : `?limit=${limit}`}`, { body: lease });
    return toClaim(this, answer);
  }

  /** Subscribes and returns the subscription's id. */
  async subscribe(
    subscriber: string,
    more: { readonly ttl?: number; readonly options?: unknown } = {},
  ): Promise<string> {
    const answer = await must(201, this.send("POST", "/subscriptions", { body: { subscriber, ...more } }));
    return (answer.json as { subscription_id: string }).subscription_id;
  }

  async subscriptions(query: Query = {}): Promise<SubscriptionPage> {
    const answer = await must(200, this.send("GET", `/subscriptions${toQuery(query)}`));
    const { subscriptions, links } = answer.json as { subscriptions: Subscription[]; links: { href: string }[] };
    return { subscriptions, next: links[0]?.href ?? null };
  }

  /** One subscription; null when there is none. */
  async subscription(id: string): Promise<Subscription | null> {
    const answer = await this.send("GET", `/subscriptions/${id}`);
    return answer.status === 404 ? null : ((await must(200, answer)).json as Subscription);
  }

  async confirm(id: string, confirmed = true): Promise<void> {
    await must(204, this.send("PUT", `/subscriptions/${id}/confirm`, { body: { confirmed } }));
  }

  async unsubscribe(id: string): Promise<void> {
    await must(204, this.send("DELETE", `/subscriptions/${id}`));
  }

  async stats(): Promise<Stats> {
    const answer = await must(200, this.send("GET", "/stats"));
    return (answer.json as { messages: Stats }).messages;
  }

  async purge(...types: readonly ("messages" | "subscriptions")[]): Promise<void> {
    await must(204, this.send("POST", "/purge", types.length === 0 ? {} : { body: { resource_types: types } }));
  }

  async metadata(): Promise<Metadata> {
    return (await must(200, this.send("GET", ""))).json as Metadata;
  }

  /** Applies a patch and returns the metadata that results. */
  async patch(...operations: readonly PatchOperation[]): Promise<Metadata> {
    return (await must(200, this.sendPatch(operations))).json as Metadata;
  }

  sendPatch(body: unknown, options: SendOptions = {}): Promise<Answer> {
    return this.send("PATCH", "", { body, headers: { "Content-Type": JSON_PATCH }, ...options });
  }

  async remove(): Promise<void> {
    await must(204, this.send("DELETE", ""));
  }
}

export class Claim {
  readonly queue: Queue;
  readonly messages: readonly Message[];
  /** The path of the claim; null: it got no messages. */
  readonly location: string | null;

  constructor(queue: Queue, location: string | null, messages: readonly Message[]) {
    this.queue = queue;
    this.location = location;
    this.messages = messages;
  }

  get id(): string {
    return this.location?.split("/").at(-1) ?? fail("The claim got no messages, so it has no id.");
  }

  send(method: string, options: SendOptions = {}): Promise<Answer> {
    return this.queue.send(method, `/claims/${this.id}`, options);
  }

  /** The claim as the service shows it; null: it no longer exists. */
  async get(): Promise<ClaimView | null> {
    const answer = await this.send("GET");
    return answer.status === 404 ? null : ((await must(200, answer)).json as ClaimView);
  }

  async renew(lease: Lease = {}): Promise<void> {
    await must(204, this.send("PATCH", { body: lease }));
  }

  async release(): Promise<void> {
    await must(204, this.send("DELETE"));
  }

  async settle(settlement: Settlement): Promise<void> {
    await must(204, this.sendSettlement(settlement));
  }

  sendSettlement(body: unknown): Promise<Answer> {
    return this.queue.send("POST", `/claims/${this.id}/settle`, { body });
  }
}

/** The claim that an answer to a claim request describes. */
export async function toClaim(queue: Queue, answer: Answer): Promise<Claim> {
  if (answer.status === 204) return new Claim(queue, null, []);
  const { headers, json } = await must(201, answer);
  return new Claim(queue, headers.get("Location"), (json as { messages: Message[] }).messages);
}

/** The message ids in the answer to a post. */
export function idsIn(answer: Answer): string[] {
  return (answer.json as { resources: string[] }).resources.map((href) => href.split("/").at(-1) ?? "");
}

/** The texts "0", "1", "2" …, as bodies of many messages. */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

/** The bodies of messages, for comparison. */
export function bodiesOf(
  held: { readonly messages: readonly { readonly body: unknown }[] } | readonly { readonly body: unknown }[],
): unknown[] {
  return ("messages" in held ? held.messages : held).map((message) => message.body);
}

function toQuery(query: Query): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

async function must(status: number, answer: Answer | Promise<Answer>): Promise<Answer> {
  const settled = await answer;
  if (settled.status !== status) fail(`Expected ${status}, got ${settled.status}: ${settled.text}`);
  return settled;
}

function fail(reason: string): never {
  throw new Error(reason);
}

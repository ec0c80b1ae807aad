/** A queue, and a topic: what only one of both has. */
import { findClaim, requestClaim, type Claim, type ClaimAnswer, type ClaimOptions } from "./claim.ts";
import { Consumer, type ConsumeOptions, type ConsumerSettings, type Handler } from "./consumer.ts";
import { unlessMissing } from "./error.ts";
import { toMessages, type Message } from "./message.ts";
import type { Parser } from "./parser.ts";
import type { QueueStats } from "./place-details.ts";
import { Place } from "./place.ts";
import { Producer, type ProducerOptions } from "./producer.ts";
import { after } from "./time.ts";
import type { SharedUrl, Signal, Transport } from "./transport.ts";

export interface QueueOptions<T, In = T> {
  /**
   * Checks bodies before handlers get them: a function that returns or throws, or a Standard Schema (Zod, Valibot,
   * ArkType …).
   */
  readonly parse?: Parser<T, In> | undefined;
}

export interface DrainOptions<T = unknown> extends Omit<ConsumeOptions<T>, "wait"> {
  /** Milliseconds. Handlers that run at their end are awaited. */
  readonly forMs: number;
  /** Ends it early: handlers that run are awaited, and then it throws the reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface Redrive {
  readonly status: "running" | "done" | "canceled";
  readonly moved: number;
  /** Those that it has not looked at yet. 0 when it is over, also if messages stay. */
  readonly remaining: number;
  readonly target: string | null;
  readonly max_messages: number | null;
  readonly messages_per_second: number | null;
  readonly started_at: string;
  readonly finished_at: string | null;
}

export interface RedriveOptions {
  /** The queue that gets the messages. Default: each one's original queue. */
  readonly target?: string | undefined;
  readonly max_messages?: number | undefined;
  readonly messages_per_second?: number | undefined;
}

export interface ShareOptions {
  /** What can be used. Default: `messages`. */
  readonly paths?: readonly ("messages" | "subscriptions" | "claims")[] | undefined;
  /** How it can be used. Default: `GET`. */
  readonly methods?: readonly ("GET" | "PUT" | "POST" | "PATCH" | "DELETE")[] | undefined;
  /** A text without a zone is in UTC. Default: in a day. */
  readonly expires?: Date | string | undefined;
}

/**
 * A queue, as `sukkal.queue(name)`. `T`: the bodies that handlers get. `In`: the bodies that are posted and stored, if
 * `parse` changes them.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const jobs = new Sukkal({ url, project: "demo" }).queue<{ readonly resize: string }>("jobs");
 * await jobs.create({ _default_message_ttl: 86_400 });
 * const [id = "", ...others] = await jobs.postMany([{ resize: "cat.png" }, { resize: "dog.png" }]);
 * console.log(await jobs.get(id), await jobs.getMany(others));
 * await jobs.deleteMessages(others);
 * await jobs.post({ resize: "cow.png" });
 * console.log(await jobs.pop(1));
 * await jobs.drain(({ body }) => console.log(body.resize), { forMs: 25_000 });
 * const { stats } = (await jobs.details()) ?? {};
 * console.log(stats?.total, (await jobs.figures()).consumers);
 * await jobs.purge(["messages"]);
 * await jobs.delete();
 * ```
 */
export class Queue<T = unknown, In = T> extends Place<In, QueueStats> {
  readonly #parse: Parser<T, In> | null;

  constructor(transport: Transport, name: string, { parse }: QueueOptions<T, In> = {}) {
    super(transport, "queues", name);
    this.#parse = parse ?? null;
  }

  /** Claims messages; null: there is none, also not within `wait`. */
  async claim(options: ClaimOptions = {}): Promise<Claim<In> | null> {
    return (await this.claimOrWait(options)).claim;
  }

  /** @internal */
  claimOrWait(options: ClaimOptions): Promise<ClaimAnswer<In>> {
    return requestClaim(this.transport, `${this.path}/claims`, options);
  }

  /** The claim of that id, which another program may have made; null: it is over. */
  getClaim(id: string, options: Pick<ClaimOptions, "grace" | "signal"> = {}): Promise<Claim<In> | null> {
    return findClaim(this.transport, `${this.path}/claims/${encodeURIComponent(id)}`, options);
  }

  /** Ends the waits of this client at the queue. They are answered as if their time were over. */
  endWaits(options?: Signal): Promise<void> {
    return this.transport.call("DELETE", `${this.path}/claims`, options, { query: { waiting: true } });
  }

  /** Takes and deletes messages. Whatever is lost on the way, or crashes afterwards, is lost: claims are safe. */
  async pop(limit: number, { signal }: Signal = {}): Promise<Message<In>[]> {
    const query = { pop: limit };
    const path = `${this.path}/messages`;
    const answer = await this.transport.send({ method: "DELETE", path, query, isRepeatable: false, signal });
    return toMessages(answer);
  }

  /** Calls the handler for each message until the consumer is stopped. docs/CLIENT.md describes what it does meanwhile. */
  consume(handler: Handler<T>, options: ConsumeOptions<T> = {}): Consumer<T> {
    return this.#startConsumer(handler, { ...options, parse: this.#parse });
  }

  /**
   * Consumes for a time, for programs that run now and then. Returns when the time is over or no message can be claimed: delayed
   * messages stay, and so do failed ones until their `retry`. Throws if the service refuses the claims, or answers none of them.
   */
  async drain(handler: Handler<T>, { forMs, signal, ...options }: DrainOptions<T>): Promise<void> {
    signal?.throwIfAborted();
    const consumer = this.#startConsumer(handler, { ...options, wait: 0, parse: this.#parse, untilEmpty: true });
    const stop = (): void => void consumer.stop();
    const timer = after(forMs, stop);
    signal?.addEventListener("abort", stop);
    try {
      await consumer.stopped;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
    signal?.throwIfAborted();
  }

  #startConsumer(handler: Handler<T>, settings: ConsumerSettings<T>): Consumer<T> {
    const own = new Queue<T>(this.transport.withClientId(crypto.randomUUID()), this.name);
    return new Consumer(own, handler, settings);
  }

  /** Collects posts into batches. */
  producer(options: ProducerOptions = {}): Producer<In> {
    return new Producer(this, options);
  }

  /** Signs requests for others, who use the result as the option `signed` of a client. */
  share(request: ShareOptions = {}, options?: Signal): Promise<SharedUrl> {
    return this.transport.call("POST", `${this.path}/share`, options, { body: request, isRepeatable: true });
  }

  /** Begins to move dead letters back to their queues. */
  startRedrive(redrive: RedriveOptions = {}, options?: Signal): Promise<Redrive> {
    return this.transport.call("POST", `${this.path}/redrive`, options, { body: redrive });
  }

  /** The latest redrive; null: there was none. */
  redrive(options?: Signal): Promise<Redrive | null> {
    return unlessMissing(this.transport.get<Redrive>(`${this.path}/redrive`, options));
  }

  cancelRedrive(options?: Signal): Promise<void> {
    return this.transport.call("DELETE", `${this.path}/redrive`, options);
  }
}

/**
 * A topic, as `sukkal.topic(name)`: its messages go to its subscriptions, and cannot be claimed.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const news = new Sukkal({ url, project: "demo" }).topic<{ readonly title: string }>("news");
 * await news.create({ editor: "Ann" });
 * await news.post({ title: "Hello" });
 * for await (const { body } of news.messages()) console.log(body.title);
 * console.log((await news.metadata())["editor"]); // Ann
 * ```
 */
export class Topic<T = unknown> extends Place<T> {
  constructor(transport: Transport, name: string) {
    super(transport, "topics", name);
  }
}

/** A queue, and a topic: what only one of both has. */
import { requestClaim, type Claim, type ClaimAnswer, type ClaimOptions } from "./claim.ts";
import { Consumer, type ConsumeOptions, type ConsumerSettings, type Handler } from "./consumer.ts";
import { toJson } from "./json-text.ts";
import { toMessages, type Message } from "./message.ts";
import type { Parser } from "./parser.ts";
import { Place } from "./place.ts";
import { Producer, type ProducerOptions } from "./producer.ts";
import { after } from "./time.ts";
import type { Signal, Transport } from "./transport.ts";

export interface QueueOptions<T> {
  /** Checks bodies before handlers get them: a function that returns or throws, or a Standard Schema (Zod, Valibot, ArkType …). */
  readonly parse?: Parser<T>;
}

export interface DrainOptions<T = unknown> extends Omit<ConsumeOptions<T>, "wait"> {
  /** Milliseconds. Handlers that run at their end are awaited. */
  readonly forMs: number;
  /** Ends it early: handlers that run are awaited, and then it throws the reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface Redrive {
  readonly status: "running" | "finished" | "canceled" | (string & {});
  readonly moved: number;
  readonly remaining: number;
  readonly target: string | null;
  readonly max_messages: number | null;
  readonly messages_per_second: number | null;
  readonly started_at: string;
  readonly finished_at: string | null;
}

export interface RedriveOptions {
  /** The queue that gets the messages. Default: each one's original queue. */
  readonly target?: string;
  readonly max_messages?: number;
  readonly messages_per_second?: number;
}

/** A signature for requests by somebody without a credential: the headers `URL-*` of such a request. */
export interface SharedUrl {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  readonly expires: string;
  readonly signature: string;
}

export class Queue<T = unknown> extends Place<T> {
  private readonly parse: Parser<T> | null;

  constructor(transport: Transport, name: string, { parse }: QueueOptions<T> = {}) {
    super(transport, "queues", name);
    this.parse = parse ?? null;
  }

  /** Claims messages; null: there is none, also not within `wait`. */
  async claim(options: ClaimOptions = {}): Promise<Claim<T> | null> {
    return (await this.claimOrWait(options)).claim;
  }

  /** @internal */
  claimOrWait(options: ClaimOptions): Promise<ClaimAnswer<T>> {
    return requestClaim(this.transport, `${this.path}/claims`, options);
  }

  /** Ends the waits of this client at the queue. They are answered as if their time were over. */
  async endWaits({ signal }: Signal = {}): Promise<void> {
    const query = { waiting: true };
    await this.transport.send({ method: "DELETE", path: `${this.path}/claims`, query, isRepeatable: true, signal });
  }

  /** Takes and deletes messages. Whatever is lost on the way, or crashes afterwards, is lost: claims are safe. */
  async pop(limit: number, { signal }: Signal = {}): Promise<Message<T>[]> {
    const query = { pop: limit };
    const path = `${this.path}/messages`;
    const answer = await this.transport.send({ method: "DELETE", path, query, isRepeatable: false, signal });
    return toMessages(answer);
  }

  /** Calls the handler for each message until the consumer is stopped. docs/CLIENT.md describes what it does meanwhile. */
  consume(handler: Handler<T>, options: ConsumeOptions<T> = {}): Consumer<T> {
    return this.startConsumer(handler, { ...options, parse: this.parse });
  }

  /**
   * Consumes for a time, for programs that run now and then. Returns when the time is over or no message can be claimed: delayed
   * messages stay, and so do failed ones until their `retry`. Throws if the service refuses the claims, or answers none of them.
   */
  async drain(handler: Handler<T>, { forMs, signal, ...options }: DrainOptions<T>): Promise<void> {
    signal?.throwIfAborted();
    const consumer = this.startConsumer(handler, { ...options, wait: 0, parse: this.parse, untilEmpty: true });
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

  private startConsumer(handler: Handler<T>, settings: ConsumerSettings<T>): Consumer<T> {
    const own = new Queue<T>(this.transport.withClientId(crypto.randomUUID()), this.name);
    return new Consumer(own, handler, settings);
  }

  /** Collects posts into batches. */
  producer(options: ProducerOptions = {}): Producer<T> {
    return new Producer(this, options);
  }

  /** Signs requests for others. */
  share(
    request: {
      readonly paths?: readonly ("messages" | "subscriptions" | "claims")[];
      readonly methods?: readonly ("GET" | "PUT" | "POST" | "PATCH" | "DELETE")[];
      readonly expires?: string;
    },
    { signal }: Signal = {},
  ): Promise<SharedUrl> {
    const body = toJson(request);
    return this.transport.json({ method: "POST", path: `${this.path}/share`, body, isRepeatable: true, signal });
  }

  /** Begins to move dead letters back to their queues. */
  startRedrive(options: RedriveOptions = {}, { signal }: Signal = {}): Promise<Redrive> {
    const body = toJson(options);
    return this.transport.json({ method: "POST", path: `${this.path}/redrive`, body, isRepeatable: false, signal });
  }

  /** The latest redrive. */
  redrive({ signal }: Signal = {}): Promise<Redrive> {
    return this.transport.json({ method: "GET", path: `${this.path}/redrive`, isRepeatable: true, signal });
  }

  async cancelRedrive({ signal }: Signal = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: `${this.path}/redrive`, isRepeatable: true, signal });
  }
}

/** A topic: its messages go to its subscriptions, and cannot be claimed. */
export class Topic<T = unknown> extends Place<T> {
  constructor(transport: Transport, name: string) {
    super(transport, "topics", name);
  }
}

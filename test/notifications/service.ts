/**
 * The service as its users run it, with a folder of its own, and one project: the requests of the tests of notifications, over
 * real sockets.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeScratch, type Scratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";

export interface Attempt {
  readonly id: string;
  readonly at: string;
  readonly duration_ms: number;
  readonly attempt: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly status: number | null;
}

export interface Deliveries {
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  readonly redeliverable: number;
  readonly next_attempt_at: string | null;
  /** Newest first. */
  readonly attempts: readonly Attempt[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Settings of a service that calls receivers on loopback, and signs URLs. */
export const OPEN = {
  ALLOW_PRIVATE_SUBSCRIBERS: "true",
  SIGNED_URL_SECRET_KEY: "0123456789abcdef0123456789abcdef",
};

export class Service {
  private readonly server: Server;
  private readonly scratch: Scratch;
  readonly project = `project-${randomUUID()}`;

  /** The service with these settings. It is started once for all test files, and stopped after the last. */
  static with(environment: Readonly<Record<string, string>>): Promise<Service> {
    const key = JSON.stringify(environment);
    const known = services.get(key) ?? Service.start(environment);
    services.set(key, known);
    return known;
  }

  private static async start(environment: Readonly<Record<string, string>>): Promise<Service> {
    const scratch = makeScratch("notifications");
    try {
      return new Service(await Server.start({ dataDir: scratch.path, environment }), scratch);
    } catch (error) {
      scratch.remove();
      throw error;
    }
  }

  private constructor(server: Server, scratch: Scratch) {
    this.server = server;
    this.scratch = scratch;
  }

  get port(): number {
    return this.server.port;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    this.scratch.remove();
  }

  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.server.url}/v2${path}`, {
      method,
      headers: { "Client-ID": CLIENT_ID, "X-Project-ID": this.project, "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The same service for another project. */
  neighbour(): Service {
    return new Service(this.server, this.scratch);
  }

  queue(name = `queue-${randomUUID()}`): Queue {
    return new Queue(this, name);
  }
}

const services = new Map<string, Promise<Service>>();

after(async () => {
  for (const service of services.values()) await (await service).stop();
});

export class Queue {
  readonly name: string;
  private readonly service: Service;

  constructor(service: Service, name: string) {
    this.service = service;
    this.name = name;
  }

  async post(...bodies: readonly unknown[]): Promise<void> {
    const messages = bodies.map((body) => ({ body, ttl: 300 }));
    const { status, text } = await this.service.ask("POST", `/queues/${this.name}/messages`, { messages });
    assert.equal(status, 201, text);
  }

  async subscribe(subscriber: string, options: Readonly<Record<string, unknown>> = {}): Promise<Subscription> {
    const subscription = await this.trySubscribe(subscriber, options);
    assert.ok(subscription instanceof Subscription, `${subscriber} was refused: ${JSON.stringify(subscription)}`);
    return subscription;
  }

  /** The new subscription, or the answer if the service refuses it. */
  async trySubscribe(
    subscriber: string,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<Subscription | Answer> {
    const path = `/queues/${this.name}/subscriptions`;
    const answer = await this.service.ask("POST", path, { subscriber, options, ttl: 3600 });
    if (answer.status !== 201) return answer;
    const { subscription_id: id } = JSON.parse(answer.text) as { readonly subscription_id: string };
    return new Subscription(this.service, `${path}/${id}`);
  }
}

export class Subscription {
  readonly path: string;
  private readonly service: Service;

  constructor(service: Service, path: string) {
    this.service = service;
    this.path = path;
  }

  async patch(document: Readonly<Record<string, unknown>>): Promise<void> {
    const { status, text } = await this.service.ask("PATCH", this.path, document);
    assert.equal(status, 204, text);
  }

  async deliveries(): Promise<Deliveries> {
    const { status, text } = await this.service.ask("GET", `${this.path}/deliveries`);
    assert.equal(status, 200, text);
    return JSON.parse(text) as Deliveries;
  }

  /** The delivery report after the first attempt. */
  attempted(): Promise<Deliveries> {
    return until("an attempt has ended", async () => {
      const deliveries = await this.deliveries();
      return deliveries.attempts.length > 0 ? deliveries : null;
    });
  }

  async end(): Promise<void> {
    const { status, text } = await this.service.ask("DELETE", this.path);
    assert.equal(status, 204, text);
  }

  async redeliver(): Promise<void> {
    const { status, text } = await this.service.ask("POST", `${this.path}/redeliver`);
    assert.equal(status, 202, text);
  }

  async newSecret(): Promise<string> {
    const { status, text } = await this.service.ask("POST", `${this.path}/secret`);
    assert.equal(status, 201, text);
    return (JSON.parse(text) as { readonly secret: string }).secret;
  }
}

/** Polls until there is a result. */
export async function until<T>(what: string, look: () => Promise<T | null> | T | null): Promise<T> {
  for (const deadline = performance.now() + UNTIL_MS_MAX; performance.now() < deadline; await sleep(50)) {
    const seen = await look();
    if (seen !== null) return seen;
  }
  throw new Error(`In vain waited until ${what}.`);
}

const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";
const ANSWER_MS_MAX = 15_000;
/** Longer than the service's time limit of an answer. */
const UNTIL_MS_MAX = 20_000;

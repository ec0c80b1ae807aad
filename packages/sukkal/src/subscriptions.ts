/** Subscriptions of a queue or topic. */
import { toJson } from "./json-text.ts";
import type { Signal, Transport } from "./transport.ts";

export interface Subscription {
  readonly id: string;
  /** The queue or topic. */
  readonly source: string;
  /** Where notifications go: `https:`, `mailto:`, `trust+https:` or a connection. */
  readonly subscriber: string;
  /** Seconds. */
  readonly ttl: number;
  /** Seconds since it was created. */
  readonly age: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly confirmed: boolean;
}

export interface NewSubscription {
  readonly subscriber: string;
  /** Seconds. Default: an hour, so a subscription that is to stay names more. */
  readonly ttl?: number;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** docs/NOTIFICATIONS.md describes the outcomes and reasons. */
export interface DeliveryReport {
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  readonly redeliverable: number;
  readonly next_attempt_at: string | null;
  readonly attempts: readonly DeliveryAttempt[];
}

export interface DeliveryAttempt {
  readonly id: string;
  readonly at: string;
  readonly duration_ms: number;
  readonly attempt: number;
  readonly outcome: string;
  readonly reason: string | null;
  readonly status: number | null;
}

export class Subscriptions {
  private readonly transport: Transport;
  private readonly path: string;

  constructor(transport: Transport, place: string) {
    this.transport = transport;
    this.path = `${place}/subscriptions`;
  }

  /** Creates a subscription and returns its id. One that exists for the subscriber, and is confirmed, is refused (409). */
  async create(subscription: NewSubscription, { signal }: Signal = {}): Promise<string> {
    const call = { method: "POST", path: this.path, body: toJson(subscription), isRepeatable: false, signal } as const;
    return (await this.transport.json<{ subscription_id: string }>(call)).subscription_id;
  }

  async *list({ signal }: Signal = {}): AsyncGenerator<Subscription, void, undefined> {
    let marker: string | undefined;
    for (;;) {
      const call = { method: "GET", path: this.path, query: { marker }, isRepeatable: true, signal } as const;
      const { subscriptions } = await this.transport.json<{ subscriptions: Subscription[] }>(call);
      yield* subscriptions;
      marker = subscriptions.at(-1)?.id;
      if (marker === undefined) return;
    }
  }

  get(id: string, { signal }: Signal = {}): Promise<Subscription> {
    return this.transport.json({ method: "GET", path: this.of(id), isRepeatable: true, signal });
  }

  async update(id: string, changes: Partial<NewSubscription>, { signal }: Signal = {}): Promise<void> {
    const body = toJson(changes);
    await this.transport.send({ method: "PATCH", path: this.of(id), body, isRepeatable: true, signal });
  }

  async delete(id: string, { signal }: Signal = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: this.of(id), isRepeatable: true, signal });
  }

  async confirm(id: string, confirmed = true, { signal }: Signal = {}): Promise<void> {
    const path = `${this.of(id)}/confirm`;
    await this.transport.send({ method: "PUT", path, body: toJson({ confirmed }), isRepeatable: true, signal });
  }

  deliveries(id: string, { signal }: Signal = {}): Promise<DeliveryReport> {
    return this.transport.json({ method: "GET", path: `${this.of(id)}/deliveries`, isRepeatable: true, signal });
  }

  /** Sends notifications again that were given up. Returns their number. */
  async redeliver(id: string, { signal }: Signal = {}): Promise<number> {
    const call = { method: "POST", path: `${this.of(id)}/redeliver`, isRepeatable: false, signal } as const;
    return (await this.transport.json<{ redelivered: number }>(call)).redelivered;
  }

  /** Makes a new secret. For a day, notifications are signed with the former one too. */
  async renewSecret(id: string, { signal }: Signal = {}): Promise<string> {
    const call = { method: "POST", path: `${this.of(id)}/secret`, isRepeatable: false, signal } as const;
    return (await this.transport.json<{ secret: string }>(call)).secret;
  }

  private of(id: string): string {
    return `${this.path}/${encodeURIComponent(id)}`;
  }
}

/** Subscriptions of a queue or topic. */
import { membersIn } from "./json-text.ts";
import type { List, PageOptions, Signal, Transport } from "./transport.ts";

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
  /** When it ends: `ttl` counts from its last change. Services of older versions do not tell. */
  readonly expires_at?: string;
}

export interface NewSubscription {
  readonly subscriber: string;
  /** Seconds. Default: an hour, so a subscription that is to stay names more. */
  readonly ttl?: number | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

type SubscriptionChanges = { readonly [Name in keyof NewSubscription]?: NewSubscription[Name] | undefined };

/** docs/NOTIFICATIONS.md describes the outcomes and reasons. */
export interface DeliveryReport {
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  readonly redeliverable: number;
  readonly next_attempt_at: string | null;
  /** The newest first. */
  readonly attempts: readonly DeliveryAttempt[];
}

export type DeliveryOutcome =
  | "delivered"
  | "refused"
  | "gone"
  | "timeout"
  | "unreachable"
  | "blocked"
  | "skipped"
  | "invalid"
  | (string & {});

export interface DeliveryAttempt {
  /** The `webhook-id` of the notification. */
  readonly id: string;
  readonly at: string;
  readonly duration_ms: number;
  readonly attempt: number;
  readonly outcome: DeliveryOutcome;
  readonly reason: string | null;
  /** Of the answer; null: there was none. */
  readonly status: number | null;
}

/** The outcome of a test. */
export interface TestAttempt extends Omit<DeliveryAttempt, "attempt"> {
  /** The first 1,024 bytes of the receiver's refusal; null: there was none, or it is not shown. */
  readonly answer: string | null;
}

/** A notification that has not arrived. Members of the last attempt are null if there was none. */
export interface UndeliveredNotification {
  /** Ascending. The marker of what follows. */
  readonly number: number;
  /** The `webhook-id`, by which `redeliver` names it. */
  readonly id: string;
  /** null: it asks the subscriber to confirm. */
  readonly message_id: string | null;
  /** The body of the message; null: it asks the subscriber to confirm. */
  readonly body: unknown;
  /** The body exactly as it was posted. */
  readonly bodyText: string;
  readonly created_at: string | null;
  /** Those that failed. */
  readonly attempts: number;
  /** null: it was given up. */
  readonly next_attempt_at: string | null;
  readonly attempted_at: string | null;
  readonly outcome: DeliveryOutcome | null;
  readonly reason: string | null;
  readonly status: number | null;
  /** The first 1,024 bytes of the receiver's refusal. */
  readonly answer: string | null;
}

export interface UndeliveredOptions extends PageOptions {
  /** `failed`: given up, and kept for `redeliver`. `pending`: waiting for an attempt. */
  readonly state: "failed" | "pending";
}

/** Which notifications are sent again. Default: all that failed. */
export interface RedeliverOptions extends Signal {
  /** At most 20, unless the service allows more. */
  readonly ids?: readonly string[] | undefined;
  /** Those whose last attempt was made then or later. */
  readonly since?: Date | string | undefined;
}

/**
 * The subscriptions of a queue or topic, as `queue.subscriptions`.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const { subscriptions } = new Sukkal({ url, project: "demo" }).topic("news");
 * const id = await subscriptions.create({ subscriber: "http://127.0.0.1:8080/in", ttl: 86_400 });
 * console.log(await subscriptions.renewSecret(id)); // For `verifyWebhook` at the receiver.
 * await subscriptions.update(id, { ttl: 172_800 });
 * await subscriptions.confirm(id);
 * for await (const each of subscriptions.list()) console.log(each.subscriber, await subscriptions.get(each.id));
 * const { outcome, reason, answer } = await subscriptions.test(id);
 * console.log(outcome, reason, answer); // blocked private null
 * for await (const { body, answer } of subscriptions.undelivered(id, { state: "failed" })) console.log(body, answer);
 * console.log(await subscriptions.redeliver(id, { since: new Date(Date.now() - 3_600_000) }));
 * console.log((await subscriptions.deliveries(id)).attempts);
 * await subscriptions.delete(id);
 * ```
 */
export class Subscriptions {
  readonly #transport: Transport;
  readonly #path: string;

  constructor(transport: Transport, place: string) {
    this.#transport = transport;
    this.#path = `${place}/subscriptions`;
  }

  /** Creates a subscription and returns its id. One that exists for the subscriber, and is confirmed, is refused (409). */
  async create(subscription: NewSubscription, options?: Signal): Promise<string> {
    type Created = { readonly subscription_id: string };
    return (await this.#transport.call<Created>("POST", this.#path, options, { body: subscription })).subscription_id;
  }

  list(options?: PageOptions): List<Subscription> {
    return this.#transport.list(this.#path, { ...options, details: true });
  }

  get(id: string, options?: Signal): Promise<Subscription> {
    return this.#transport.get(this.#of(id), { ...options, details: true });
  }

  /** Changes the members that are given. `options` replaces all options. */
  update(id: string, changes: SubscriptionChanges, options?: Signal): Promise<void> {
    return this.#transport.call("PATCH", this.#of(id), options, { body: changes });
  }

  delete(id: string, options?: Signal): Promise<void> {
    return this.#transport.call("DELETE", this.#of(id), options);
  }

  /** Answers for the subscriber, where subscribers have to confirm (`REQUIRE_CONFIRMATION`). */
  confirm(id: string, confirmed = true, options?: Signal): Promise<void> {
    return this.#transport.call("PUT", `${this.#of(id)}/confirm`, options, { body: { confirmed } });
  }

  /** Counts, and the last attempts. */
  deliveries(id: string, options?: Signal): Promise<DeliveryReport> {
    return this.#transport.get(`${this.#of(id)}/deliveries`, options);
  }

  /** The notifications that have not arrived, in the order of their messages. */
  undelivered(id: string, options: UndeliveredOptions): List<UndeliveredNotification> {
    const path = `${this.#of(id)}/deliveries`;
    return this.#transport.list(path, options, (page, { text }) => {
      const texts = membersIn(text, "body");
      const wired = page["deliveries"] as readonly Omit<UndeliveredNotification, "bodyText">[];
      return wired.map((notification, index) => ({ ...notification, bodyText: texts[index] ?? "" }));
    });
  }

  /** Sends notifications again that were given up. Returns their number. */
  async redeliver(id: string, { signal, ...choice }: RedeliverOptions = {}): Promise<number> {
    type Answer = { readonly redelivered: number };
    const path = `${this.#of(id)}/redeliver`;
    return (await this.#transport.call<Answer>("POST", path, { signal }, { body: choice })).redelivered;
  }

  /** Sends a test document to the subscriber and returns how that went. It is not repeated, and in no report. */
  test(id: string, options?: Signal): Promise<TestAttempt> {
    return this.#transport.call("POST", `${this.#of(id)}/test`, options);
  }

  /** Makes a new secret. For a day, notifications are signed with the former one too. */
  async renewSecret(id: string, options?: Signal): Promise<string> {
    return (await this.#transport.call<{ secret: string }>("POST", `${this.#of(id)}/secret`, options)).secret;
  }

  #of(id: string): string {
    return `${this.#path}/${encodeURIComponent(id)}`;
  }
}

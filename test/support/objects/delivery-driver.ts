/** Drives a DeliveryObject instead of its queue: hands over messages, runs its alarm, restarts it, reads its rows. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { DeliveryReport, MessageNotification, Target } from "../../../src/domain/delivery.ts";
import { toEpoch, toMessageId, type Epoch } from "../../../src/domain/id.ts";
import type { JsonText } from "../../../src/domain/json.ts";
import type { WebhookSecret } from "../../../src/domain/subscription.ts";
import { toSeconds } from "../../../src/domain/time.ts";
import type { Acceptance, DeliveryRpc } from "../../../src/objects/rpc/delivery.ts";
import type { ObjectStore } from "../../../src/objects/object-store.ts";
import type { ObjectBindings } from "../../../src/objects/rpc/stubs.ts";
import { clock } from "../clock.ts";
import type { Receiver } from "../fakes/receiver.ts";

export interface SubscriptionSettings {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly queuePolicy?: Readonly<Record<string, unknown>>;
  readonly secrets?: readonly WebhookSecret[];
}

/** A policy with this number of retries and the two that every policy has: after 5 and after 10 seconds. */
export function retries(policy: { readonly atOnce?: number; readonly after5s?: number }): Record<string, unknown> {
  return {
    retries_with_no_delay: policy.atOnce ?? 0,
    minimum_delay_retries: policy.after5s ?? 0,
    minimum_delay: 5,
    maximum_delay: 15,
    maximum_delay_retries: 0,
    retry_backoff_function: "linear",
  };
}

const bindings = env as unknown as ObjectBindings;

export class DeliveryDriver {
  readonly project = crypto.randomUUID();
  readonly subscription = `000000000001${crypto.randomUUID().slice(-12)}`;
  epoch: Epoch = toEpoch(1_700_000_000_000, 1);
  target: Target;
  private last = 0;

  constructor(subscriber: Receiver | string, settings: SubscriptionSettings = {}) {
    this.target = {
      subscriber: typeof subscriber === "string" ? subscriber : subscriber.url,
      options: JSON.stringify(settings.options ?? {}) as JsonText,
      queuePolicy: settings.queuePolicy === undefined ? null : (JSON.stringify(settings.queuePolicy) as JsonText),
      secrets: settings.secrets ?? [],
      agreed: true,
    };
  }

  get stub(): DurableObjectStub {
    return bindings.DELIVERIES.getByName(`${this.project}/orders/${this.subscription}`);
  }

  get rpc(): DeliveryRpc {
    return this.stub as unknown as DeliveryRpc;
  }

  /** Hands over the next messages of the queue. */
  post(...bodies: readonly unknown[]): Promise<Acceptance> {
    return this.accept(bodies.map((body) => this.nextMessage(body)));
  }

  accept(parcels: readonly MessageNotification[]): Promise<Acceptance> {
    // Without a question about figures the answer has none.
    return this.rpc.accept({ target: this.target, epoch: this.epoch, parcels }) as Promise<Acceptance>;
  }

  /** The queue's next message. */
  nextMessage(body: unknown): MessageNotification {
    return { number: ++this.last, ttl: toSeconds(300), delay: null, body: JSON.stringify(body) as JsonText, hops: 0 };
  }

  /** `webhook-id` of a message. */
  idOf(number: number): string {
    return `${toMessageId(this.epoch, number)}_${this.subscription}`;
  }

  report(): Promise<DeliveryReport> {
    return this.rpc.report();
  }

  /** Milliseconds until the alarm; null: there is none. */
  async alarmIn(): Promise<number | null> {
    const at = await runInDurableObject(this.stub, (_, state) => state.storage.getAlarm());
    return at === null ? null : at - Date.now();
  }

  ring(): Promise<boolean> {
    return runDurableObjectAlarm(this.stub);
  }

  /** Evicts an idle object. The attempts that were not written yet are lost. */
  async restart(): Promise<void> {
    await evictDurableObject(this.stub);
  }

  /** Restarts the object at once, also if it is busy. */
  async crash(): Promise<void> {
    await runInDurableObject(this.stub, (_, state) => state.abort("a crash")).catch(() => undefined);
  }

  /** Advances the object's timers, if a test has stopped them. */
  pass(ms: number): Promise<void> {
    return runInDurableObject(this.stub, () => {
      vi.advanceTimersByTime(ms);
    });
  }

  /** Advances the clock to the alarm, and runs it. false: there is no alarm. */
  async passToAlarm(): Promise<boolean> {
    const wait = await this.alarmIn();
    if (wait === null) return false;
    clock.advance({ ms: Math.max(0, wait) });
    return this.ring();
  }

  /** Runs alarms until nothing is pending. */
  async passToEnd(): Promise<void> {
    for (let rung = 0; rung < 200; rung++) {
      if ((await this.report()).pending === 0) return;
      await this.passToAlarm();
    }
    throw new Error("Something is pending for ever.");
  }

  /** Runs a statement in the object's storage. */
  async run(statement: string): Promise<void> {
    await runInDurableObject(this.stub, (_, state) => void state.storage.sql.exec(statement));
  }

  rowsWritten(): Promise<number> {
    return runInDurableObject(
      this.stub,
      (object) => (object as unknown as { store: ObjectStore }).store.sql.rowsWritten,
    );
  }

  /** The rows of a table, none when there is no such table. */
  rows(table: "delivery" | "subscription" | "history"): Promise<readonly Record<string, unknown>[]> {
    return runInDurableObject(this.stub, (_, { storage: { sql } }) => {
      const tables = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", table).toArray();
      return tables.length === 0 ? [] : sql.exec(`SELECT * FROM ${table}`).toArray();
    });
  }
}

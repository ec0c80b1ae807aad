/** How much a connection subscribes itself to, and how much of it one call of its hub ends. */
import { expect, test } from "vitest";
import { toProjectId, type QueueName } from "../../src/domain/id.ts";
import type { Place } from "../../src/domain/place.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { HUB_MIGRATIONS } from "../../src/storage/hub/schema.ts";
import { HubSubscriptionStore } from "../../src/storage/hub/subscriptions.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { OwnSubscriptions } from "../../src/websocket/own-subscriptions.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const PROJECT = toProjectId("p");
const NOW = toEpochMs(1_000_000_000_000);

function queue(number: number): { readonly project: typeof PROJECT; readonly place: Place } {
  return { project: PROJECT, place: { kind: "queue", name: `q${number}` as QueueName } };
}

class Hub {
  readonly rows: HubSubscriptionStore;
  readonly subscriptions: OwnSubscriptions;
  /** The calls of queues that end subscriptions, and the most at a time. */
  ended = 0;
  mostAtOnce = 0;
  private pending = 0;
  /** When `endLost` has to be called. */
  readonly armed: number[] = [];

  constructor(sql: Sql) {
    this.rows = new HubSubscriptionStore(sql);
    this.subscriptions = new OwnSubscriptions({
      rows: this.rows,
      write: (work) => sql.transaction(work),
      unsubscribe: () => this.unsubscribe(),
      isSubscribed: async () => false,
      connected: () => new Set(),
      armAt: (at) => void this.armed.push(at),
      clock: () => NOW,
      logFault: () => undefined,
    });
  }

  async subscribe(connection: string, count: number): Promise<void> {
    for (let number = 0; number < count; number++) {
      await this.subscriptions.enter(connection, queue(number), async () => null);
    }
  }

  private async unsubscribe(): Promise<void> {
    this.ended++;
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.pending);
    await scheduler.wait(0);
    this.pending--;
  }
}

test("a connection subscribes to 1,000 queues; for one more no queue is asked", () =>
  withStorage(HUB_MIGRATIONS, async (sql) => {
    const hub = new Hub(sql);
    const { rows, subscriptions } = hub;
    await hub.subscribe("one", 1000);
    let isAsked = false;
    const ask = async (): Promise<void> => void (isAsked = true);
    await expect(subscriptions.enter("one", queue(1000), ask)).rejects.toThrow(Refusal);
    expect([isAsked, rows.of("one").length]).toEqual([false, 1000]);
    // A queue that it has subscribed to answers itself.
    await subscriptions.enter("one", queue(999), ask);
    expect(isAsked).toBe(true);
    await subscriptions.enter("two", queue(1000), ask);
    expect(rows.of("two")).toHaveLength(1);
  }));

test("a subscription that its connection deletes makes room for another", () =>
  withStorage(HUB_MIGRATIONS, async (sql) => {
    const hub = new Hub(sql);
    await hub.subscribe("one", 1000);
    await hub.subscriptions.leave("one", queue(500), async () => null);
    await hub.subscriptions.enter("one", queue(1000), async () => null);
    await expect(hub.subscriptions.enter("one", queue(500), async () => null)).rejects.toThrow(Refusal);
  }));

test("one call of the hub ends 400 subscriptions, 32 at a time, and the alarm ends the rest", () =>
  withStorage(HUB_MIGRATIONS, async (sql) => {
    const hub = new Hub(sql);
    await hub.subscribe("one", 801);
    await hub.subscriptions.end("one");
    expect([hub.ended, hub.mostAtOnce, hub.armed]).toEqual([400, 32, [NOW]]);
    await hub.subscriptions.endLost();
    expect([hub.ended, hub.armed]).toEqual([800, [NOW, NOW]]);
    await hub.subscriptions.endLost();
    expect([hub.ended, hub.armed, hub.rows.connections]).toEqual([801, [NOW, NOW], []]);
  }));

/**
 * A fake of what the outbox depends on: a queue's log and subscriptions in memory, for tests of the outbox without an object or a
 * database.
 */
import type { MessageNotification, Target } from "../../../src/domain/delivery.ts";
import { toEpoch, toProjectId, type Epoch, type QueueName, type SubscriptionId } from "../../../src/domain/id.ts";
import { EMPTY_OBJECT, type JsonText } from "../../../src/domain/json.ts";
import { queueNamed } from "../../../src/domain/place.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../../src/domain/time.ts";
import type { OutboxLog } from "../../../src/objects/queue/cursors.ts";
import type { OutboxDeps } from "../../../src/objects/queue/outbox.ts";
import type { Acceptance, Batch } from "../../../src/objects/rpc/delivery.ts";
import type { Push, PushAnswer } from "../../../src/objects/rpc/hub.ts";
import type { SharedCursor } from "../../../src/storage/queue/outbox.ts";
import type { SubscriptionChange, SubscriptionEntry } from "../../../src/storage/queue/subscription-rows.ts";

/** The number of messages in a page. It is small, so that tests have several pages. */
const PAGE = 4;

export class SubscribedQueue {
  epoch: Epoch = toEpoch(1_700_000_000_000, 1);
  now: EpochMs = toEpochMs(1_700_000_000_000);
  /** The answer of a DeliveryObject; it may throw. */
  accept: (subscription: number, batch: Batch) => Acceptance | Promise<Acceptance> = () => "taken";
  /** The answer of a hub; it may throw. */
  push: (hub: string, push: Push) => readonly PushAnswer[] = (_, { connections }) => connections.map(() => "taken");
  /** The calls of hubs. */
  readonly pushes: (readonly [hub: string, push: Push])[] = [];
  /** `post_data` of subscriptions of connections, by number. */
  readonly templates = new Map<number, string>();
  isPaused = false;
  /** The `_concurrency` of every subscription. */
  concurrency = 1;
  /** The cursor after which the log keeps messages. */
  keptAfter: number | null = null;
  /** The number of reads of the log. */
  pagesRead = 0;
  /** The bodies that were handed over to each subscription's object. */
  readonly handedOver: (readonly [subscription: number, ...bodies: JsonText[]])[] = [];
  /** The written shared cursors, the newest last. */
  readonly sharedCursors: SharedCursor[] = [];
  /** The written changes of subscriptions. */
  readonly changes: (readonly [number: number, change: SubscriptionChange])[] = [];
  readonly recalledSweeps: (EpochMs | null)[] = [];
  repeats = 0;
  readonly entries = new Map<number, SubscriptionEntry>();
  private readonly bodies: JsonText[] = [];

  post(...bodies: readonly string[]): void {
    for (const body of bodies) this.postStored(JSON.stringify(body) as JsonText);
  }

  /** Posts a body as the log stores it. */
  postStored(body: JsonText): void {
    this.bodies.push(body);
  }

  subscribe(number: number, entry: Partial<SubscriptionEntry> = {}): SubscriptionEntry {
    const added: SubscriptionEntry = {
      number,
      id: String(number) as SubscriptionId,
      expiresAt: toEpochMs(Infinity),
      confirmed: true,
      disabled: false,
      cursor: { epoch: this.epoch, sequence: 0 },
      lagging: false,
      connection: null,
      events: null,
      ...entry,
    };
    this.entries.set(number, added);
    return added;
  }

  /** The entry of a subscription as it is now. */
  entry(number: number): SubscriptionEntry {
    const entry = this.entries.get(number);
    if (entry === undefined) throw new Error(`There is no subscription ${number}.`);
    return entry;
  }

  get log(): OutboxLog {
    const { length } = this.bodies;
    return {
      record: { epoch: this.epoch, settings: { pausesNotifications: this.isPaused } },
      extent: { from: 1, to: length },
      lastStored: length,
      keepAfter: (cursor) => void (this.keptAfter = cursor),
      logPageAfter: (cursor, concurrency) => {
        this.pagesRead++;
        const end = Math.min(cursor + PAGE * concurrency, length);
        return { notifications: this.bodies.slice(cursor, end).map((body, at) => notify(cursor + at + 1, body)), end };
      },
    };
  }

  deps(): OutboxDeps {
    return {
      project: toProjectId("shop"),
      place: queueNamed("orders" as QueueName),
      concurrencyMax: 16,
      sharedRow: {
        read: () => this.sharedCursors.at(-1) ?? { sequence: 0, sweepAt: null },
        write: (_epoch, cursor) => void this.sharedCursors.push(cursor),
      },
      alarms: { plannedSweep: null, restoreSweep: (at) => void this.recalledSweeps.push(at) },
      queue: () => this.log,
      subscriptions: () => ({
        size: this.entries.size,
        all: () => this.entries.values(),
        entry: (number) => this.entries.get(number) ?? null,
        change: (number, change) => {
          this.changes.push([number, change]);
          this.entries.set(number, { ...this.entry(number), ...change });
        },
      }),
      now: () => this.now,
      isActive: ({ disabled }) => !disabled,
      target: (number) => (this.entries.get(number)?.disabled === false ? this.target : null),
      delivery: (id) => ({
        accept: async (batch) => {
          const answer = await this.accept(Number(id), batch);
          if (answer === "taken") this.handedOver.push([Number(id), ...batch.parcels.map(({ body }) => body)]);
          return answer;
        },
      }),
      hub: (name) => ({
        push: async (push) => {
          this.pushes.push([name, push]);
          return this.push(name, push);
        },
      }),
      templateOf: (number) => this.templates.get(number) ?? null,
      endConnections: async (numbers) => {
        for (const number of numbers) this.entries.delete(number);
      },
      write: async (work) => work(),
      armForRepair: () => void this.repeats++,
      withFigures: () => ({}),
      armNow: () => void this.repeats++,
    };
  }

  private get target(): Target {
    const options = this.concurrency === 1 ? EMPTY_OBJECT : (`{"_concurrency":${this.concurrency}}` as JsonText);
    return { subscriber: "https://shop.example/hook", options, queuePolicy: null, secrets: [], agreed: true };
  }
}

function notify(number: number, body: JsonText): MessageNotification {
  return { number, ttl: toSeconds(300), delay: null, body, hops: 0 };
}

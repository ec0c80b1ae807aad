/** The subscriptions of a queue: adding, changing and ending them. */
import { newSecret } from "../../delivery/signature.ts";
import type { ConnectionAddress } from "../../domain/connection-address.ts";
import type { FailureOf } from "../../domain/failure.ts";
import { NO_DELIVERIES, type DeliveryFigures } from "../../domain/figures.ts";
import { numberOfSubscription, type Epoch, type SubscriptionId } from "../../domain/id.ts";
import { membersOf, type JsonText } from "../../domain/json.ts";
import { packDelivery } from "../../domain/packed-figures.ts";
import { eventsRefusal } from "../../domain/queue-events.ts";
import { UNLIMITED, type Quotas } from "../../domain/quota.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import {
  checkNewSubscription,
  checkSubscriptionChanges,
  subscriptionNotFound,
  type Subscribed,
  type Subscription,
  type WebhookSecret,
  type SubscribeFailure,
  type SubscriptionUpdateFailure,
} from "../../domain/subscription.ts";
import { after, ageOf, toSeconds, type EpochMs } from "../../domain/time.ts";
import { readSharedCursor, writeSharedCursor } from "../../storage/queue/outbox.ts";
import type {
  Cursor,
  StoredSubscription,
  SubscriptionChange,
  SubscriptionEntry,
} from "../../storage/queue/subscription-rows.ts";
import type { SubscriptionStore } from "../../storage/queue/subscriptions.ts";
import { settlesWithin } from "../../mechanisms/timeout.ts";
import { eventsIn } from "../../storage/queue/subscription-rows.ts";
import { Connections } from "./connections.ts";
import { EventWatch } from "./event-watch.ts";
import { EndedSubscriptions } from "./ended-subscriptions.ts";
import type { QueueHost } from "./host.ts";
import { Outbox } from "./outbox.ts";
import type { DeliveryRpc } from "../rpc/delivery.ts";
import { Targets } from "./targets.ts";

export interface SubscriptionsDeps {
  readonly host: Pick<
    QueueHost,
    | "advanceToNow"
    | "alarms"
    | "armForRepair"
    | "config"
    | "isLost"
    | "logEvent"
    | "logFault"
    | "name"
    | "now"
    | "objects"
    | "place"
    | "project"
    | "queue"
    | "store"
    | "subscriptions"
    | "tally"
    | "waitUntil"
    | "write"
  >;
  /** Whether other objects take posts of the queue, of which subscribers would hear nothing. */
  readonly isSpread: () => boolean;
}

interface NewSubscriptionRequest {
  /** The POST's object. */
  readonly document: JsonText;
  readonly quotas: Quotas;
  readonly connection?: ConnectionAddress;
}

/** The time for which deliveries carry the signature of a replaced secret too. */
const SECRET_OVERLAP = toSeconds(86_400);
const SECRET_BYTES = 32;
/** Milliseconds that a run of the alarm waits for hand-overs; they continue after it. */
const ALARM_RUN_MS = 1000;
/** Milliseconds that the deletion of a queue waits for hand-overs. */
const DELETION_MS = 10_000;
/** The epoch in cursors of subscriptions whose queue is deleted. A queue that is created later has another epoch. */
const NO_EPOCH = "" as Epoch;

export class Subscriptions {
  readonly outbox: Outbox;
  readonly connections: Connections;
  readonly targets: Targets;
  readonly events: EventWatch;
  private readonly host: SubscriptionsDeps["host"];
  private readonly ended: EndedSubscriptions;
  private readonly isSpread: () => boolean;

  constructor({ host, isSpread }: SubscriptionsDeps) {
    this.host = host;
    this.isSpread = isSpread;
    const { sql } = host.store;
    const write = (work: () => void): Promise<void> => host.write(work);
    const armNow = (): void => this.armNow();
    const targets = new Targets({ host });
    const delivery = (id: SubscriptionId): DeliveryRpc => targets.delivery(id);
    const end = (numbers: ReadonlySet<number>): Promise<void> => this.end(({ number }) => numbers.has(number), false);
    const connections = new Connections({ host, end });
    this.connections = connections;
    this.targets = targets;
    this.events = new EventWatch({ host, targets });
    this.outbox = new Outbox({
      project: host.project,
      place: host.place,
      sharedRow: {
        read: (epoch) => readSharedCursor(sql, epoch),
        write: (epoch, cursor) => writeSharedCursor(sql, epoch, cursor),
      },
      alarms: host.alarms,
      concurrencyMax: host.config.maxDeliveryConcurrency,
      queue: () => host.queue,
      subscriptions: () => host.subscriptions,
      now: () => host.now(),
      isActive: (subscription, now) => targets.isActive(subscription, now),
      target: (number) => targets.activeTarget(number),
      delivery,
      hub: (name) => host.objects.hub(name),
      templateOf: (number) => connections.templateOf(number),
      endConnections: end,
      write,
      armForRepair: () => host.armForRepair(),
      armNow,
      withFigures: () => (host.config.meter ? { withFigures: true, subscriptions: host.subscriptions?.size ?? 1 } : {}),
    });
    const logFault = (operation: string, error: unknown): void => host.logFault(operation, error);
    this.ended = new EndedSubscriptions({ stored: () => host.subscriptions, delivery, write, armNow, logFault });
  }

  /** Whether there is no subscription. */
  get isEmpty(): boolean {
    return (this.stored?.size ?? 0) === 0;
  }

  /** The number of subscriptions that have not expired. */
  count(): number {
    return this.stored?.countAlive(this.host.now()) ?? 0;
  }

  /** If the quota is used up, ends subscriptions of connections that were lost in a crash. */
  async makeRoom({ subscriptions_per_queue: limit }: Quotas): Promise<void> {
    if (limit !== UNLIMITED && this.count() >= limit) await this.connections.check();
  }

  /** Adds a subscription to a queue that exists. `connection`: the subscriber. Within a transaction. */
  add({ document, quotas, connection }: NewSubscriptionRequest, now: EpochMs): Result<Subscribed, SubscribeFailure> {
    const { config, place } = this.host;
    const stored = this.stored;
    if (stored === null) throw new Error("A subscription was added to a queue without tables.");
    const rules = { kinds: config.subscriberTypes, defaultTtl: config.defaultSubscriptionTtl };
    const checked = checkNewSubscription(membersOf(document), rules, now, connection ?? null);
    if (!checked.ok) return checked;
    const refusal = this.eventsRefusal(checked.value.options, connection !== undefined);
    if (refusal !== null) return refusal;
    const known = stored.bySubscriber(checked.value.subscriber, now);
    if (known?.confirmed === true) return err({ kind: "subscription-exists", place, during: "create" });
    if (known !== null) {
      if (known.disabled) this.change(known, { disabled: false });
      return ok({ id: known.id, confirmed: false, isKnown: true });
    }
    const limit = quotas.subscriptions_per_queue;
    if (limit !== UNLIMITED && stored.countAlive(now) >= limit) {
      return err({ kind: "quota-exceeded", quota: "subscriptions_per_queue", limit });
    }
    if (this.isSpread()) return err({ kind: "queue-spread", queue: this.host.name, wish: "subscription" });
    if (stored.size === 0) this.outbox.startAtEnd();
    const random = crypto.getRandomValues(new Uint8Array(6));
    const start = this.endOfLog();
    const { id, number, expiresAt, confirmed, events } = stored.insert(checked.value, start, random, now);
    if (connection === undefined) this.outbox.noteTold(number, packDelivery(unstarted(id, start, now)));
    if (events?.wantsDeadLetters === true) this.events.startCounting(number);
    this.outbox.keepUnread();
    this.host.alarms.arm(expiresAt);
    return ok({ id, confirmed });
  }

  list(marker: string | null, limit: number, now: EpochMs): Subscription[] {
    const markerNumber = marker === null ? 0 : numberOfSubscription(marker);
    if (markerNumber === null) return [];
    return (this.stored?.list(markerNumber, limit, now) ?? []).map((stored) => toSubscription(stored, now));
  }

  has(subscriber: string, now: EpochMs): boolean {
    return (this.stored?.bySubscriber(subscriber, now) ?? null) !== null;
  }

  get(id: string, now: EpochMs): Subscription | null {
    const stored = this.stored?.find(id, now) ?? null;
    return stored === null ? null : toSubscription(stored, now);
  }

  async update(id: string, document: JsonText): Promise<Result<Subscribed, SubscriptionUpdateFailure>> {
    const { config } = this.host;
    const rules = { id, kinds: config.subscriberTypes, defaultTtl: config.defaultSubscriptionTtl };
    const updated = await this.host.write((now): Result<Subscribed, SubscriptionUpdateFailure> => {
      const checked = checkSubscriptionChanges(membersOf(document), rules, now);
      if (!checked.ok) return checked;
      const known = this.stored?.find(id, now) ?? null;
      if (known === null) return err(subscriptionNotFound(id));
      const { subscriber, ttl, options } = checked.value;
      const refusal = options === null ? null : this.eventsRefusal(options, known.connection !== null);
      if (refusal !== null) return refusal;
      const other = subscriber === null ? null : (this.stored?.bySubscriber(subscriber, now) ?? null);
      if (other !== null && other.number !== known.number) {
        return err({ kind: "subscription-exists", place: this.host.place, during: "update" });
      }
      const isOtherSubscriber = subscriber !== null && subscriber !== known.subscriber;
      // Where confirmation is required, a new subscriber has to confirm again.
      const confirmed = known.confirmed && !(isOtherSubscriber && config.requireConfirmation);
      this.change(known, {
        confirmed,
        disabled: false,
        ...(subscriber === null ? {} : { subscriber }),
        ...(options === null ? {} : { options }),
        ...(ttl === null ? {} : { ttl, expiresAt: after(now, ttl) }),
      });
      if (ttl !== null) this.host.alarms.arm(after(now, ttl));
      return ok({ id: known.id, confirmed });
    });
    if (updated.ok) await this.targets.redirect(updated.value.id);
    return updated;
  }

  async confirm(id: string, confirmed: boolean): Promise<Result<null, "subscription-not-found">> {
    const done = await this.host.write((now): Result<null, "subscription-not-found"> => {
      const known = this.stored?.find(id, now) ?? null;
      if (known === null) return err(subscriptionNotFound(id));
      this.change(known, confirmed ? { confirmed, disabled: false } : { confirmed });
      return ok(null);
    });
    if (done.ok) await this.targets.redirect(id as SubscriptionId);
    return done;
  }

  async disable({ id, subscriber }: { readonly id: string; readonly subscriber: string }): Promise<void> {
    const isNew = await this.host.write((now) => {
      const known = this.stored?.find(id, now) ?? null;
      if (known?.subscriber !== subscriber) return false;
      this.change(known, { disabled: true });
      return !known.disabled;
    });
    if (isNew) this.host.logEvent("subscription.gone", "delivery attempt", { subscription: id });
  }

  async remove(id: string): Promise<void> {
    const known = this.stored?.find(id, this.host.now()) ?? null;
    await this.end(({ number }) => number === known?.number, false);
  }

  async removeAll(): Promise<void> {
    await this.end(() => true, false);
  }

  async renewSecret(id: string): Promise<Result<WebhookSecret, "subscription-not-found" | "subscription-invalid">> {
    const secret = newSecret(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
    const renewed = await this.host.write((now): Awaited<ReturnType<Subscriptions["renewSecret"]>> => {
      const known = this.stored?.find(id, now) ?? null;
      if (known === null) return err(subscriptionNotFound(id));
      if (known.connection !== null) return err(UNSIGNED);
      const previous = known.secret === null ? null : { secret: known.secret, until: after(now, SECRET_OVERLAP) };
      this.change(known, { secret, previous });
      return ok(secret);
    });
    if (renewed.ok) await this.targets.redirect(id as SubscriptionId);
    return renewed;
  }

  /** Called by the alarm: ends expired subscriptions and repeats unfinished hand-overs. */
  async maintain(): Promise<void> {
    const now = this.host.now();
    await this.end(({ expiresAt }) => expiresAt <= now, true);
    this.outbox.start({ lagging: true });
    await settlesWithin(this.events.look(), ALARM_RUN_MS);
    await this.awaitSlice();
  }

  /** Waits up to ALARM_RUN_MS for the hand-overs of this call of the object. */
  awaitSlice(): Promise<void> {
    return this.outbox.settleSlice(ALARM_RUN_MS);
  }

  /** Before a deletion: hands over the notifications that are left. Those not accepted then are lost with the messages. */
  async finish(): Promise<void> {
    this.outbox.resume();
    this.outbox.start({ lagging: true });
    await this.outbox.settle(DELETION_MS);
  }

  /** Arms the alarm for the next expiry and for unfinished work. */
  armForNext(): void {
    const stored = this.stored;
    if (stored === null) return;
    const expiry = stored.nextExpiry();
    if (expiry !== null) this.host.alarms.arm(expiry);
    if (stored.hasEnded || this.outbox.isBehind) this.host.armForRepair();
    if (stored.isWatched) this.events.lookSoon();
  }

  /** Ends the subscriptions that `isOver` selects, and notifies their objects. `finish`: pending notifications are delivered. */
  private async end(isOver: (subscription: SubscriptionEntry) => boolean, finish: boolean): Promise<void> {
    const over = [...(this.stored?.all() ?? [])].filter(isOver);
    if (over.length > 0) {
      await this.host.write(() => {
        for (const subscription of over) {
          if (this.stored?.entry(subscription.number) != null) this.stored?.remove(subscription, finish);
          this.outbox.forget(subscription.number);
          this.events.forget(subscription.number);
        }
        this.outbox.keepUnread();
        // Connections have no object to be notified. Without a queue the alarm erases the rest after the last subscription.
        const needsAlarm = this.host.queue === null || over.some(({ connection }) => connection === null);
        if (needsAlarm) this.host.armForRepair();
      });
    }
    await this.ended.notify();
  }

  private armNow(): void {
    this.host.alarms.arm(this.host.now());
  }

  /** Changes a subscription. If that activates it, it gets the messages that are posted from now on. */
  private change(known: StoredSubscription, change: SubscriptionChange): void {
    const now = this.host.now();
    const { targets } = this;
    const events = change.options === undefined ? known.events : eventsIn(change.options);
    const isActivated = !targets.isActive(known, now) && targets.isActive({ ...known, ...change, events }, now);
    const isOther = (change.subscriber ?? known.subscriber) !== known.subscriber;
    // A new subscriber is not known to be silent.
    if (isActivated || isOther) this.outbox.clearSilence(known.number);
    if (isActivated) this.outbox.forget(known.number);
    // Nor has it been told anything.
    if (isOther) this.events.forgetTold(known.number);
    if (events?.wantsDeadLetters === true && known.events?.wantsDeadLetters !== true)
      this.events.startCounting(known.number);
    const reset = isActivated ? { cursor: this.endOfLog(), lagging: false } : {};
    this.stored?.change(known.number, { ...change, ...reset, ...(isOther ? { eventStates: null } : {}) });
    this.outbox.keepUnread();
  }

  private eventsRefusal(options: JsonText, isConnection: boolean): Result<never, "subscription-invalid"> | null {
    const reason = eventsRefusal(options, { isTopic: this.host.place.kind === "topic", isConnection });
    return reason === null ? null : err({ kind: "subscription-invalid", reason });
  }

  /** The rows of subscriptions; null while there are no tables. */
  private get stored(): SubscriptionStore | null {
    return this.host.subscriptions;
  }

  /** The end of the log, as a cursor. */
  private endOfLog(): Cursor {
    const queue = this.host.queue;
    return { epoch: queue?.record.epoch ?? NO_EPOCH, sequence: queue?.extent.to ?? 0 };
  }
}

/** Before every life of the DeliveryObject, whatever its clock. */
const BEFORE = toSeconds(-10);
/** Of no life. */
const NO_LIFE = -1;

/** The figures of a DeliveryObject that has not been called: it does not get what was posted before the subscription. */
function unstarted(subscription: SubscriptionId, { epoch, sequence }: Cursor, now: EpochMs): DeliveryFigures {
  const stamp = { boot: after(now, BEFORE), bootId: NO_LIFE, version: 0, takenAt: now };
  return { ...stamp, subscription, epoch, sequence, pending: 0, kept: 0, counters: NO_DELIVERIES };
}

const UNSIGNED: FailureOf<"subscription-invalid"> = {
  kind: "subscription-invalid",
  reason: "The subscriber is a WebSocket connection, and what is pushed to it is not signed.",
};

function toSubscription(stored: StoredSubscription, now: EpochMs): Subscription {
  const { id, subscriber, ttl, options, confirmed, createdAt, expiresAt } = stored;
  return { id, subscriber, ttl, options, confirmed, age: ageOf(createdAt, now), expiresAt };
}

/**
 * The deliveries of a subscription that have not succeeded. While the queue's call waits they are in memory; after it they have
 * rows. The newest FAILED_KEPT of those given up are kept, so that the owner can have them sent again (`redeliver`).
 *
 *   add ──► in memory ── arrived, or dropped ──► nothing is left
 *               │ written down
 *               ▼
 *              row ── postponed ──► row with its next time ── arrived, or dropped ──► nothing is left
 *               └──── given up ──► row without a time
 */
import { ATTEMPT_MS_MAX } from "../../delivery/couriers.ts";
import type { Notification } from "../../domain/delivery.ts";
import { RETRY_DELAY_MAX } from "../../domain/retry.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { Deliveries, DeliveryRow } from "../../storage/delivery/deliveries.ts";
import type { Alarm } from "../alarm.ts";
import type { Dispatch, PendingDelivery } from "./dispatch.ts";

/** The number of given-up deliveries that are kept. */
export const FAILED_KEPT = 1000;
/** Delay of the alarm that repeats attempts lost with an evicted object: longer than an attempt can last. */
export const WATCH_DELAY = toSeconds(Math.ceil(ATTEMPT_MS_MAX / 1000) + 1);

/**
 * Milliseconds for which changes of rows are collected into one commit, because the next attempt waits for every commit. A
 * change that a crash loses makes a delivery be sent once more.
 */
const WRITE_DELAY = 20;

export interface BacklogDeps {
  readonly store: Deliveries;
  readonly alarms: Alarm;
  readonly dispatch: Dispatch;
  now(): EpochMs;
  /** 0 when this object may do background writes now, else the milliseconds after which to ask again (objects/turns.ts). */
  untilTurn(): number;
  /** Creates the tables if need be, and runs `work` in a transaction. */
  write(work: () => void): void;
  /** Runs `work` and logs what it throws. */
  attend(work: () => void): void;
}

/** A change of a row that is not written yet; null: the row is to be removed. */
type Change = { readonly attempts: number; readonly dueAt: EpochMs | null } | null;

export class Backlog {
  private readonly deps: BacklogDeps;
  private readonly pending = new Set<PendingDelivery>();
  /** The row ids of given-up deliveries, the oldest first. */
  private readonly failed: number[] = [];
  /** Unwritten changes by row id. */
  private readonly changes = new Map<number, Change>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private nextId = 1;

  constructor(deps: BacklogDeps) {
    this.deps = deps;
  }

  /** The number of deliveries that wait for an attempt or are being attempted. */
  get size(): number {
    return this.pending.size;
  }

  /** The number of given-up deliveries that are kept. */
  get failedCount(): number {
    return this.failed.length;
  }

  /** Adds a delivery in memory, to be attempted after those added before. */
  add(messageId: string, notification: Notification, now: EpochMs): PendingDelivery {
    return this.enter({ id: this.nextId++, messageId, attempts: 0, dueAt: now }, notification);
  }

  /** Writes rows for the deliveries that are not over, in one transaction with `along`. A throw drops these deliveries. */
  writeDown(deliveries: readonly PendingDelivery[], along: () => void): void {
    for (const delivery of deliveries) delivery.settled = null;
    const rest = deliveries.filter(({ state }) => state !== "over");
    if (rest.length === 0) return;
    try {
      this.write(() => {
        along();
        for (const delivery of rest) this.insert(delivery);
        this.armFor(rest.filter(({ state }) => state !== "failed"));
      });
    } catch (error) {
      for (const delivery of rest) this.leave(delivery);
      throw error;
    }
    for (const delivery of rest) {
      delivery.notification = null;
      if (delivery.state === "failed") this.keep(delivery);
    }
  }

  /** The notification of a delivery, from memory or its row; null when the row is gone. */
  notificationOf(delivery: PendingDelivery): Notification | null {
    return delivery.notification ?? this.deps.store.notification(delivery);
  }

  arrived(delivery: PendingDelivery): void {
    if (delivery.notification === null) this.change(delivery.id, null);
    this.leave(delivery);
  }

  /** Plans the next attempt. An immediate retry writes nothing: if it is lost, the count of attempts only begins anew. */
  postpone(delivery: PendingDelivery, delay: Seconds, now: EpochMs): void {
    const { id, attempts, notification } = delivery;
    const dueAt = after(now, delay);
    if (notification === null && dueAt > now) this.change(id, { attempts, dueAt });
    delivery.dueAt = dueAt;
    delivery.state = "waiting";
  }

  giveUp(delivery: PendingDelivery): void {
    const { id, attempts, notification } = delivery;
    this.pending.delete(delivery);
    delivery.state = "failed";
    if (notification !== null) return;
    this.change(id, { attempts, dueAt: null });
    this.keep(delivery);
  }

  /** Ends all pending deliveries and removes their rows. Returns their number. */
  drop(): number {
    const { size } = this.pending;
    const hasRows = [...this.pending].some(({ notification }) => notification === null);
    if (hasRows) this.write(() => this.deps.store.removePending());
    this.forget();
    return size;
  }

  /** Ends all pending deliveries in memory. The caller removes the rows. */
  forget(): void {
    this.deps.dispatch.clear();
    for (const delivery of this.pending) {
      this.leave(delivery);
      delivery.settled?.();
    }
  }

  /** Forgets given-up deliveries and unwritten changes, because all rows are gone. */
  close(): void {
    this.failed.length = 0;
    this.changes.clear();
  }

  /** Writes the unwritten changes. A throw keeps them for the next call. */
  flush(): void {
    if (this.changes.size > 0) this.write(() => undefined);
  }

  /** Makes all given-up deliveries pending, as if never attempted. Returns their number. */
  revive(): number {
    const revived = new Set(this.failed);
    const { store, alarms } = this.deps;
    const now = this.deps.now();
    this.write(() => {
      store.revive(now);
      alarms.arm(after(now, WATCH_DELAY));
    });
    this.failed.length = 0;
    for (const { id, messageId } of store.all()) {
      if (revived.has(id)) this.enter({ id, messageId, attempts: 0, dueAt: now }, null);
    }
    return revived.size;
  }

  /** Builds memory from the rows. */
  open(): void {
    const latest = after(this.deps.now(), toSeconds(2 * RETRY_DELAY_MAX));
    for (const { id, messageId, attempts, dueAt } of this.deps.store.all()) {
      this.nextId = id + 1;
      if (dueAt === null) this.failed.push(id);
      // No retry waits longer than this, unless it was written while the clock was wrong.
      else this.enter({ id, messageId, attempts, dueAt: toEpochMs(Math.min(dueAt, latest)) }, null);
    }
  }

  /** Arms the alarm for the next retry, and for attempts under way in case they are lost. */
  armForNext(): void {
    const { alarms, dispatch } = this.deps;
    const now = this.deps.now();
    const { next, isBusy } = dispatch;
    if (next !== null && next > now) alarms.arm(next);
    if (isBusy) alarms.arm(after(now, WATCH_DELAY));
  }

  private armFor(deliveries: readonly { readonly dueAt: EpochMs | null }[]): void {
    const now = this.deps.now();
    let soonest: EpochMs | null = null;
    for (const { dueAt } of deliveries) {
      if (dueAt === null) continue;
      const at = dueAt > now ? dueAt : after(now, WATCH_DELAY);
      if (soonest === null || at < soonest) soonest = at;
    }
    if (soonest !== null) this.deps.alarms.arm(soonest);
  }

  private change(id: number, change: Change): void {
    this.changes.set(id, change);
    if (this.timer === null) this.flushIn(WRITE_DELAY);
  }

  private flushIn(delay: number): void {
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.changes.size === 0) return;
      const wait = this.deps.untilTurn();
      // If this fails, the alarm repeats it: the alarm is armed as long as a row may need it.
      if (wait === 0) this.deps.attend(() => this.flush());
      else this.flushIn(wait);
    }, delay);
  }

  /** Runs `work` in a transaction, after all unwritten changes. */
  private write(work: () => void): void {
    this.deps.write(() => {
      for (const [id, change] of this.changes) {
        if (change === null) this.deps.store.remove(id);
        else this.deps.store.reschedule({ id, ...change });
      }
      this.armFor([...this.changes.values()].filter((change) => change !== null));
      work();
    });
    this.changes.clear();
  }

  private enter(
    { id, messageId, attempts, dueAt }: DeliveryRow & { readonly dueAt: EpochMs },
    notification: Notification | null,
  ): PendingDelivery {
    const delivery: PendingDelivery = { id, messageId, notification, attempts, dueAt, state: "waiting", settled: null };
    this.pending.add(delivery);
    this.deps.dispatch.add(delivery);
    return delivery;
  }

  private insert({ id, messageId, attempts, dueAt, state, notification }: PendingDelivery): void {
    if (notification === null) return;
    this.deps.store.insert({ id, messageId, attempts, dueAt: state === "failed" ? null : dueAt }, notification);
  }

  /** Notes a given-up row. Beyond FAILED_KEPT the oldest is removed. */
  private keep(delivery: PendingDelivery): void {
    delivery.state = "over";
    this.failed.push(delivery.id);
    while (this.failed.length > FAILED_KEPT) this.change(this.failed.shift() ?? 0, null);
  }

  private leave(delivery: PendingDelivery): void {
    delivery.state = "over";
    this.pending.delete(delivery);
  }
}

/**
 * The deliveries of a subscription that have not succeeded. While the queue's call waits, they are in memory; after it, they have
 * rows. The newest FAILED_KEPT given-up deliveries are kept, so that the owner can have them sent again (`redeliver`).
 *
 *   add ──► in memory ── delivered, or dropped ──► nothing is left
 *               │ stored
 *               ▼
 *              row ── postponed ──► row with its next time ── delivered, or dropped ──► nothing is left
 *               └──── given up ──► row without a time
 */
import type { Notification } from "../../domain/delivery.ts";
import { RETRY_DELAY_MAX } from "../../domain/retry.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { Deliveries, DeliveryRow } from "../../storage/delivery/deliveries.ts";
import type { Dispatch, PendingDelivery } from "./dispatch.ts";
import { RowChanges, type RowChangesDeps } from "./row-changes.ts";
import type { WakeUps } from "./wake-ups.ts";

/** The number of given-up deliveries that are kept. */
export const FAILED_KEPT = 1000;

export interface BacklogDeps extends RowChangesDeps {
  readonly rows: Pick<
    Deliveries,
    "all" | "insert" | "notification" | "remove" | "removePending" | "reschedule" | "revive"
  >;
  readonly dispatch: Pick<Dispatch, "add" | "clear" | "isBusy" | "nextRetryAt">;
  readonly wakeUps: Pick<WakeUps, "armForAttempts" | "armForLostAttempts">;
  now(): EpochMs;
}

export class Backlog {
  private readonly deps: BacklogDeps;
  private readonly pending = new Set<PendingDelivery>();
  /** The row ids of given-up deliveries, the oldest first. */
  private readonly failed: number[] = [];
  private readonly changes: RowChanges;
  private nextId = 1;

  constructor(deps: BacklogDeps) {
    this.deps = deps;
    this.changes = new RowChanges(deps);
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
    return this.track({ id: this.nextId++, messageId, attempts: 0, dueAt: now }, notification);
  }

  /** Stores the deliveries that are not over, in one transaction with `work`. A throw drops these deliveries. */
  store(deliveries: readonly PendingDelivery[], work: () => void): void {
    for (const delivery of deliveries) delivery.onSettled = null;
    const rest = deliveries.filter(({ state }) => state !== "over");
    if (rest.length === 0) return;
    try {
      this.changes.write(() => {
        work();
        for (const delivery of rest) this.insert(delivery);
        this.deps.wakeUps.armForAttempts(rest.map(({ state, dueAt }) => (state === "failed" ? null : dueAt)));
      });
    } catch (error) {
      for (const delivery of rest) this.end(delivery);
      throw error;
    }
    for (const delivery of rest) {
      delivery.notification = null;
      if (delivery.state === "failed") this.keepFailed(delivery);
    }
  }

  /** The notification of a delivery, from memory or its row; null when the row is gone. */
  notificationOf(delivery: PendingDelivery): Notification | null {
    return delivery.notification ?? this.deps.rows.notification(delivery);
  }

  /** Ends a delivery that has succeeded. */
  markDelivered(delivery: PendingDelivery): void {
    if (delivery.notification === null) this.changes.add(delivery.id, null);
    this.end(delivery);
  }

  /** Plans the next attempt. An immediate retry writes nothing: if it is lost, only the count of attempts starts again. */
  postpone(delivery: PendingDelivery, delay: Seconds, now: EpochMs): void {
    const { id, attempts, notification } = delivery;
    const dueAt = after(now, delay);
    if (notification === null && dueAt > now) this.changes.add(id, { attempts, dueAt });
    delivery.dueAt = dueAt;
    delivery.state = "waiting";
  }

  giveUp(delivery: PendingDelivery): void {
    const { id, attempts, notification } = delivery;
    this.pending.delete(delivery);
    delivery.state = "failed";
    if (notification !== null) return;
    this.changes.add(id, { attempts, dueAt: null });
    this.keepFailed(delivery);
  }

  /** Ends all pending deliveries and removes their rows. Returns their number. */
  dropPending(): number {
    const { size } = this.pending;
    const hasRows = [...this.pending].some(({ notification }) => notification === null);
    if (hasRows) this.changes.write(() => this.deps.rows.removePending());
    this.forgetPending();
    return size;
  }

  /** Ends all pending deliveries in memory. The caller removes the rows. */
  forgetPending(): void {
    this.deps.dispatch.clear();
    for (const delivery of this.pending) {
      this.end(delivery);
      delivery.onSettled?.();
    }
  }

  /** Forgets given-up deliveries and unwritten changes, because all rows are gone. */
  forgetRows(): void {
    this.failed.length = 0;
    this.changes.clear();
  }

  /** Writes the unwritten changes of rows. A throw keeps them for the next call. */
  flush(): void {
    this.changes.flush();
  }

  /** Makes all given-up deliveries pending, as if never attempted. Returns their number. */
  revive(): number {
    const revived = new Set(this.failed);
    const { rows, wakeUps } = this.deps;
    const now = this.deps.now();
    this.changes.write(() => {
      rows.revive(now);
      wakeUps.armForLostAttempts();
    });
    this.failed.length = 0;
    for (const { id, messageId } of rows.all()) {
      if (revived.has(id)) this.track({ id, messageId, attempts: 0, dueAt: now }, null);
    }
    return revived.size;
  }

  /** Builds memory from the rows. */
  load(): void {
    const latest = after(this.deps.now(), toSeconds(2 * RETRY_DELAY_MAX));
    for (const { id, messageId, attempts, dueAt } of this.deps.rows.all()) {
      this.nextId = id + 1;
      if (dueAt === null) this.failed.push(id);
      // No retry waits longer than this, unless it was written while the clock was wrong.
      else this.track({ id, messageId, attempts, dueAt: toEpochMs(Math.min(dueAt, latest)) }, null);
    }
  }

  /** Arms the alarm for the next retry, and for attempts under way in case they are lost. */
  armForNext(): void {
    const { wakeUps, dispatch } = this.deps;
    const { nextRetryAt, isBusy } = dispatch;
    if (nextRetryAt !== null && nextRetryAt > this.deps.now()) wakeUps.armForAttempts([nextRetryAt]);
    if (isBusy) wakeUps.armForLostAttempts();
  }

  private track(
    { id, messageId, attempts, dueAt }: DeliveryRow & { readonly dueAt: EpochMs },
    notification: Notification | null,
  ): PendingDelivery {
    const delivery: PendingDelivery = {
      id,
      messageId,
      notification,
      attempts,
      dueAt,
      state: "waiting",
      onSettled: null,
    };
    this.pending.add(delivery);
    this.deps.dispatch.add(delivery);
    return delivery;
  }

  private insert({ id, messageId, attempts, dueAt, state, notification }: PendingDelivery): void {
    if (notification === null) return;
    this.deps.rows.insert({ id, messageId, attempts, dueAt: state === "failed" ? null : dueAt }, notification);
  }

  /** Keeps a given-up delivery that has a row. Beyond FAILED_KEPT the oldest is removed. */
  private keepFailed(delivery: PendingDelivery): void {
    delivery.state = "over";
    this.failed.push(delivery.id);
    while (this.failed.length > FAILED_KEPT) this.changes.add(this.failed.shift() ?? 0, null);
  }

  private end(delivery: PendingDelivery): void {
    delivery.state = "over";
    this.pending.delete(delivery);
  }
}

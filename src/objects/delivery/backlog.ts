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
import { FAILED_KEPT, type Notification } from "../../domain/delivery.ts";
import { RETRY_DELAY_MAX } from "../../domain/retry.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { Deliveries, DeliveryRow } from "../../storage/delivery/deliveries.ts";
import type { Dispatch, PendingDelivery } from "./dispatch.ts";
import { RowChanges, type RowChangesDeps } from "./row-changes.ts";
import type { WakeUps } from "./wake-ups.ts";

/** Which given-up deliveries become pending again; null: all. */
export interface Revival {
  /** By the ids of their messages. */
  readonly messages: ReadonlySet<string> | null;
  /** Those whose last attempt was made at or after this time. */
  readonly since: EpochMs | null;
}

export interface BacklogDeps extends RowChangesDeps {
  readonly rows: Pick<
    Deliveries,
    | "all"
    | "failedSince"
    | "insert"
    | "notification"
    | "past"
    | "remove"
    | "removePending"
    | "reschedule"
    | "revive"
    | "reviveOne"
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
    return this.track({ id: this.nextId++, messageId, attempts: 0, dueAt: now }, notification, now);
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
      delivery.lastAttempt = null;
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
    const { notification } = delivery;
    const dueAt = after(now, delay);
    if (notification === null && dueAt > now) this.change(delivery, dueAt);
    delivery.dueAt = dueAt;
    delivery.state = "waiting";
  }

  giveUp(delivery: PendingDelivery): void {
    this.pending.delete(delivery);
    delivery.state = "failed";
    if (delivery.notification !== null) return;
    this.change(delivery, null);
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

  /** The pending deliveries whose rows have, or would have, a higher number, in order. All changes of their rows are written. */
  pendingAfter(id: number): readonly PendingDelivery[] {
    this.flush();
    return [...this.pending].filter((delivery) => delivery.id > id).toSorted((one, other) => one.id - other.id);
  }

  /** The numbers of the rows of given-up deliveries after one, in order. All their changes are written. */
  failedAfter(id: number): readonly number[] {
    this.flush();
    return this.failed.filter((each) => each > id).toSorted((one, other) => one - other);
  }

  /** Makes given-up deliveries pending, as if never attempted: all, or those chosen. Returns their number. */
  revive({ messages, since }: Revival): number {
    const { rows, wakeUps } = this.deps;
    const failed = new Set(this.failed);
    // The rows do not have the times of attempts that are not written.
    if (since !== null) this.flush();
    const recent = since === null ? failed : rows.failedSince(since);
    const isChosen = ({ id, messageId }: DeliveryRow): boolean =>
      failed.has(id) && recent.has(id) && (messages?.has(messageId) ?? true);
    const revived = rows.all().filter(isChosen);
    if (revived.length === 0) return 0;
    const now = this.deps.now();
    this.changes.write(() => {
      if (revived.length === failed.size) rows.revive(now);
      else for (const { id } of revived) rows.reviveOne(id, now);
      wakeUps.armForLostAttempts();
    });
    for (const { id, messageId } of revived) {
      failed.delete(id);
      this.track({ id, messageId, attempts: 0, dueAt: now }, null);
    }
    this.failed.splice(0, Infinity, ...failed);
    return revived.length;
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
    acceptedAt: EpochMs | null = null,
  ): PendingDelivery {
    const delivery: PendingDelivery = {
      id,
      messageId,
      notification,
      acceptedAt,
      lastAttempt: null,
      attempts,
      dueAt,
      state: "waiting",
      onSettled: null,
    };
    this.pending.add(delivery);
    this.deps.dispatch.add(delivery);
    return delivery;
  }

  private insert(delivery: PendingDelivery): void {
    const { id, messageId, attempts, dueAt, state, notification } = delivery;
    if (notification === null) return;
    this.deps.rows.insert(
      { id, messageId, attempts, dueAt: state === "failed" ? null : dueAt },
      notification,
      delivery,
    );
  }

  /** Changes the row of a delivery, which takes its last attempt from memory. */
  private change(delivery: PendingDelivery, dueAt: EpochMs | null): void {
    const { id, attempts, lastAttempt } = delivery;
    this.changes.add(id, { attempts, dueAt, lastAttempt });
    delivery.lastAttempt = null;
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

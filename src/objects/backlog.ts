/**
 * The deliveries of a subscription that have not succeeded: in memory while whoever handed them over waits, in rows from then
 * on. Those given up stay, the newest, for an owner who wants them tried again.
 *
 *   take ──► in memory ── arrived, or dropped ──► nothing is left
 *                │ written down
 *                ▼
 *               row ── postponed ──► row with its next time ── arrived, or dropped ──► nothing is left
 *                └──── given up ──► row without a time
 */
import type { Content } from "../domain/delivery.ts";
import { after, toSeconds, type EpochMs, type Seconds } from "../domain/time.ts";
import type { Deliveries } from "../storage/deliveries.ts";
import type { Alarm } from "./alarm.ts";
import type { Delivery, Dispatch } from "./dispatch.ts";

/** Deliveries given up that are kept. */
export const FAILED_KEPT = 1000;
/** When the alarm looks after what is under way, in case it was lost with the object: an attempt is over by then. */
export const WATCH_DELAY = toSeconds(15);

/** Something to be delivered; `message` is its id, or a UUID for a document of ours. */
export interface News {
  readonly message: string;
  readonly content: Content;
}

export interface BacklogMeans {
  readonly store: Deliveries;
  readonly alarms: Alarm;
  readonly dispatch: Dispatch;
  now(): EpochMs;
  /** Runs `work` in a transaction, with tables. */
  write(work: () => void): void;
}

export class Backlog {
  private readonly means: BacklogMeans;
  private readonly pending = new Set<Delivery>();
  /** Those given up, by their rows, the oldest first. */
  private readonly failed: number[] = [];
  private nextId = 1;

  constructor(means: BacklogMeans) {
    this.means = means;
  }

  /** Those that wait for an attempt or are being attempted. */
  get size(): number {
    return this.pending.size;
  }

  /** How many were given up and are kept. */
  get failedCount(): number {
    return this.failed.length;
  }

  /** Takes over what is to be delivered, in memory, to be attempted in this order. */
  take(news: readonly News[]): Delivery[] {
    const dueAt = this.means.now();
    return news.map((one) => this.enter({ id: this.nextId++, ...one, attempts: 0, dueAt }));
  }

  /** Gives rows to those of the taken ones that need them, in one transaction with `along`. A throw drops them. */
  writeDown(deliveries: readonly Delivery[], along: () => void): void {
    for (const delivery of deliveries) delivery.settled = null;
    const rest = deliveries.filter(({ state }) => state !== "over");
    if (rest.length === 0) return;
    try {
      this.means.write(() => {
        along();
        for (const delivery of rest) this.insert(delivery);
        this.armFor(rest);
      });
    } catch (error) {
      for (const delivery of rest) this.leave(delivery);
      throw error;
    }
    for (const delivery of rest) {
      delivery.content = null;
      if (delivery.state === "failed") this.keep(delivery);
    }
  }

  /** What is to be delivered; null when its row is gone. */
  contentOf({ id, content }: Delivery): Content | null {
    return content ?? this.means.store.content(id);
  }

  arrived(delivery: Delivery): void {
    if (delivery.content === null) this.means.write(() => this.means.store.remove(delivery.id));
    this.leave(delivery);
  }

  /** A retry at once is not worth a row: if it is lost, the attempts only begin anew. */
  postpone(delivery: Delivery, delay: Seconds, now: EpochMs): void {
    const dueAt = after(now, delay);
    const { id, attempts } = delivery;
    if (delivery.content === null && dueAt > now) {
      this.means.write(() => {
        this.means.store.reschedule({ id, attempts, dueAt });
        this.means.alarms.arm(dueAt);
      });
    }
    delivery.dueAt = dueAt;
    delivery.state = "waiting";
  }

  giveUp(delivery: Delivery): void {
    const { id, attempts } = delivery;
    const hasRow = delivery.content === null;
    if (hasRow) this.means.write(() => this.means.store.reschedule({ id, attempts, dueAt: null }));
    this.pending.delete(delivery);
    delivery.state = "failed";
    if (hasRow) this.keep(delivery);
  }

  /** Ends all that is pending, with its rows. Returns how many that were. */
  drop(): number {
    const { size } = this.pending;
    const hasRows = [...this.pending].some(({ content }) => content === null);
    if (hasRows) this.means.write(() => this.means.store.removePending());
    this.forget();
    return size;
  }

  /** Ends all that is pending and leaves the rows to others. */
  forget(): void {
    this.means.dispatch.clear();
    for (const delivery of this.pending) {
      this.leave(delivery);
      delivery.settled?.();
    }
  }

  /** Forgets what was given up: its rows are gone. */
  close(): void {
    this.failed.length = 0;
  }

  /** Makes all that was given up pending, as if never attempted. Returns how many that were. */
  revive(): number {
    const revived = new Set(this.failed);
    const { store, alarms } = this.means;
    const now = this.means.now();
    this.means.write(() => {
      store.revive(now);
      alarms.arm(after(now, WATCH_DELAY));
    });
    this.failed.length = 0;
    for (const { id, message } of store.all()) {
      if (revived.has(id)) this.enter({ id, message, content: null, attempts: 0, dueAt: now });
    }
    return revived.size;
  }

  /** Builds memory from the rows. */
  open(): void {
    for (const { id, message, attempts, dueAt } of this.means.store.all()) {
      this.nextId = id + 1;
      if (dueAt === null) this.failed.push(id);
      else this.enter({ id, message, content: null, attempts, dueAt });
    }
  }

  /** Arms for what waits, and for what is under way in case it is lost. */
  armForNext(): void {
    const { alarms, dispatch } = this.means;
    const now = this.means.now();
    const { next, isBusy } = dispatch;
    if (next !== null && next > now) alarms.arm(next);
    if (isBusy) alarms.arm(after(now, WATCH_DELAY));
  }

  private armFor(deliveries: readonly Delivery[]): void {
    const now = this.means.now();
    const times = deliveries
      .filter(({ state }) => state !== "failed")
      .map(({ dueAt }) => (dueAt > now ? dueAt : after(now, WATCH_DELAY)));
    const soonest = times.reduce<EpochMs | null>((a, b) => (a === null || b < a ? b : a), null);
    if (soonest !== null) this.means.alarms.arm(soonest);
  }

  private enter(delivery: Omit<Delivery, "state" | "settled">): Delivery {
    const entered: Delivery = { ...delivery, state: "waiting", settled: null };
    this.pending.add(entered);
    this.means.dispatch.add(entered);
    return entered;
  }

  private insert({ id, message, attempts, dueAt, state, content }: Delivery): void {
    if (content === null) return;
    this.means.store.insert({ id, message, attempts, dueAt: state === "failed" ? null : dueAt }, content);
  }

  /** Notes a row that was given up; the oldest beyond those kept goes. */
  private keep(delivery: Delivery): void {
    delivery.state = "over";
    this.failed.push(delivery.id);
    while (this.failed.length > FAILED_KEPT) this.means.store.remove(this.failed.shift() ?? 0);
  }

  private leave(delivery: Delivery): void {
    delivery.state = "over";
    this.pending.delete(delivery);
  }
}

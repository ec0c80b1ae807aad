/**
 * The deliveries of a subscription that have not succeeded. While the queue's call waits they are in memory; after it they have
 * rows. The newest FAILED_KEPT of those given up are kept, so that the owner can have them sent again (`redeliver`).
 *
 *   take ──► in memory ── arrived, or dropped ──► nothing is left
 *                │ written down
 *                ▼
 *               row ── postponed ──► row with its next time ── arrived, or dropped ──► nothing is left
 *                └──── given up ──► row without a time
 */
import { ATTEMPT_MS_MAX } from "../../delivery/couriers.ts";
import type { Content } from "../../domain/delivery.ts";
import { RETRY_DELAY_MAX } from "../../domain/retry.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { Deliveries } from "../../storage/delivery/deliveries.ts";
import type { Alarm } from "../alarm.ts";
import type { Delivery, Dispatch } from "./dispatch.ts";

/** The number of given-up deliveries that are kept. */
export const FAILED_KEPT = 1000;
/** Delay of the alarm that repeats attempts lost with an evicted object: longer than an attempt can last. */
export const WATCH_DELAY = toSeconds(Math.ceil(ATTEMPT_MS_MAX / 1000) + 1);

/**
 * Milliseconds for which changes of rows are collected into one commit, because the next attempt waits for every commit. A
 * change that a crash loses makes a delivery be sent once more.
 */
const WRITE_DELAY = 20;

/** A new delivery. `message` is the message's id, or a UUID for a document of the service (a confirmation request). */
export interface News {
  readonly message: string;
  readonly content: Content;
}

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
  private readonly pending = new Set<Delivery>();
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

  /** Takes over new deliveries in memory, to be attempted in this order. */
  take(news: readonly News[]): Delivery[] {
    const dueAt = this.deps.now();
    return news.map((one) => this.enter({ id: this.nextId++, ...one, attempts: 0, dueAt }));
  }

  /** Writes rows for the deliveries that are not over, in one transaction with `along`. A throw drops these deliveries. */
  writeDown(deliveries: readonly Delivery[], along: () => void): void {
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
      delivery.content = null;
      if (delivery.state === "failed") this.keep(delivery);
    }
  }

  /** The content of a delivery, from memory or its row; null when the row is gone. */
  contentOf({ id, content }: Delivery): Content | null {
    return content ?? this.deps.store.content(id);
  }

  arrived(delivery: Delivery): void {
    if (delivery.content === null) this.change(delivery.id, null);
    this.leave(delivery);
  }

  /** Plans the next attempt. An immediate retry writes nothing: if it is lost, the count of attempts only begins anew. */
  postpone(delivery: Delivery, delay: Seconds, now: EpochMs): void {
    const { id, attempts, content } = delivery;
    const dueAt = after(now, delay);
    if (content === null && dueAt > now) this.change(id, { attempts, dueAt });
    delivery.dueAt = dueAt;
    delivery.state = "waiting";
  }

  giveUp(delivery: Delivery): void {
    const { id, attempts, content } = delivery;
    this.pending.delete(delivery);
    delivery.state = "failed";
    if (content !== null) return;
    this.change(id, { attempts, dueAt: null });
    this.keep(delivery);
  }

  /** Ends all pending deliveries and removes their rows. Returns their number. */
  drop(): number {
    const { size } = this.pending;
    const hasRows = [...this.pending].some(({ content }) => content === null);
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
    for (const { id, message } of store.all()) {
      if (revived.has(id)) this.enter({ id, message, content: null, attempts: 0, dueAt: now });
    }
    return revived.size;
  }

  /** Builds memory from the rows. */
  open(): void {
    const latest = after(this.deps.now(), toSeconds(2 * RETRY_DELAY_MAX));
    for (const { id, message, attempts, dueAt } of this.deps.store.all()) {
      this.nextId = id + 1;
      if (dueAt === null) this.failed.push(id);
      // No retry waits longer than this, unless it was written while the clock was wrong.
      else this.enter({ id, message, content: null, attempts, dueAt: toEpochMs(Math.min(dueAt, latest)) });
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

  private enter(delivery: Omit<Delivery, "state" | "settled">): Delivery {
    const entered: Delivery = { ...delivery, state: "waiting", settled: null };
    this.pending.add(entered);
    this.deps.dispatch.add(entered);
    return entered;
  }

  private insert({ id, message, attempts, dueAt, state, content }: Delivery): void {
    if (content === null) return;
    this.deps.store.insert({ id, message, attempts, dueAt: state === "failed" ? null : dueAt }, content);
  }

  /** Notes a given-up row. Beyond FAILED_KEPT the oldest is removed. */
  private keep(delivery: Delivery): void {
    delivery.state = "over";
    this.failed.push(delivery.id);
    while (this.failed.length > FAILED_KEPT) this.change(this.failed.shift() ?? 0, null);
  }

  private leave(delivery: Delivery): void {
    delivery.state = "over";
    this.pending.delete(delivery);
  }
}

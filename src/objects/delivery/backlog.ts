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
import { ATTEMPT_MS_MAX } from "../../delivery/couriers.ts";
import type { Content } from "../../domain/delivery.ts";
import { RETRY_DELAY_MAX } from "../../domain/retry.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { Deliveries } from "../../storage/delivery/deliveries.ts";
import type { Alarm } from "../alarm.ts";
import type { Delivery, Dispatch } from "./dispatch.ts";

/** Deliveries given up that are kept. */
export const FAILED_KEPT = 1000;
/** When the alarm looks after what is under way, in case it was lost with the object: an attempt is over by then. */
export const WATCH_DELAY = toSeconds(Math.ceil(ATTEMPT_MS_MAX / 1000) + 1);

/**
 * Milliseconds until what became of deliveries is written down, together: the next attempt has to wait for every commit, and
 * what a crash makes us forget is sent once more.
 */
const WRITE_DELAY = 20;

/** Something to be delivered; `message` is its id, or a UUID for a document of ours. */
export interface News {
  readonly message: string;
  readonly content: Content;
}

export interface BacklogDeps {
  readonly store: Deliveries;
  readonly alarms: Alarm;
  readonly dispatch: Dispatch;
  now(): EpochMs;
  /** 0 when it is this object's turn to write what nobody waits for, else the milliseconds after which to ask again. */
  untilTurn(): number;
  /** Runs `work` in a transaction, with tables. */
  write(work: () => void): void;
  /** Runs `work` and reports what it throws. */
  attend(work: () => void): void;
}

/** What a row has yet to learn; null: that it is no more. */
type Change = { readonly attempts: number; readonly dueAt: EpochMs | null } | null;

export class Backlog {
  private readonly deps: BacklogDeps;
  private readonly pending = new Set<Delivery>();
  /** Those given up, by their rows, the oldest first. */
  private readonly failed: number[] = [];
  /** Of rows, by their ids. */
  private readonly changes = new Map<number, Change>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private nextId = 1;

  constructor(deps: BacklogDeps) {
    this.deps = deps;
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
    const dueAt = this.deps.now();
    return news.map((one) => this.enter({ id: this.nextId++, ...one, attempts: 0, dueAt }));
  }

  /** Gives rows to those of the taken ones that need them, in one transaction with `along`. A throw drops them. */
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

  /** What is to be delivered; null when its row is gone. */
  contentOf({ id, content }: Delivery): Content | null {
    return content ?? this.deps.store.content(id);
  }

  arrived(delivery: Delivery): void {
    if (delivery.content === null) this.change(delivery.id, null);
    this.leave(delivery);
  }

  /** A retry at once is not worth a row: if it is lost, the attempts only begin anew. */
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

  /** Ends all that is pending, with its rows. Returns how many that were. */
  drop(): number {
    const { size } = this.pending;
    const hasRows = [...this.pending].some(({ content }) => content === null);
    if (hasRows) this.write(() => this.deps.store.removePending());
    this.forget();
    return size;
  }

  /** Ends all that is pending and leaves the rows to others. */
  forget(): void {
    this.deps.dispatch.clear();
    for (const delivery of this.pending) {
      this.leave(delivery);
      delivery.settled?.();
    }
  }

  /** Forgets what concerns rows: they are gone. */
  close(): void {
    this.failed.length = 0;
    this.changes.clear();
  }

  /** Writes down what became of deliveries by now. A throw leaves it for the next time. */
  flush(): void {
    if (this.changes.size > 0) this.write(() => undefined);
  }

  /** Makes all that was given up pending, as if never attempted. Returns how many that were. */
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
      // No retry waits longer, but one written down when the clock was wrong.
      else this.enter({ id, message, content: null, attempts, dueAt: toEpochMs(Math.min(dueAt, latest)) });
    }
  }

  /** Arms for what waits, and for what is under way in case it is lost. */
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
      // If it fails, the alarm does it: it is armed as long as a row may need it.
      if (wait === 0) this.deps.attend(() => this.flush());
      else this.flushIn(wait);
    }, delay);
  }

  /** Runs `work` in a transaction with all changes before it. */
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

  /** Notes a row that was given up; the oldest beyond those kept goes. */
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

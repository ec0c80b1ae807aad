/**
 * Decides when a subscription's deliveries are attempted. First attempts begin in post order. Each begins when the one before
 * has been answered, or after ORDER_WAIT_MS, so that a slow receiver does not stop all. With a `_concurrency` above 1 several
 * first attempts are under way, each beginning as soon as there is room, and the order is given up. Retries begin when they are
 * due, in no order. They have slots of their own, so that first attempts, however many, leave room for them.
 *
 *   add ──► firsts ──► attempt ──┬──► over
 *              retries ──►  ▲    │
 *                 ▲         └────┼── due
 *                 └──────────────┘ waits
 */
import { DeadlineHeap } from "../../mechanisms/deadline-heap.ts";
import type { FailedAttempt, Notification } from "../../domain/delivery.ts";
import type { EpochMs } from "../../domain/time.ts";
import { settlesWithin } from "../../mechanisms/timeout.ts";

/** Milliseconds after which the next first attempt begins although the one before has not been answered. */
export const ORDER_WAIT_MS = 1000;
/** First attempts under way at a time for a subscriber that wants post order. */
const ORDERED_MAX = 4;
/** Retries under way at a time for any subscriber. */
const RETRIES_MAX = 4;
/** Attempts of both kinds at a time, unless `concurrency` is higher: Cloudflare lets an object wait for six answers at a time. */
const ATTEMPTS_MAX = 6;

/** A delivery in memory. */
export interface PendingDelivery {
  /** The id of its row, if it gets one. */
  readonly id: number;
  /** The id of the message, or a UUID for a document of the service. */
  readonly messageId: string;
  /** Null when a row holds the notification. */
  notification: Notification | null;
  /** When it was accepted; null: its row says it. */
  readonly acceptedAt: EpochMs | null;
  /** The last failed attempt; null: none, or its row has it. */
  lastAttempt: FailedAttempt | null;
  /** The number of failed attempts. */
  attempts: number;
  dueAt: EpochMs;
  /** `failed`: given up, but not yet written. `over`: delivered, dropped, or given up and written. */
  state: "waiting" | "active" | "failed" | "over";
  /** Called once, when the delivery is over or waits for a retry, so that its batch need not wait for it any longer. */
  onSettled: (() => void) | null;
}

export interface DispatchDeps {
  /** First attempts that may be under way; 1: in post order. It may change at any time. */
  concurrency(): number;
  now(): EpochMs;
  waitUntil(work: Promise<unknown>): void;
  /** Makes one attempt. It must not reject. Afterwards the delivery is not `active`. */
  attempt(delivery: PendingDelivery): Promise<void>;
}

export class Dispatch {
  private readonly deps: DispatchDeps;
  private firsts: PendingDelivery[] = [];
  private readonly retries = new DeadlineHeap<PendingDelivery>();
  private readonly underWay = { firsts: new Set<Promise<void>>(), retries: new Set<Promise<void>>() };
  /** Since when attempts have been under way without any of them ending; null: no attempt is under way. */
  private unansweredSince: EpochMs | null = null;
  private isStartingFirsts = false;
  /** Callbacks that resolve the promises of `idle`. */
  private readonly idleWaiters: (() => void)[] = [];

  constructor(deps: DispatchDeps) {
    this.deps = deps;
  }

  /** Adds a delivery. Deliveries never attempted have to be added in post order. */
  add(delivery: PendingDelivery): void {
    if (delivery.attempts === 0) this.firsts.push(delivery);
    else this.retries.add(delivery.dueAt, delivery);
  }

  /** Starts all attempts that are due and have room. */
  startDue(): void {
    if (!this.isStartingFirsts && this.firsts.length > 0) this.deps.waitUntil(this.startFirsts());
    while (this.hasRoomForRetry) {
      const delivery = this.retries.popDue(this.deps.now());
      if (delivery === undefined) break;
      if (delivery.state !== "over") void this.start(delivery, this.underWay.retries);
    }
    if (this.isBusy) return;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }

  /** Whether an attempt is under way, or is due and waits for room. */
  get isBusy(): boolean {
    const { nextRetryAt } = this;
    const isDue = nextRetryAt !== null && nextRetryAt <= this.deps.now();
    return isDue || this.isStartingFirsts || this.underWayCount + this.firsts.length > 0;
  }

  /** Milliseconds for which attempts have been under way without any of them ending. */
  get unansweredMs(): number {
    return this.unansweredSince === null ? 0 : this.deps.now() - this.unansweredSince;
  }

  /** When the next retry is due. */
  get nextRetryAt(): EpochMs | null {
    return this.retries.nextDueAt;
  }

  /** Settles when no attempt is under way and none is due. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isBusy) this.idleWaiters.push(resolve);
      else resolve();
    });
  }

  /** Forgets the waiting deliveries. Attempts under way continue. */
  clear(): void {
    this.firsts = [];
    this.retries.clear();
  }

  private get underWayCount(): number {
    const { firsts, retries } = this.underWay;
    return firsts.size + retries.size;
  }

  private get hasRoomForRetry(): boolean {
    const { firsts, retries } = this.underWay;
    return retries.size < Math.min(RETRIES_MAX, this.attemptsMax - firsts.size);
  }

  private get attemptsMax(): number {
    return Math.max(ATTEMPTS_MAX, this.deps.concurrency());
  }

  private get hasRoomForFirst(): boolean {
    const { firsts, retries } = this.underWay;
    const concurrency = this.deps.concurrency();
    const max = concurrency === 1 ? ORDERED_MAX : concurrency;
    return firsts.size < Math.min(max, this.attemptsMax - retries.size);
  }

  private async startFirsts(): Promise<void> {
    this.isStartingFirsts = true;
    const { firsts } = this.underWay;
    for (let delivery = this.firsts.shift(); delivery !== undefined; delivery = this.firsts.shift()) {
      if (delivery.state === "over") continue;
      const attempt = this.start(delivery, firsts);
      if (this.deps.concurrency() === 1) await settlesWithin(attempt, ORDER_WAIT_MS);
      while (!this.hasRoomForFirst) await Promise.race(firsts);
    }
    this.isStartingFirsts = false;
    this.startDue();
  }

  private start(delivery: PendingDelivery, kind: Set<Promise<void>>): Promise<void> {
    delivery.state = "active";
    this.unansweredSince ??= this.deps.now();
    const attempt = this.deps.attempt(delivery).then(() => {
      kind.delete(attempt);
      this.unansweredSince = this.underWayCount > 0 ? this.deps.now() : null;
      if (delivery.state === "waiting") this.retries.add(delivery.dueAt, delivery);
      this.startDue();
    });
    kind.add(attempt);
    this.deps.waitUntil(attempt);
    return attempt;
  }
}

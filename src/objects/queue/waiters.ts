/**
 * Claims that wait for a message to become claimable: those of requests, and those of connections (connection-waits.ts). A
 * waiting claim takes no message, and a woken one makes an ordinary claim. So a client that has disconnected loses no message.
 */
import type { ClientId } from "../../domain/id.ts";
import { HOME_OBJECT } from "../../domain/spread.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { QueueHost } from "./host.ts";

/** Milliseconds after which another claim is woken for the messages that a woken claim has left. */
const NEXT_WAKE_MS = 100;
/** Milliseconds. No claim waits longer, so no timer is set for a later change. */
const TIMER_MS_MAX = 60_000;
/** The longest timer in milliseconds while only connections wait. A timer keeps the object awake, an alarm does not. */
const AWAKE_MS_MAX = 1000;

/** The time within which the wait begins that a claim has announced: so long may a call take. */
const ANNOUNCED = toSeconds(10);

export interface WaitersDeps {
  readonly host: Pick<QueueHost, "advanceToNow" | "alarms" | "changes" | "queue">;
  /** Called with each wait that begins. */
  readonly onAdd?: () => void;
}

/** Identifies a waiting claim. Both are absent from Workers of older versions. */
export interface WaiterName {
  readonly client: ClientId | undefined;
  /** The name that the Worker or the hub gave to this one wait. */
  readonly wait: string | undefined;
}

/** The object that may have a message. `over`: the time was up. `canceled`: the wait was ended by request. */
export type WaiterOutcome = number | "over" | "canceled";

export interface Waiter extends WaiterName {
  /** When a connection stops waiting; null: a request waits, which keeps the object awake. */
  readonly until: EpochMs | null;
  /**
   * Signals that an object of the queue may have a message. False: it has no effect, because of an earlier signal, or the time is
   * over.
   */
  readonly wake: (object: number) => boolean;
  /** Ends the wait by request. */
  readonly end: () => void;
}

export class Waiters {
  private readonly deps: WaitersDeps;
  /** The longest wait first. */
  private readonly waiting = new Set<Waiter>();
  /** The number of waiting requests. */
  private requests = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** Waits that claims have announced and that have not begun: until when they are expected. */
  private announced: EpochMs[] = [];
  /** When the last wait ends, or before. `-Infinity`: there is none. */
  lastEnd = -Infinity;

  constructor(deps: WaitersDeps) {
    this.deps = deps;
  }

  get size(): number {
    return this.waiting.size;
  }

  /** Whether connections wait, which call this object only when there is a message. */
  get hasConnections(): boolean {
    return this.size > this.requests;
  }

  /** Notes that the caller of a claim that found nothing is about to wait. */
  announce(seconds: number, now: EpochMs): void {
    this.announced.push(after(now, ANNOUNCED));
    this.noteEnd(after(now, toSeconds(seconds)));
  }

  /** The number of claims that wait or are about to, at most. */
  countAt(now: EpochMs): number {
    this.announced = this.announced.filter((until) => until > now);
    const count = this.size + this.announced.length;
    if (count === 0) this.lastEnd = -Infinity;
    return count;
  }

  add(waiter: Waiter): void {
    this.waiting.add(waiter);
    this.deps.host.changes++;
    if (waiter.until === null) this.requests++;
    else this.noteEnd(waiter.until);
    this.setTimer();
    this.deps.onAdd?.();
  }

  /** Without effect if it does not wait any more. */
  delete(waiter: Waiter): void {
    if (!this.waiting.delete(waiter)) return;
    if (waiter.until === null) this.requests--;
    this.deps.host.changes++;
  }

  /** Notes that a wait begins that a claim may have announced. */
  begin(seconds: number, now: EpochMs): void {
    this.announced.shift();
    this.noteEnd(after(now, toSeconds(seconds)));
  }

  private noteEnd(at: EpochMs): void {
    this.lastEnd = Math.max(this.lastEnd, at);
  }

  /** Waits until the request is woken or the time is up. */
  wait(name: WaiterName, milliseconds: number): Promise<WaiterOutcome> {
    return new Promise<WaiterOutcome>((resolve) => {
      const settle = (outcome: WaiterOutcome): boolean => {
        this.delete(waiter);
        clearTimeout(timer);
        resolve(outcome);
        return true;
      };
      const timer = setTimeout(() => settle("over"), milliseconds);
      const waiter = { ...name, until: null, wake: settle, end: () => void settle("canceled") };
      this.add(waiter);
    });
  }

  /** Ends the waits of matching claims. */
  end(matches: (name: WaiterName) => boolean): void {
    for (const waiter of this.waiting) if (matches(waiter)) waiter.end();
  }

  /** Has all waiting requests look for the queue again, which may be created in another region. */
  release(): void {
    for (const waiter of this.waiting) waiter.wake(HOME_OBJECT);
  }

  /** Wakes up to `count` claims, those that have waited longest first, if there may be a claimable message. */
  wake(count: number): void {
    if (this.size === 0) return;
    if (this.mayHaveClaimable) this.tell(HOME_OBJECT, count);
    this.setTimer();
  }

  /** Tells up to `count` claims, those that have waited longest first, that an object of the queue may have messages. */
  tell(object: number, count: number): void {
    let left = count;
    for (const waiter of this.waiting) {
      if (left <= 0) return;
      if (waiter.wake(object)) left--;
    }
  }

  /** Whether there may be a claimable message. False is certain. */
  private get mayHaveClaimable(): boolean {
    return this.deps.host.queue?.mayHaveClaimable ?? false;
  }

  /**
   * Sets the timer for the next wake-up: when a lease lapses or a delay ends, or soon, if a woken claim may have left messages. A
   * timer suffices while requests wait, because they keep the object awake. For connections alone the alarm is armed.
   */
  private setTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.size === 0) return;
    const { host } = this.deps;
    const now = host.advanceToNow();
    const wait = this.mayHaveClaimable ? NEXT_WAKE_MS : (host.queue?.nextChange ?? Infinity) - now;
    if (wait > TIMER_MS_MAX) return;
    const at = toEpochMs(now + wait);
    if (this.requests === 0 && !this.waitsAt(at)) return;
    if (this.requests === 0 && wait > AWAKE_MS_MAX) return host.alarms.arm(at);
    this.timer = setTimeout(
      () => {
        host.advanceToNow();
        this.wake(1);
      },
      Math.max(wait, 1),
    );
  }

  /** Whether a connection still waits then. */
  private waitsAt(at: EpochMs): boolean {
    for (const { until } of this.waiting) if (until !== null && until > at) return true;
    return false;
  }
}

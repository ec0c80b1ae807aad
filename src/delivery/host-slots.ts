/**
 * The attempts under way at one host, and those that wait for a slot, first in, first out. Otherwise an object that ends an
 * attempt would take its slot for the next one, and 64 subscriptions be served to their end before all others. Objects share only
 * instants, never a promise (objects/delivery/turns.ts), so nobody is woken: a waiter looks again before a slot should be free.
 */
import type { EpochMs } from "../domain/time.ts";

/** Attempts that may be under way at one host. */
export const HOST_ATTEMPTS_MAX = 64;
/** Milliseconds until a waiter looks again. */
const LOOK_MS_MIN = 5;
const LOOK_MS_MAX = 1000;

/** An attempt that is under way, or waits. An object that is evicted never reports its end, so it counts for a limited time. */
export interface HostSlot {
  readonly since: EpochMs;
  readonly until: number;
}

export class HostSlots {
  private readonly taken = new Set<HostSlot>();
  private readonly waiting = new Set<HostSlot>();
  /** The mean duration of attempts, in milliseconds. The last one counts an eighth. */
  private attemptMs = 0;
  /** When the last attempt ended. */
  private endedAt = -Infinity;

  get isUnused(): boolean {
    return this.taken.size === 0 && this.waiting.size === 0;
  }

  /** Forgets those that do not count any more. The oldest come first. */
  forgetEnded(isEnded: (slot: HostSlot) => boolean): void {
    for (const slots of [this.taken, this.waiting]) {
      for (let [first] = slots; first !== undefined && isEnded(first); [first] = slots) slots.delete(first);
    }
  }

  /** Takes a slot, unless all are taken or kept for others. `waiter`: the one that asks, if it waits. */
  take(slot: HostSlot, waiter: HostSlot | null): boolean {
    if (HOST_ATTEMPTS_MAX - this.taken.size <= this.countBefore(waiter)) return false;
    this.taken.add(slot);
    return true;
  }

  /** Ends an attempt or a wait. */
  leave(slot: HostSlot, now: EpochMs): void {
    this.waiting.delete(slot);
    if (!this.taken.delete(slot)) return;
    this.attemptMs += (now - slot.since - this.attemptMs) / 8;
    this.endedAt = now;
  }

  /** Waits in turn. Returns the milliseconds until the next look: before a slot should be free, because it is kept until then. */
  wait(waiter: HostSlot, now: EpochMs): number {
    this.waiting.add(waiter);
    const ends = Math.max(0, this.countBefore(waiter) + this.taken.size - HOST_ATTEMPTS_MAX);
    const since = [...this.taken][ends % HOST_ATTEMPTS_MAX]?.since ?? now;
    const left = since + (1 + Math.floor(ends / HOST_ATTEMPTS_MAX)) * this.attemptMs - now;
    // The oldest attempt is overdue. At a silent host, where none ends, looks become rarer. At others it is a slow one of many.
    const overdue = Math.min(-left, now - this.endedAt);
    const turnMs = (ends * this.attemptMs) / HOST_ATTEMPTS_MAX;
    const pause = left > 0 ? (3 * left) / 4 : Math.max(turnMs, overdue) / 2;
    return Math.min(Math.max(LOOK_MS_MIN, pause), LOOK_MS_MAX);
  }

  /** Those that come before it, or before one that does not wait. */
  private countBefore(waiter: HostSlot | null): number {
    let count = 0;
    for (const each of this.waiting) {
      if (each === waiter) break;
      count++;
    }
    return count;
  }
}

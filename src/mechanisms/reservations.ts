/**
 * Reservations under a quota: room that was granted to a request but is not used yet, so that requests that ask at the same time
 * do not exceed the quota together. They are in memory and end by themselves, so a request that fails blocks room only briefly.
 */
import { after, toSeconds, type EpochMs } from "../domain/time.ts";

/** Longer than any request takes from the grant to the use. */
const RESERVATION_TTL = toSeconds(60);

export class Reservations {
  /** When each reservation ends, in that order. */
  private readonly ends = new Map<string, EpochMs>();

  /** The number of reservations without the name's own; null: all. */
  countOthers(name: string | null, now: EpochMs): number {
    for (const [each, end] of this.ends) {
      if (end > now) break;
      this.ends.delete(each);
    }
    return this.ends.size - (name !== null && this.ends.has(name) ? 1 : 0);
  }

  hold(name: string, now: EpochMs): void {
    // Re-entered at the end.
    this.ends.delete(name);
    this.ends.set(name, after(now, RESERVATION_TTL));
  }

  /** Ends a reservation: its room is in use now, or was not needed. */
  release(name: string): void {
    this.ends.delete(name);
  }
}

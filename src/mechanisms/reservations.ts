/**
 * Reservations under a quota: capacity that is granted to a request and not used yet. They keep simultaneous requests from
 * exceeding the quota together. They are in memory and expire, so a failed request blocks capacity only for a short time.
 */
import { after, toSeconds, type EpochMs } from "../domain/time.ts";

/** Longer than a request takes between the grant and the use. */
const RESERVATION_TTL = toSeconds(60);

export class Reservations {
  /** The expiry of each reservation by name, the earliest first. */
  private readonly expiries = new Map<string, EpochMs>();

  /** The number of reservations under other names; `name` null: of all. */
  countOthers(name: string | null, now: EpochMs): number {
    for (const [each, end] of this.expiries) {
      if (end > now) break;
      this.expiries.delete(each);
    }
    return this.expiries.size - (name !== null && this.expiries.has(name) ? 1 : 0);
  }

  reserve(name: string, now: EpochMs): void {
    // Deleted first, so that the map stays sorted by expiry.
    this.expiries.delete(name);
    this.expiries.set(name, after(now, RESERVATION_TTL));
  }

  /** Ends a reservation, because its capacity is in use now or is not needed. */
  release(name: string): void {
    this.expiries.delete(name);
  }
}

/**
 * Room that is promised to somebody and not yet taken: between the question whether there is some and the answer's use
 * others ask too. In memory, for a bounded time: whoever does not come back holds nobody up for long.
 */
import { after, toSeconds, type EpochMs } from "../domain/time.ts";

/** Longer than whatever a request does in between. */
const RESERVATION_TTL = toSeconds(60);

export class Reservations {
  /** When each ends, those that end first before the others. */
  private readonly ends = new Map<string, EpochMs>();

  /** How many there are beside that of the name; null: of nobody. */
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

  /** Taken, or given back. */
  release(name: string): void {
    this.ends.delete(name);
  }
}

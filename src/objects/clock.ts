/**
 * An object's time: the wall clock, never running backwards. A clock that steps back must not bring lapsed leases back to
 * life; time stands still until it has caught up.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";

export class Clock {
  private latest = toEpochMs(0);

  now(): EpochMs {
    return this.noEarlierThan(toEpochMs(0));
  }

  /** The present instant, knowing that `instant` has been. */
  noEarlierThan(instant: EpochMs): EpochMs {
    this.latest = toEpochMs(Math.max(this.latest, instant, Date.now()));
    return this.latest;
  }
}

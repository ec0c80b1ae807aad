/**
 * An object's time: the time of the wall clock, but never decreasing, because a step back must not revive lapsed leases. If rows
 * contain a later instant than the clock shows, the object's time continues from that instant as fast as the clock runs, so that
 * leases and ttls keep their length. Once the clock reaches the time that was read last, the object's time is the clock's again:
 * correcting a clock that was behind must not end anything early.
 *
 * The runtime has no other clock (`performance.now()` shows the same), and it hides a step back from a living object: the time
 * and the timers of such an object stand still until the clock has caught up, for a day after a step of a day (measured on plain
 * workerd). Only a new instance of the object helps; `standsStill` detects the case.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";

/** Milliseconds by which a request must seem to be old. Smaller differences come from queueing, or skew between machines. */
const AGE_MS_MIN = 60_000;
/** Milliseconds that must have passed for the senders of requests while none has passed here. */
const STANDSTILL_MS_MIN = 1000;

export class Clock {
  private wall = 0;
  private ahead = 0;
  private suspicion: { readonly here: number; readonly there: EpochMs } | null = null;

  now(): EpochMs {
    const wall = Date.now();
    if (wall < this.wall) this.ahead += this.wall - wall;
    else if (wall - this.wall >= this.ahead) this.ahead = 0;
    this.wall = wall;
    return toEpochMs(wall + this.ahead);
  }

  /**
   * Advances this time to `instant` if it is earlier, and returns it. `lead`: milliseconds by which it was ahead of the clock
   * before the object slept.
   */
  advanceTo(instant: EpochMs, lead = 0): EpochMs {
    const missing = instant - this.now();
    if (missing > 0) this.ahead = Math.max(this.ahead + missing, lead);
    return this.now();
  }

  /** Milliseconds by which this time is ahead of the wall clock's. */
  get lead(): number {
    this.now();
    return this.ahead;
  }

  /** Converts an instant of this time to the wall clock's, for the runtime's alarm. */
  toWall(at: EpochMs): EpochMs {
    return toEpochMs(at - this.lead);
  }

  /**
   * Whether the time of this object stands still. `sentAt` is the sending Worker's time; Workers see each step of the clock. True
   * is certain: two requests that were sent a second apart have arrived in the same millisecond of this object.
   */
  standsStill(sentAt: EpochMs): boolean {
    const here = Date.now();
    if (here - sentAt < AGE_MS_MIN) {
      this.suspicion = null;
      return false;
    }
    if (this.suspicion?.here === here) return sentAt - this.suspicion.there >= STANDSTILL_MS_MIN;
    this.suspicion = { here, there: sentAt };
    return false;
  }
}

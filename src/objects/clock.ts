/**
 * An object's time: that of the wall clock, but never running backwards, because a clock that steps back must not bring lapsed
 * leases back to life. Where rows tell of a later instant than the clock shows, time goes on from there, as fast as the
 * clock does: leases and lives last as long as they should. Once the clock shows as much as this time did when somebody
 * looked last, it is the clock's again: a clock that was behind and is put right must end nothing before its time.
 *
 * The runtime has no other clock (`performance.now()` shows the same), and it hides steps back from a living object: the time of
 * such an object stands still, and its timers with it, until the clock has caught up, a day for a day (measured on plain
 * workerd). Nothing but a new life helps then; `stands` tells when.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";

/** Milliseconds by which requests must seem to come from the past: less is haste, skew between machines, or a queue of them. */
const BACK_MIN = 60_000;
/** Milliseconds that have passed for whoever asks while none has passed here. */
const STANDSTILL_MIN = 1000;

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

  /** The present instant, knowing that `instant` has been, and by how much this time was ahead before it was forgotten. */
  noEarlierThan(instant: EpochMs, lead = 0): EpochMs {
    const missing = instant - this.now();
    if (missing > 0) this.ahead = Math.max(this.ahead + missing, lead);
    return this.now();
  }

  /** Milliseconds by which this time is ahead of the wall clock's. */
  get lead(): number {
    this.now();
    return this.ahead;
  }

  /** When the wall clock will show what this one shows at that instant: what the runtime is told. */
  toWall(at: EpochMs): EpochMs {
    return toEpochMs(at - this.lead);
  }

  /**
   * Whether the time of this object stands still, judged by the time that a Worker's request was sent at: Workers see each
   * step of the clock. Certain: nothing that goes on has the same millisecond twice, a second apart.
   */
  stands(sentAt: EpochMs): boolean {
    const here = Date.now();
    if (here - sentAt < BACK_MIN) {
      this.suspicion = null;
      return false;
    }
    if (this.suspicion?.here === here) return sentAt - this.suspicion.there >= STANDSTILL_MIN;
    this.suspicion = { here, there: sentAt };
    return false;
  }
}

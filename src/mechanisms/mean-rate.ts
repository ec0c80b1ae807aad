/** How many events there are per second, as a mean over some seconds in memory: what is long ago counts ever less. */
import type { EpochMs } from "../domain/time.ts";

export class MeanRate {
  private readonly milliseconds: number;
  private mean = 0;
  private notedAt = 0;

  /** `milliseconds`: those that the mean is about. */
  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }

  note(now: EpochMs): void {
    this.mean = this.perSecond(now) + 1000 / this.milliseconds;
    this.notedAt = now;
  }

  perSecond(now: EpochMs): number {
    // The clock may step back.
    return this.mean * Math.exp(Math.min(0, this.notedAt - now) / this.milliseconds);
  }
}

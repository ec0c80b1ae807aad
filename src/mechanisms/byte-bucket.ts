/** A token bucket for sent bytes: allows a burst at once, then `rate` bytes per second. */
import type { EpochMs } from "../domain/time.ts";

export class ByteBucket {
  private readonly rate: number;
  private readonly burst: number;
  /** Bytes that may be sent now; negative after more were sent than allowed. */
  private level: number;
  private at: EpochMs;

  /** Starts full. `rate`: bytes per second. */
  constructor({ rate, burst }: { readonly rate: number; readonly burst: number }, now: EpochMs) {
    this.rate = rate;
    this.burst = burst;
    this.level = burst;
    this.at = now;
  }

  /** Records sent bytes, also more than are allowed. */
  spend(bytes: number, now: EpochMs): void {
    this.fill(now);
    this.level -= bytes;
  }

  /** Milliseconds until bytes may be sent again; 0: now. */
  wait(now: EpochMs): number {
    this.fill(now);
    return this.level > 0 ? 0 : Math.ceil(((1 - this.level) / this.rate) * 1000);
  }

  private fill(now: EpochMs): void {
    this.level = Math.min(this.burst, this.level + (Math.max(0, now - this.at) / 1000) * this.rate);
    this.at = now;
  }
}

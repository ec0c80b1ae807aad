/** Paces bytes that are sent: a burst at once, and then so many a second. */
import type { EpochMs } from "../domain/time.ts";

export class ByteBucket {
  private readonly rate: number;
  private readonly burst: number;
  /** Bytes that may be sent; negative when more were. */
  private level: number;
  private at: EpochMs;

  /** Starts full. `rate`: bytes per second. */
  constructor({ rate, burst }: { readonly rate: number; readonly burst: number }, now: EpochMs) {
    this.rate = rate;
    this.burst = burst;
    this.level = burst;
    this.at = now;
  }

  /** Notes bytes that are sent, also beyond what there is room for. */
  spend(bytes: number, now: EpochMs): void {
    this.fill(now);
    this.level -= bytes;
  }

  /** Milliseconds until there is room again; 0: there is some. */
  wait(now: EpochMs): number {
    this.fill(now);
    return this.level > 0 ? 0 : Math.ceil(((1 - this.level) / this.rate) * 1000);
  }

  private fill(now: EpochMs): void {
    this.level = Math.min(this.burst, this.level + (Math.max(0, now - this.at) / 1000) * this.rate);
    this.at = now;
  }
}

/** A token bucket: bounds the rate of requests, and allows bursts of one second's worth. */
import type { EpochMs } from "../domain/time.ts";

export class TokenBucket {
  private tokens: number;
  private at: EpochMs;

  /** Starts full. */
  constructor(rate: number, now: EpochMs) {
    this.tokens = Math.max(1, rate);
    this.at = now;
  }

  /** Takes a token and returns 0, or returns the whole seconds until there is one. `rate`: tokens per second, above 0. */
  take(rate: number, now: EpochMs): number {
    const elapsed = Math.max(0, now - this.at) / 1000;
    this.at = now;
    this.tokens = Math.min(Math.max(1, rate), this.tokens + elapsed * rate);
    if (this.tokens < 1) return Math.ceil((1 - this.tokens) / rate);
    this.tokens--;
    return 0;
  }
}

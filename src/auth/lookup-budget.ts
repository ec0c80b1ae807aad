/**
 * Bounds the failed look-ups of API keys that carry no check and so could be made up. Each such key names a project, and a
 * look-up would wake that project's object. Only failed look-ups stay counted, so that valid keys do not use up the budget.
 */
import type { EpochMs } from "../domain/time.ts";

/** Failed look-ups that may be counted at a time, look-ups under way included. */
export const DOUBTS_MAX = 100;
/** Seconds after which one failed look-up is forgotten: 8,640 a day. */
export const DOUBT_SECONDS = 10;

export class LookupBudget {
  private vain = 0;
  private open = 0;
  private at: EpochMs | null = null;

  /** Begins a look-up and returns 0, or returns the whole seconds after which one may begin. */
  begin(now: EpochMs): number {
    const elapsed = Math.max(0, now - (this.at ?? now)) / 1000;
    this.at = now;
    this.vain = Math.max(0, this.vain - elapsed / DOUBT_SECONDS);
    const over = this.vain + this.open + 1 - DOUBTS_MAX;
    // Look-ups under way end soon, and may succeed.
    if (over > 0) return this.open > 0 ? 1 : Math.ceil(over * DOUBT_SECONDS);
    this.open++;
    return 0;
  }

  end(isVain: boolean): void {
    this.open--;
    if (isVain) this.vain++;
  }
}

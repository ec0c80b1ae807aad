/**
 * Limits the failed look-ups of API keys without a check, which anybody could make up. Each such key names a project, and a
 * look-up wakes that project's object. Successful look-ups are not counted, so that valid keys do not use up the budget.
 */
import type { EpochMs } from "../domain/time.ts";

/** The maximum count of failed look-ups, look-ups in progress included. */
export const DOUBTS_MAX = 100;
/** The count falls by one in this many seconds, which allows 8,640 failed look-ups a day. */
export const DOUBT_SECONDS = 10;

export class LookupBudget {
  private vain = 0;
  private open = 0;
  private at: EpochMs | null = null;

  /** Begins a look-up and returns 0, or returns the whole seconds after which the next one may begin. */
  begin(now: EpochMs): number {
    const elapsed = Math.max(0, now - (this.at ?? now)) / 1000;
    this.at = now;
    this.vain = Math.max(0, this.vain - elapsed / DOUBT_SECONDS);
    const over = this.vain + this.open + 1 - DOUBTS_MAX;
    // Look-ups in progress end soon and may succeed, so a retry after a second may be allowed.
    if (over > 0) return this.open > 0 ? 1 : Math.ceil(over * DOUBT_SECONDS);
    this.open++;
    return 0;
  }

  end(isVain: boolean): void {
    this.open--;
    if (isVain) this.vain++;
  }
}

/**
 * Limits the failed look-ups of API keys without a check, which anybody could make up. Each such key names a project, and a
 * look-up wakes that project's object. Successful look-ups are not counted, so that valid keys do not use up the budget.
 */
import type { EpochMs } from "../domain/time.ts";

/** The maximum count of failed look-ups, look-ups in progress included. */
export const FAILED_LOOKUPS_MAX = 100;
/** The count falls by one in this many seconds, which allows 8,640 failed look-ups a day. */
export const FAILED_LOOKUP_SECONDS = 10;

export class LookupBudget {
  private failed = 0;
  private inProgress = 0;
  private at: EpochMs | null = null;

  /** Begins a look-up and returns 0, or returns the whole seconds after which the next one may begin. */
  begin(now: EpochMs): number {
    const elapsed = Math.max(0, now - (this.at ?? now)) / 1000;
    this.at = now;
    this.failed = Math.max(0, this.failed - elapsed / FAILED_LOOKUP_SECONDS);
    const over = this.failed + this.inProgress + 1 - FAILED_LOOKUPS_MAX;
    // Look-ups in progress end soon and may succeed, so a retry after a second may be allowed.
    if (over > 0) return this.inProgress > 0 ? 1 : Math.ceil(over * FAILED_LOOKUP_SECONDS);
    this.inProgress++;
    return 0;
  }

  end(hasFailed: boolean): void {
    this.inProgress--;
    if (hasFailed) this.failed++;
  }
}

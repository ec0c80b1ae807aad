/**
 * How many API keys are looked up that anybody could have made up, of which each names a project whose object would be
 * woken for it: a bounded number in vain. Who has such a key and it is good is never held up by others like him.
 */
import type { EpochMs } from "../domain/time.ts";

/** Look-ups in vain at once, those under way among them. */
export const DOUBTS_MAX = 100;
/** Seconds after which one of them is forgotten: 8,640 a day. */
export const DOUBT_SECONDS = 10;

export class LookupBudget {
  private vain = 0;
  private open = 0;
  private at: EpochMs | null = null;

  /** Begins a look-up. Returns 0, or the whole seconds after which there may be one. */
  begin(now: EpochMs): number {
    const elapsed = Math.max(0, now - (this.at ?? now)) / 1000;
    this.at = now;
    this.vain = Math.max(0, this.vain - elapsed / DOUBT_SECONDS);
    const over = this.vain + this.open + 1 - DOUBTS_MAX;
    // Those under way are over soon, and may be good.
    if (over > 0) return this.open > 0 ? 1 : Math.ceil(over * DOUBT_SECONDS);
    this.open++;
    return 0;
  }

  end(isVain: boolean): void {
    this.open--;
    if (isVain) this.vain++;
  }
}

/** When a queue is spread, and when it is brought back to one object. The service has no such rule yet: this is the plan's. */
import type { Phase } from "../../src/domain/spread.ts";

/** Shares of C. The load of a queue on one object is that of its home, of a spread one the sum over its objects. */
const GROW_ABOVE = 0.7;
const SHRINK_BELOW = 0.25;
/** Seconds for which the mean load has to be so. Single seconds differ too much: a spread queue would stay spread. */
const MEAN_OVER = 10;
const GROW_AFTER = 30;
const SHRINK_AFTER = 600;

export class LoadRule {
  private homeMean = 0;
  private sumMean = 0;
  private highSeconds = 0;
  private lowSeconds = 0;

  /** What to do after one more second with these loads, as shares of C. */
  judge(phase: Phase, loads: readonly number[]): "grow" | "shrink" | null {
    const [home = 0] = loads;
    const sum = loads.reduce((total, load) => total + load, 0);
    this.homeMean += (home - this.homeMean) / MEAN_OVER;
    this.sumMean += (sum - this.sumMean) / MEAN_OVER;
    this.highSeconds = this.homeMean > GROW_ABOVE ? this.highSeconds + 1 : 0;
    this.lowSeconds = this.sumMean < SHRINK_BELOW ? this.lowSeconds + 1 : 0;
    if (phase === "spread") return this.lowSeconds >= SHRINK_AFTER ? "shrink" : null;
    return this.highSeconds >= GROW_AFTER ? "grow" : null;
  }
}

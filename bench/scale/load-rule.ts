/** When a queue is spread, and when it is brought back to one object: the rule of the service, once a second. */
import { toEpochMs, type EpochMs } from "../../src/domain/time.ts";
import type { Phase } from "../../src/domain/spread.ts";
import { GrowthRule, isQuiet, isQuietLongEnough } from "../../src/objects/queue/load-rule.ts";

/** Seconds that a mean is about. */
const MEAN_OVER = 10;
/** Nobody's database grows. */
const BYTES = 0;

export class LoadRule {
  private readonly growth = new GrowthRule();
  private readonly consumers: number;
  private now = toEpochMs(0);
  private homeMean = 0;
  private sumMean = 0;
  private quietSince: EpochMs | null = null;

  constructor(consumers: number) {
    this.consumers = consumers;
  }

  /** What to do after one more second with these loads, as shares of C. */
  judge(phase: Phase, loads: readonly number[]): "grow" | "shrink" | null {
    const { now, consumers } = this;
    const [home = 0] = loads;
    const sum = loads.reduce((total, load) => total + load, 0);
    this.now = toEpochMs(now + 1_000);
    this.homeMean += (home - this.homeMean) / MEAN_OVER;
    this.sumMean += (sum - this.sumMean) / MEAN_OVER;
    if (phase !== "spread") {
      this.quietSince = null;
      const reason = this.growth.judge(this.homeMean, now, { bytes: BYTES, consumers: () => consumers });
      return reason === null ? null : "grow";
    }
    this.quietSince = isQuiet(this.sumMean, BYTES) ? (this.quietSince ?? now) : null;
    return this.quietSince !== null && isQuietLongEnough(this.quietSince, now) ? "shrink" : null;
  }
}

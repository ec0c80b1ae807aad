/** How often reporters report: the more calls there are, the longer their periods. */
import { PACE_MAX } from "../../domain/metering.ts";

const WINDOW_MS = 10_000;
/** Periods become shorter again below this part of the calls. */
const CALM = 1 / 4;

export class Pace {
  /** The factor of the periods. */
  factor = 1;
  private readonly callsMax: number;
  private calls = 0;
  private since = Number.NEGATIVE_INFINITY;

  /** `callsMax`: the calls per second above which the periods grow. */
  constructor(callsMax: number) {
    this.callsMax = callsMax;
  }

  count(now: number): void {
    this.calls += 1;
    const ms = now - this.since;
    if (ms < WINDOW_MS) return;
    const perSecond = (this.calls * 1000) / ms;
    if (perSecond > this.callsMax) this.factor = Math.min(PACE_MAX, this.factor + 1);
    else if (perSecond < this.callsMax * CALM) this.factor = Math.max(1, this.factor - 1);
    this.calls = 0;
    this.since = now;
  }
}

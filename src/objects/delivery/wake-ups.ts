/** When a DeliveryObject has to wake: for retries, for attempts that are lost if the object is evicted, and to report figures. */
import { ATTEMPT_MS_MAX } from "../../delivery/couriers.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { Alarm } from "../alarm.ts";

/** Delay of the alarm that repeats attempts lost with an evicted object: longer than an attempt can last. */
export const LOST_ATTEMPT_DELAY = toSeconds(Math.ceil(ATTEMPT_MS_MAX / 1000) + 1);

/** A report waits at most so long for the alarm of a retry: the platform evicts an object that is idle for 10 s. */
const REPORT_WAIT = toSeconds(9);

export class WakeUps {
  private readonly alarms: Pick<Alarm, "arm">;
  private readonly now: () => EpochMs;

  constructor(alarms: Pick<Alarm, "arm">, now: () => EpochMs) {
    this.alarms = alarms;
    this.now = now;
  }

  /** Arms the alarm for attempts that are under way or about to begin. */
  armForLostAttempts(): void {
    this.alarms.arm(after(this.now(), LOST_ATTEMPT_DELAY));
  }

  /** Arms the alarm for the report of figures that were held back, unless it fires anyway soon after: that saves a row. */
  armForReport(at: EpochMs): void {
    this.alarms.arm(at, after(this.now(), REPORT_WAIT));
  }

  /** Arms the alarm for the earliest of these times of next attempts; null: no further attempt. */
  armForAttempts(dueAts: readonly (EpochMs | null)[]): void {
    const now = this.now();
    let earliest: EpochMs | null = null;
    for (const dueAt of dueAts) {
      if (dueAt === null) continue;
      const at = dueAt > now ? dueAt : after(now, LOST_ATTEMPT_DELAY);
      if (earliest === null || at < earliest) earliest = at;
    }
    if (earliest !== null) this.alarms.arm(earliest);
  }
}

/** Removes the expired rows of a log, in steps of an alarm. */
import { after, toEpochMs, toSeconds, type Seconds } from "../../domain/time.ts";
import type { LogHost } from "./log-host.ts";

/** The least time between two sweeps of expired rows: a late sweep does no harm, and every alarm costs a row. */
export const SWEEP_INTERVAL = toSeconds(60);
/**
 * The time until the next sweep after one that has left expired rows: they are kept for subscribers, perhaps for days, and each
 * sweep reads every row.
 */
export const KEPT_SWEEP_INTERVAL = toSeconds(600);
/** Steps of a sweep in one run of the alarm. */
const SWEEP_STEPS = 16;

/** `more`: there may be more to remove. */
export type Swept = "done" | "more" | "failed";

export interface SweeperDeps {
  readonly host: Pick<LogHost, "alarms" | "armForRepair" | "logFault" | "now" | "queue" | "write">;
}

export class Sweeper {
  private readonly host: SweeperDeps["host"];

  constructor({ host }: SweeperDeps) {
    this.host = host;
  }

  /** Sweeps if a sweep is due. Never rejects: a sweep that always fails must not stop the other work of an alarm. */
  async run(): Promise<Swept> {
    const { host } = this;
    try {
      const hasMore = host.alarms.isSweepDue(host.now()) && (await this.sweep());
      return hasMore ? "more" : "done";
    } catch (error) {
      host.logFault("queue sweep", error);
      return "failed";
    }
  }

  /** Arms the alarm for the next sweep. It may read every row. `forExpired`: the time until then if rows have expired. */
  arm(forExpired: Seconds): void {
    const { queue, alarms } = this.host;
    if (queue === null) return;
    const now = this.host.now();
    if (alarms.isSweepDue(now)) {
      const expiry = queue.nextExpiry();
      const interval = expiry !== null && expiry <= now ? forExpired : SWEEP_INTERVAL;
      alarms.planSweep(expiry === null ? null : toEpochMs(Math.max(expiry, after(now, interval))));
    }
    alarms.armForSweep();
  }

  /** Removes a bounded number of expired rows. Returns whether there may be more. */
  private async sweep(): Promise<boolean> {
    for (let step = 0; step < SWEEP_STEPS; step++) {
      if (!(await this.host.write((now) => this.host.queue?.sweep(now) ?? false))) return false;
      // Lets requests in between the steps of a large sweep.
      await scheduler.wait(0);
    }
    return true;
  }
}

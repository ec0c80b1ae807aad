/**
 * Records what arrives: notifications, pushes or claimed messages. Their bodies contain the time of their post, from which
 * latencies are computed.
 */
import { now } from "./instant.ts";
import { percentile } from "./statistics.ts";

/** The arrivals since the last `begin`. `lastAt`: milliseconds since 1970. Latencies: from post to arrival. */
export interface ArrivalReport {
  readonly count: number;
  readonly lastAt: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** JSON is written with a space after a colon in HTTP's notifications, and without one elsewhere. */
const POSTED_AT = /"t": ?([\d.]+)/;

export class Arrivals {
  private latencies: number[] = [];
  private lastAt = 0;

  add(notification: Buffer): void {
    this.lastAt = now();
    this.latencies.push(this.lastAt - Number(POSTED_AT.exec(notification.toString("latin1"))?.[1]));
  }

  /** Answers the commands of the ArrivalProcess, which has started this process. */
  serve(): void {
    process.on("message", (command) => {
      process.send?.(this.report());
      if (command === "begin") this.latencies = [];
    });
    process.on("disconnect", () => process.exit());
  }

  private report(): ArrivalReport {
    const sorted = Float64Array.from(this.latencies).toSorted();
    const { lastAt } = this;
    return { count: sorted.length, lastAt, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
  }
}

/**
 * The log lines about a queue's dead letters: one per dead-letter queue and window, with the number of messages. The first dead
 * letters are logged at once. Those that follow within the window are logged with the next ones after it, or by the alarm, which
 * a claim that writes transfers arms anyway. So no line needs a timer, which would keep the object awake. Numbers that are not
 * logged yet are lost with an evicted object.
 */
import type { QueueName } from "../../domain/id.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { QueueHost } from "./host.ts";

export interface DeadLetterReportDeps {
  readonly logEvent: QueueHost["logEvent"];
}

/** As long as the delay of the alarm. */
const WINDOW = toSeconds(10);

export class DeadLetterReport {
  private readonly deps: DeadLetterReportDeps;
  private readonly targets = new Map<QueueName, { readonly until: EpochMs; count: number }>();

  constructor(deps: DeadLetterReportDeps) {
    this.deps = deps;
  }

  /** Counts messages that have arrived in their dead-letter queue. */
  add(target: QueueName, count: number, now: EpochMs): void {
    if (count === 0) return;
    const window = this.targets.get(target);
    if (window !== undefined && now < window.until) {
      window.count += count;
      return;
    }
    this.log(target, count + (window?.count ?? 0));
    this.targets.set(target, { until: after(now, WINDOW), count: 0 });
  }

  /** Logs what has been counted and is not logged yet. Called by the alarm. */
  flush(): void {
    for (const [target, { count }] of this.targets) if (count > 0) this.log(target, count);
    this.targets.clear();
  }

  private log(target: QueueName, count: number): void {
    this.deps.logEvent("messages.dead_lettered", "dead letters", { target, count, reason: "claims" });
  }
}

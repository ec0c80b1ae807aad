/** The work of a queue's alarm: it removes what has expired and repeats what has failed. */
import { after, toSeconds, type Seconds } from "../../domain/time.ts";
import type { Deletion } from "./deletion.ts";
import type { QueueHost } from "./host.ts";
import type { OwnFigures } from "./own-figures.ts";
import type { IndexEntry } from "./index-entry.ts";
import type { Redriver } from "./redrive.ts";
import type { Subscriptions } from "./subscriptions.ts";
import { KEPT_SWEEP_INTERVAL, SWEEP_INTERVAL, Sweeper } from "./sweeper.ts";
import type { SpreadTrigger } from "./spread-trigger.ts";
import type { SpreadClaims } from "./spread-claims.ts";
import type { Spreading } from "./spreading.ts";
import type { TransferSender } from "./transfer-sender.ts";
import type { Waiters } from "./waiters.ts";

export interface MaintenanceDeps {
  readonly host: Pick<
    QueueHost,
    | "alarms"
    | "armForRepair"
    | "erase"
    | "isLost"
    | "logFault"
    | "now"
    | "queue"
    | "store"
    | "subscriptions"
    | "waits"
    | "write"
  >;
  readonly subscriptions: Pick<Subscriptions, "armForNext" | "awaitSlice" | "maintain" | "outbox">;
  readonly indexEntry: Pick<IndexEntry, "write">;
  readonly transfers: Pick<TransferSender, "report" | "send">;
  readonly deletion: Pick<Deletion, "isRunning" | "run">;
  readonly redriver: Pick<Redriver, "advance" | "isRunning">;
  readonly spreading: Pick<Spreading, "isChanging" | "isDeleting" | "resume">;
  readonly trigger: Pick<SpreadTrigger, "arm" | "judge">;
  readonly spreadClaims: Pick<SpreadClaims, "watchAll">;
  readonly waiters: Pick<Waiters, "wake">;
  readonly ownFigures: Pick<OwnFigures, "report">;
}

export class Maintenance {
  private readonly deps: MaintenanceDeps;
  private readonly sweeper: Sweeper;

  constructor(deps: MaintenanceDeps) {
    this.deps = deps;
    this.sweeper = new Sweeper(deps);
  }

  /** Idempotent. Never throws, because the runtime would give up. */
  async run(): Promise<void> {
    const { host, subscriptions, indexEntry, transfers, deletion } = this.deps;
    host.alarms.clear();
    // An alarm may outlive its database. Requests report the loss.
    if (host.isLost) return;
    subscriptions.outbox.resume();
    transfers.report.flush();
    // A deletion is under way and waits for hand-overs. The work below would wait for the deletion.
    if (deletion.isRunning) {
      host.armForRepair();
      return subscriptions.awaitSlice();
    }
    try {
      if (this.deps.spreading.isDeleting) return await deletion.run();
      const swept = await this.sweeper.run();
      await transfers.send();
      await this.deps.spreading.resume();
      await this.deps.trigger.judge();
      if (host.queue?.record.isIndexed === false) await indexEntry.write();
      await subscriptions.maintain();
      await this.deps.redriver.advance();
      this.deps.waiters.wake(1);
      this.deps.spreadClaims.watchAll();
      await this.deps.ownFigures.report();
      if (swept === "failed") return host.armForRepair();
      // With more to sweep now, the next expiry is not searched, because that would read every row left.
      if (swept === "more") host.alarms.arm(after(host.now(), toSeconds(1)));
      else this.armForNext(KEPT_SWEEP_INTERVAL);
      if (host.queue === null && host.subscriptions !== null) await this.eraseRest();
    } catch (error) {
      host.logFault("queue alarm", error);
      host.armForRepair();
    }
  }

  /**
   * Arms the alarm of an object that wakes. With work but without an alarm it would never wake again, and an alarm that was armed
   * while the clock was wrong could fire days too late.
   */
  resume(): void {
    const { host } = this.deps;
    if (host.isLost) return;
    if (host.alarms.at === null || host.store.clock.lead > 0) this.armForNext(SWEEP_INTERVAL);
    // Connections may have been waiting while the object slept.
    this.deps.waiters.wake(1);
  }

  /** Erases the database after the last subscription that outlived the queue, unless connections wait for a new queue. */
  private async eraseRest(): Promise<void> {
    const { host } = this.deps;
    const waitsUntil = host.waits?.liveUntil(host.now()) ?? null;
    if (waitsUntil === null) await host.erase();
    else host.alarms.arm(waitsUntil);
  }

  /**
   * Arms the alarm for the work in the rows. It may read every row, so only the alarm and a waking object call it. `forExpired`:
   * the time until the next sweep if rows have expired.
   */
  private armForNext(forExpired: Seconds): void {
    const { host, subscriptions, redriver, spreading, trigger } = this.deps;
    subscriptions.armForNext();
    const { queue } = host;
    if (queue === null) return;
    if (
      !queue.record.isIndexed ||
      !queue.transfers.isEmpty ||
      queue.transfers.reportable !== "none" ||
      redriver.isRunning ||
      spreading.isChanging
    )
      host.armForRepair();
    trigger.arm();
    this.sweeper.arm(forExpired);
  }
}

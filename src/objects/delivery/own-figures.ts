/**
 * The figures of a DeliveryObject. Its queue hears them with the answer to each hand-over, but the meter hears them from the
 * queue only with a later answer, which may never come. So the object reports them itself when its attempts are over, at bounded
 * intervals. Its alarm reports what an interval has held back.
 */
import { NO_MESSAGES } from "../../domain/figures.ts";
import { deliveryReportMs } from "../../domain/metering.ts";
import { packDelivery } from "../../domain/packed-figures.ts";
import type { SubscriptionId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { randomInteger } from "../../domain/random.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { MeterRpc } from "../rpc/meter.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Backlog } from "./backlog.ts";
import type { KnownSubscription } from "./subscription.ts";
import type { WakeUps } from "./wake-ups.ts";

export interface OwnDeliveryFiguresDeps {
  readonly id: SubscriptionId;
  readonly place: Place;
  readonly subscription: Pick<KnownSubscription, "isEnded" | "position">;
  readonly backlog: Pick<Backlog, "failedCount" | "size">;
  readonly log: Pick<AttemptLog, "failsSince" | "sinceStart">;
  readonly wakeUps: Pick<WakeUps, "armForReport">;
  now(): EpochMs;
  /** null: no figures are kept. */
  readonly meter: (() => Pick<MeterRpc, "report">) | null;
  logFault(operation: string, error: unknown): void;
}

const BOOT_ID_MAX = 2 ** 48;

export class OwnDeliveryFigures {
  private readonly deps: OwnDeliveryFiguresDeps;
  private readonly bootId = randomInteger(BOOT_ID_MAX);
  private boot = toEpochMs(0);
  private packed = 0;
  private reportedAt = toEpochMs(-Infinity);
  /** What the last report told, at first nothing: without news there is no report. */
  private told: string;
  /** The number of subscriptions of the queue, as its last hand-over said. */
  subscriptions = 1;

  constructor(deps: OwnDeliveryFiguresDeps) {
    this.deps = deps;
    this.told = this.state;
  }

  /** Called when the object has loaded. */
  start(): void {
    this.boot = this.deps.now();
  }

  pack(): readonly unknown[] {
    const { id, subscription, backlog, log } = this.deps;
    const { position } = subscription;
    return packDelivery({
      boot: this.boot,
      bootId: this.bootId,
      // Also without a change: figures that were packed later are never older.
      version: ++this.packed,
      takenAt: this.deps.now(),
      epoch: this.isOver ? null : (position?.epoch ?? NO_MESSAGES),
      subscription: id,
      sequence: position?.number ?? 0,
      pending: backlog.size,
      kept: backlog.failedCount,
      counters: log.sinceStart,
      ...(log.failsSince !== null && { failsSince: log.failsSince }),
    });
  }

  /** Reports the figures if they have changed: now, or by the alarm when the interval is over. Never rejects. */
  async report(): Promise<void> {
    const { deps } = this;
    const { meter, place } = deps;
    const at = deps.now();
    const { state } = this;
    if (meter === null || state === this.told) return;
    // What is over is told once, and there is no alarm for it.
    if (at < this.dueAt && !this.isOver) return this.armForNext();
    this.reportedAt = at;
    this.told = state;
    const deliveries = [{ place, packed: this.pack() }];
    const report = {
      reporter: `${this.bootId}`,
      session: null,
      sentAt: at,
      final: true,
      figures: [],
      deliveries,
      doubts: [],
    };
    try {
      await meter().report(report);
    } catch (error) {
      // The next report has these figures or newer ones.
      this.told = "";
      deps.logFault("figures", error);
      this.armForNext();
    }
  }

  private get dueAt(): EpochMs {
    return toEpochMs(this.reportedAt + deliveryReportMs(this.subscriptions));
  }

  /** An object that ends has to leave nothing behind. */
  private armForNext(): void {
    if (!this.deps.subscription.isEnded) this.deps.wakeUps.armForReport(this.dueAt);
  }

  /** The subscription has ended, and nothing is left to send. Otherwise the meter would count what it was told last for ever. */
  private get isOver(): boolean {
    const { subscription, backlog } = this.deps;
    return subscription.isEnded && backlog.size === 0;
  }

  private get state(): string {
    const { subscription, backlog, log } = this.deps;
    return JSON.stringify([this.isOver, subscription.position, backlog.size, backlog.failedCount, log.sinceStart]);
  }
}

/**
 * The figures of a DeliveryObject: its queue hears them with the answer to each hand-over. Its own attempts change them as well,
 * so it reports them itself when these are over, at bounded intervals and without any timer.
 */
import { packDelivery } from "../../domain/packed-figures.ts";
import type { SubscriptionId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { randomInteger } from "../../domain/random.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { MeterRpc } from "../rpc/meter.ts";
import type { AttemptLog } from "./attempt-log.ts";
import type { Backlog } from "./backlog.ts";
import type { KnownSubscription } from "./subscription.ts";

export interface OwnDeliveryFiguresDeps {
  readonly id: SubscriptionId;
  readonly place: Place;
  readonly subscription: Pick<KnownSubscription, "position">;
  readonly backlog: Pick<Backlog, "failedCount" | "size">;
  readonly log: Pick<AttemptLog, "sinceStart">;
  now(): EpochMs;
  /** null: no figures are kept. */
  readonly meter: (() => Pick<MeterRpc, "report">) | null;
  logFault(operation: string, error: unknown): void;
}

const BOOT_ID_MAX = 2 ** 48;
/** The least milliseconds between two reports. */
const REPORT_INTERVAL_MS = 60_000;
/** Milliseconds for each subscription of the queue: all together report at most twice a second. */
const INTERVAL_MS_PER_SUBSCRIPTION = 500;

export class OwnDeliveryFigures {
  private readonly deps: OwnDeliveryFiguresDeps;
  private readonly bootId = randomInteger(BOOT_ID_MAX);
  private boot = toEpochMs(0);
  private packed = 0;
  private reportedAt = -Infinity;
  /** What the last report or answer told: without news there is no report. */
  private told = "";
  /** The number of subscriptions of the queue, as its last hand-over said. */
  subscriptions = 1;

  constructor(deps: OwnDeliveryFiguresDeps) {
    this.deps = deps;
  }

  /** Called when the object has loaded. */
  start(): void {
    this.boot = this.deps.now();
  }

  pack(): readonly unknown[] {
    const { id, subscription, backlog, log } = this.deps;
    const { position } = subscription;
    this.told = this.state;
    return packDelivery({
      boot: this.boot,
      bootId: this.bootId,
      // Also without a change: figures that were packed later are never older.
      version: ++this.packed,
      takenAt: this.deps.now(),
      epoch: position?.epoch ?? null,
      subscription: id,
      sequence: position?.number ?? 0,
      pending: backlog.size,
      kept: backlog.failedCount,
      counters: log.sinceStart,
    });
  }

  /** Reports the figures if they have changed and a report is due. Never rejects. */
  async report(): Promise<void> {
    const { deps } = this;
    const { meter, place } = deps;
    const at = deps.now();
    if (meter === null || this.state === this.told || at < this.reportedAt + this.interval) return;
    this.reportedAt = at;
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
    }
  }

  private get interval(): number {
    return Math.max(REPORT_INTERVAL_MS, this.subscriptions * INTERVAL_MS_PER_SUBSCRIPTION);
  }

  private get state(): string {
    const { subscription, backlog, log } = this.deps;
    return JSON.stringify([subscription.position, backlog.size, backlog.failedCount, log.sinceStart]);
  }
}

/** The figures of a queue or topic as its object tells them: with its answers, and from its alarm. */
import { NOTHING, type QueueFigures, type Stamp } from "../../domain/figures.ts";
import { createdAtOf } from "../../domain/id.ts";
import { packFigures } from "../../domain/packed-figures.ts";
import { sumCounters, joinFigures } from "../../domain/spread-figures.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import { withTimeout } from "../../mechanisms/timeout.ts";
import type { TakenFigures } from "../rpc/queue.ts";
import type { QueueHost } from "./host.ts";
import { ShardCounts } from "./shard-counts.ts";
import type { SpreadTrigger } from "./spread-trigger.ts";
import type { Spreading } from "./spreading.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Waiters } from "./waiters.ts";

export interface OwnFiguresDeps {
  readonly host: Pick<
    QueueHost,
    | "advanceToNow"
    | "armForRepair"
    | "changes"
    | "config"
    | "isLost"
    | "logFault"
    | "now"
    | "objects"
    | "place"
    | "project"
    | "queue"
    | "share"
    | "store"
    | "subscriptions"
    | "tally"
    | "write"
  >;
  readonly subscriptions: { readonly outbox: Pick<Subscriptions["outbox"], "allToldFigures" | "takeToldFigures"> };
  readonly trigger: Pick<SpreadTrigger, "figures">;
  readonly waiters: Pick<Waiters, "countAt" | "lastEnd">;
  readonly spreading: Pick<Spreading, "figures" | "view">;
}

const NEVER = { first: Infinity, last: -Infinity };
const NO_QUEUE = {
  epoch: null,
  stored: NOTHING,
  delayed: NOTHING,
  claimed: 0,
  expiry: NEVER,
  lapse: NEVER,
  visibility: NEVER,
  oldest: null,
  sequence: 0,
  isPaused: { claims: false, notifications: false },
} as const;
/** The time from an adoption to its report: long enough for several to share one, short enough for a figure of 20 s. */
export const REPORT_DELAY = toSeconds(8);
/** Measuring the size of the database takes 3 µs, as much as all other figures of an answer together. */
const BYTES_INTERVAL = toSeconds(1);
/** Milliseconds that a report may take. */
const REPORT_MS = 5000;
/** Figures have the load in thousandths, which are short in rows and calls. */
const LOAD_PARTS = 1000;
/** Pages of rows that a question or a report counts: of a deeper log the rest is counted with the next answers. */
const PAGES_MAX = 64;

export class OwnFigures {
  private readonly deps: OwnFiguresDeps;
  private boot = toEpochMs(0);
  /** The bytes of the database, measured at most once per BYTES_INTERVAL. */
  private bytes = 0;
  private measuredAt = toEpochMs(-Infinity);
  /** The total of the counters that were told last. */
  private toldTotal = 0;
  private readonly shardCounts = new ShardCounts();

  constructor(deps: OwnFiguresDeps) {
    this.deps = deps;
  }

  /** Called when the object has loaded, and its time is known. */
  start(): void {
    this.boot = this.deps.host.now();
  }

  /**
   * The figures, and those that DeliveryObjects have told since the last call. None while the data of the queue is lost, or if
   * they cannot be read: no request fails because of its figures. None while the queue is spread: its shards have to be asked.
   */
  take(): TakenFigures {
    const { host, spreading } = this.deps;
    if (host.isLost || spreading.view !== null) return {};
    try {
      return this.taken();
    } catch (error) {
      host.logFault("figures", error);
      return {};
    }
  }

  /** As `take`, but of all objects, counted as far as possible, and with all that DeliveryObjects have told. */
  async ask(): Promise<TakenFigures> {
    const { host, subscriptions } = this.deps;
    await this.countRows();
    const shards = await this.askShards();
    return host.isLost ? {} : { figures: this.pack(shards), deliveries: subscriptions.outbox.allToldFigures() };
  }

  /**
   * Reports what no answer has told: adopted messages, whose sender may have died with its answer, and what the object has done
   * by itself. Called by the alarm, which repeats a report that fails. Never rejects.
   */
  async report(): Promise<void> {
    const { host } = this.deps;
    if (!host.config.meter || host.isLost) return;
    const transfers = host.queue?.transfers ?? null;
    const hasAdopted = transfers !== null && transfers.reportable !== "none";
    if (!hasAdopted && host.tally.total === this.toldTotal) return;
    const report = transfers?.beginReport();
    try {
      await withTimeout(REPORT_MS, this.send());
      if (hasAdopted && report !== undefined) await host.write(() => transfers.markReported(report));
    } catch (error) {
      this.toldTotal = NaN;
      host.logFault("figures", error);
      host.armForRepair();
    }
  }

  /** Counts the rows of earlier lives, up to a bound. */
  private async countRows(): Promise<void> {
    const { host } = this.deps;
    for (let page = 0; page < PAGES_MAX && !host.isLost && host.queue?.census.isBehind === true; page++) {
      host.queue.census.countPage();
      // Lets requests in between.
      await scheduler.wait(0);
    }
  }

  private async send(): Promise<void> {
    const { host } = this.deps;
    await this.countRows();
    const shards = await this.askShards();
    const { place, project, tally } = host;
    const sentAt = host.now();
    if (host.isLost) return;
    const { figures, deliveries = [] } = this.taken(shards);
    await host.objects.meter(project).report({
      reporter: `${tally.life}`,
      session: null,
      sentAt,
      final: true,
      figures: [{ place, packed: figures }],
      deliveries: deliveries.map((packed) => ({ place, packed })),
      doubts: [],
    });
  }

  /** The figures of the shards; none: the queue is on one object. Rejects if one does not answer. */
  private async askShards(): Promise<readonly QueueFigures[]> {
    const { host, spreading } = this.deps;
    if (host.isLost || spreading.view === null) return [];
    const asked = await spreading.figures();
    for (const { shard, figures } of asked) this.shardCounts.note(shard, figures, this.boot);
    // Figures with the same number of changes count as the same.
    host.changes++;
    return asked.map(({ figures }) => figures);
  }

  private taken(shards: readonly QueueFigures[] = []): TakenFigures & { readonly figures: readonly unknown[] } {
    const figures = this.pack(shards);
    const deliveries = this.deps.subscriptions.outbox.takeToldFigures();
    return deliveries.length > 0 ? { figures, deliveries } : { figures };
  }

  private pack(shards: readonly QueueFigures[]): readonly unknown[] {
    const { host } = this.deps;
    this.toldTotal = host.tally.total;
    const own = this.own(host.advanceToNow());
    if (!this.shardCounts.hasCounted) return packFigures(own);
    const counters = sumCounters(own.counters, this.shardCounts.total);
    return packFigures({ ...joinFigures(own, shards), counters });
  }

  private own(now: EpochMs): QueueFigures {
    const { host, trigger, waiters } = this.deps;
    const waiting = waiters.countAt(now);
    return {
      ...this.stamp(now),
      ...this.ofQueue(now),
      bytes: this.bytesAt(now),
      waiting,
      lastWait: waiters.lastEnd,
      subscriptions: host.subscriptions?.size ?? 0,
      connections: host.subscriptions?.connections ?? 0,
      counters: host.tally.copy,
      isShort: host.queue?.transfers.reportable === "lost",
      load: Math.round(LOAD_PARTS * host.share) / LOAD_PARTS,
      ...trigger.figures,
    };
  }

  private bytesAt(now: EpochMs): number {
    if (now >= after(this.measuredAt, BYTES_INTERVAL)) {
      this.bytes = this.deps.host.store.sql.databaseSize;
      this.measuredAt = now;
    }
    return this.bytes;
  }

  private stamp(takenAt: EpochMs): Stamp {
    const { tally, changes } = this.deps.host;
    return { boot: this.boot, bootId: tally.life, version: changes, takenAt };
  }

  private ofQueue(now: EpochMs): Pick<QueueFigures, keyof typeof NO_QUEUE | "hasOlderSubscriptions" | "skipped"> {
    const { queue, subscriptions } = this.deps.host;
    if (queue === null) return NO_QUEUE;
    const { epoch, settings } = queue.record;
    const oldest = subscriptions?.oldest ?? null;
    return {
      ...queue.figures(now),
      epoch,
      ...(subscriptions?.hasReaders === true
        ? { sequence: queue.census.lastPosted, skipped: queue.census.skipped }
        : { sequence: 0 }),
      ...(oldest !== null && oldest < createdAtOf(epoch) ? { hasOlderSubscriptions: true } : {}),
      isPaused: { claims: settings.pausesClaims, notifications: settings.pausesNotifications },
    };
  }
}

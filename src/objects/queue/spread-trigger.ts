/**
 * Decides when a queue is spread over several objects and when it is brought back: by its load (load-rule.ts), its metadata and
 * the settings. All that it knows of a queue on one object is in memory, and no timer belongs to it.
 */
import type { QueueFigures } from "../../domain/figures.ts";
import { UNLIMITED, type Quotas } from "../../domain/quota.ts";
import type { Phase } from "../../domain/spread.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { QueueHost } from "./host.ts";
import { fitsOne, GrowthRule, isQuiet, isQuietLongEnough } from "./load-rule.ts";
import type { Spreading } from "./spreading.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Waiters } from "./waiters.ts";

export interface SpreadTriggerDeps {
  readonly host: Pick<
    QueueHost,
    "alarms" | "config" | "isLost" | "logFault" | "now" | "place" | "queue" | "share" | "store" | "waitUntil"
  >;
  readonly spreading: Pick<
    Spreading,
    "collapse" | "gather" | "reopen" | "survey" | "noteQuiet" | "objects" | "open" | "phase" | "takesPosts" | "times"
  >;
  readonly subscriptions: Pick<Subscriptions, "isEmpty">;
  readonly waiters: Pick<Waiters, "countAt">;
}

/** The result of a call that may be refused because the queue is spread. */
type Outcome = { readonly ok: true } | { readonly ok: false; readonly failure: { readonly kind: string } };

/** The time between two questions about the load of a spread queue. */
const LOAD_INTERVAL = toSeconds(60);
/** The same while a queue that stays spread has little load, because each question wakes all of its objects. */
const QUIET_LOAD_INTERVAL = toSeconds(3600);
/** The time between two measurements of the database, which take 3 µs. */
const BYTES_INTERVAL = toSeconds(10);

const GROWS_FROM: readonly Phase[] = ["one", "stopping", "draining"];

export class SpreadTrigger {
  private readonly deps: SpreadTriggerDeps;
  private readonly rule = new GrowthRule();
  private bytes = 0;
  private measuredAt = toEpochMs(-Infinity);
  /** Whether the last post was under a quota of messages, which only one object can count. */
  private isCounted = false;
  private isGrowing = false;
  /** Calls for which the queue is brought back, or stays on one object. */
  private wishes = 0;
  private askedAt = toEpochMs(-Infinity);
  /** That of all objects when they were asked last; null: one has not answered. */
  private load: number | null = null;

  constructor(deps: SpreadTriggerDeps) {
    this.deps = deps;
  }

  /** Called after each change of the queue. */
  onChange(): void {
    const { host, spreading, waiters } = this.deps;
    if (host.isLost || this.isGrowing || !this.mayGrow || !GROWS_FROM.includes(spreading.phase)) return;
    const now = host.now();
    if (now >= after(this.measuredAt, BYTES_INTERVAL)) {
      this.bytes = host.store.sql.databaseSize;
      this.measuredAt = now;
    }
    const consumers = (): number => (host.queue?.claims.holdings().length ?? 0) + waiters.countAt(now);
    const reason = this.rule.judge(host.share, now, { bytes: this.bytes, consumers });
    if (reason === null) return;
    this.isGrowing = true;
    // A change happens within a transaction.
    host.waitUntil(
      scheduler
        .wait(0)
        .then(() => this.grow(reason))
        .finally(() => (this.isGrowing = false)),
    );
  }

  /** Called after a creation, and after a post: spreads a queue whose pool says so. Null: there is nothing to wait for. */
  after({ messages_per_queue: messages }: Quotas): Promise<void> | null {
    this.isCounted = messages !== UNLIMITED;
    const { host, spreading } = this.deps;
    // The alarm of a queue that stays spread may be an hour away.
    if (this.isCounted && spreading.takesPosts) host.alarms.arm(after(host.now(), LOAD_INTERVAL));
    const reason = this.staysSpread ? "pool" : host.config.spreadAlways ? "always" : null;
    const grows = reason !== null && this.mayGrow && GROWS_FROM.includes(spreading.phase);
    return grows ? this.grow(reason) : null;
  }

  /** Brings the queue back if it has to be on one object, or has had little load for long. Called by the alarm. Never rejects. */
  async judge(): Promise<void> {
    const { host, spreading } = this.deps;
    try {
      if (spreading.takesPosts && this.isBound) await spreading.collapse();
      const now = host.now();
      if (spreading.phase !== "spread" || now < this.dueAt(now)) return;
      this.askedAt = now;
      this.load = await this.loadOfAll();
      const isLittle = this.load !== null && isQuiet(this.load, host.store.sql.databaseSize);
      const since = isLittle ? (spreading.times.quietSince ?? now) : null;
      if (since !== null && isQuietLongEnough(since, now) && !this.staysSpread) await spreading.collapse();
      else await spreading.noteQuiet(since);
    } catch (error) {
      host.logFault("queue load", error);
    }
  }

  /** What figures tell; empty: the queue is on one object. */
  get figures(): Pick<QueueFigures, "spread"> {
    const { phase, objects, times } = this.deps.spreading;
    return phase === "one" ? {} : { spread: { phase, objects, load: this.load, changedAt: times.changedAt } };
  }

  /** Arms the alarm for the next judgement. */
  arm(): void {
    const { host, spreading } = this.deps;
    if (spreading.phase !== "spread") return;
    const now = host.now();
    host.alarms.arm(after(now, this.intervalAt(now)));
  }

  /** Performs what only a queue on one object can have. A spread one is brought back first, if its home can carry the load. */
  async onOne<R extends Outcome>(perform: () => Promise<R>): Promise<R> {
    const done = await perform();
    if (done.ok || done.failure.kind !== "queue-spread") return done;
    return this.unspread(async () => ((await this.gather()) ? perform() : done));
  }

  /** Runs `work`, during which nothing spreads the queue. */
  async unspread<T>(work: () => Promise<T>): Promise<T> {
    this.wishes += 1;
    try {
      return await work();
    } finally {
      this.wishes -= 1;
    }
  }

  /** False: the home could not carry the load. */
  private async gather(): Promise<boolean> {
    const { host, spreading } = this.deps;
    if (!fitsOne((await spreading.survey()).load, host.store.sql.databaseSize)) return false;
    await spreading.gather();
    return true;
  }

  /** When the objects have to be asked about their load. Other work of the alarm, such as that of the opening, comes before. */
  private dueAt(now: EpochMs): EpochMs {
    const last = Math.max(this.askedAt, this.deps.spreading.times.changedAt);
    return after(toEpochMs(last), this.intervalAt(now));
  }

  private intervalAt(now: EpochMs): Seconds {
    const { quietSince } = this.deps.spreading.times;
    const isResting = this.staysSpread && quietSince !== null && isQuietLongEnough(quietSince, now);
    return isResting ? QUIET_LOAD_INTERVAL : LOAD_INTERVAL;
  }

  /** null: an object does not answer, and may have much to do. */
  private async loadOfAll(): Promise<number | null> {
    const { host, spreading } = this.deps;
    try {
      const { load, strangers } = await spreading.survey();
      if (strangers.length > 0) await spreading.reopen(strangers);
      return load;
    } catch (error) {
      host.logFault("queue load", error);
      return null;
    }
  }

  private get mayGrow(): boolean {
    return this.wishes === 0 && !this.isBound;
  }

  /** Whether the queue has to be on one object. */
  private get isBound(): boolean {
    if (this.isCounted) return true;
    const { host, subscriptions } = this.deps;
    const { shards, queueOrder } = host.config;
    if (shards === 1 || queueOrder === "fifo" || host.place.kind === "topic") return true;
    if (host.queue === null) return true;
    const { settings, spreadRule } = host.queue.record;
    return settings.isFifo || spreadRule === "never" || !subscriptions.isEmpty;
  }

  /** Whether the pool of the queue has it spread whatever its load. */
  private get staysSpread(): boolean {
    return this.deps.host.queue?.record.spreadRule === "always";
  }

  private async grow(reason: Parameters<Spreading["open"]>[1]): Promise<void> {
    const { host, spreading } = this.deps;
    try {
      if (this.mayGrow) await spreading.open(host.config.shards, reason);
    } catch (error) {
      host.logFault("queue spread", error);
    }
  }
}

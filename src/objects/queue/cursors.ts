/**
 * The cursors of a queue's subscriptions: up to which number each subscription has got the messages of the log. In the rows all
 * subscriptions that are up to date share one cursor, the least of theirs, and each lagging one has its own. Memory may be ahead
 * of the rows. After a crash the messages between are handed over again.
 */
import type { Epoch } from "../../domain/id.ts";
import type { QueueSettings } from "../../domain/queue-metadata.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import type { SharedCursor } from "../../storage/queue/outbox.ts";
import type { SubscriptionEntry } from "../../storage/queue/subscription-rows.ts";
import type { SubscriptionStore } from "../../storage/queue/subscriptions.ts";
import type { Alarm } from "../alarm.ts";

/** What the outbox reads of the queue. */
export interface OutboxLog extends Pick<LiveQueue, "extent" | "lastStored" | "keepAfter" | "logPageAfter"> {
  readonly record: {
    readonly epoch: Epoch;
    readonly settings: Pick<QueueSettings, "pausesNotifications">;
  };
}

export interface CursorsDeps {
  /** The row of the shared cursor. */
  readonly sharedRow: {
    read(epoch: Epoch): SharedCursor;
    write(epoch: Epoch, cursor: SharedCursor): void;
  };
  readonly alarms: Pick<Alarm, "plannedSweep" | "restoreSweep">;
  /** The queue as it is now; null when there is none. */
  queue(): OutboxLog | null;
  subscriptions(): Pick<SubscriptionStore, "all" | "change" | "entry" | "size"> | null;
  now(): EpochMs;
  /** Whether messages go to the subscription: it is alive, enabled and, where required, confirmed. */
  isActive(subscription: SubscriptionEntry, now: EpochMs): boolean;
  /** Arms the alarm that tries lagging subscriptions again. */
  armForRepair(): void;
}

export class Cursors {
  private readonly deps: CursorsDeps;
  /** The epoch of the log to which the other fields refer; null: not read yet, or no queue. */
  private loadedEpoch: Epoch | null = null;
  /** The shared cursor as written. */
  private shared = 0;
  /** Cursors that are ahead of the rows, by subscription. */
  private readonly ahead = new Map<number, number>();
  /** Subscriptions that have begun to lag (true) or have caught up (false), and whose rows do not show it yet. */
  private readonly lagChanges = new Map<number, boolean>();

  constructor(deps: CursorsDeps) {
    this.deps = deps;
  }

  /** The epoch of the log to which the cursors refer; null: not read yet, or no queue. */
  get epoch(): Epoch | null {
    return this.loadedEpoch;
  }

  /** The number of entries about subscriptions in memory. */
  get size(): number {
    return this.ahead.size + this.lagChanges.size;
  }

  /** The highest number that the log has assigned. */
  get last(): number {
    return this.deps.queue()?.extent.to ?? 0;
  }

  /** Whether some active subscription has not got every message. */
  get isBehind(): boolean {
    const active = this.active();
    if (active.length === 0) return false;
    // Not `last`: an object that has woken skips numbers, so the highest assigned number may be above the last message's.
    const last = this.deps.queue()?.lastStored ?? 0;
    return active.some((subscription) => this.cursorOf(subscription) < last);
  }

  get hasLagChanges(): boolean {
    return this.lagChanges.size > 0;
  }

  /** The subscriptions that messages go to. */
  active(): SubscriptionEntry[] {
    const subscriptions = this.deps.subscriptions();
    if (subscriptions === null || subscriptions.size === 0) return [];
    this.load();
    return this.filterActive(subscriptions.all());
  }

  /** The subscription of that number if messages go to it. */
  activeEntry(number: number): SubscriptionEntry | null {
    const subscription = this.deps.subscriptions()?.entry(number) ?? null;
    return subscription !== null && this.deps.isActive(subscription, this.deps.now()) ? subscription : null;
  }

  /** The cursor of a subscription: all messages up to this number were handed over. */
  cursorOf(subscription: SubscriptionEntry): number {
    this.load();
    return this.ahead.get(subscription.number) ?? this.writtenCursorOf(subscription);
  }

  /** Moves the cursor of a subscription forward in memory. Ignored when the log has another epoch by now. */
  advance(number: number, epoch: Epoch, sequence: number): void {
    if (this.loadedEpoch === epoch) this.ahead.set(number, sequence);
  }

  /** Sets whether the subscription lags. The next `write` changes its row. */
  setLag(number: number, isLagging: boolean): void {
    const subscription = this.deps.subscriptions()?.entry(number) ?? null;
    if (subscription !== null && (isLagging || subscription.lagging)) this.lagChanges.set(number, isLagging);
  }

  /** Discards memory in favour of the rows: after a start, and after a failed step has rolled rows back. */
  reset(): void {
    this.loadedEpoch = null;
    this.ahead.clear();
    this.lagChanges.clear();
    this.keepUnread();
  }

  /** Forgets a subscription in memory: it was removed, or only its row counts from now on. */
  forget(number: number): void {
    this.ahead.delete(number);
    this.lagChanges.delete(number);
  }

  /** Puts the shared cursor at the end of the log, for the queue's first subscription. Within a transaction. */
  startAtEnd(): void {
    const queue = this.deps.queue();
    if (queue === null) return;
    this.loadedEpoch = queue.record.epoch;
    this.writeShared(this.loadedEpoch, queue.extent.to);
    this.keepUnread();
  }

  /** Makes the log keep the messages after the written cursors of active subscriptions, also deleted and expired ones. */
  keepUnread(): void {
    const queue = this.deps.queue();
    if (queue === null) return;
    // The shared cursor itself does not count: it stays while no subscription is active, and later subscriptions start after it.
    const written = this.active().map((subscription) => this.writtenCursorOf(subscription));
    queue.keepAfter(leastOf(written, Infinity));
  }

  /** Writes changes of lag, and moves the shared cursor. Within a transaction. */
  write(epoch: Epoch): void {
    const lagChanges = [...this.lagChanges];
    this.lagChanges.clear();
    if (this.loadedEpoch !== epoch || this.deps.queue()?.record.epoch !== epoch) return;
    for (const [number, isLagging] of lagChanges) this.writeLag(number, epoch, isLagging);
    const upToDate = this.active().filter((subscription) => !subscription.lagging);
    const least = leastOf(
      upToDate.map((subscription) => this.cursorOf(subscription)),
      this.last,
    );
    if (least > this.shared) {
      this.writeShared(epoch, least);
      for (const [number, sequence] of this.ahead) if (sequence <= least) this.ahead.delete(number);
    }
    this.keepUnread();
  }

  private filterActive(subscriptions: Iterable<SubscriptionEntry>): SubscriptionEntry[] {
    const now = this.deps.now();
    return [...subscriptions].filter((subscription) => this.deps.isActive(subscription, now));
  }

  /** Reads the shared cursor when the queue has a new epoch. */
  private load(): void {
    const queue = this.deps.queue();
    const epoch = queue?.record.epoch ?? null;
    if (epoch === this.loadedEpoch) return;
    this.loadedEpoch = epoch;
    this.ahead.clear();
    const { sequence, sweepAt } = epoch === null ? { sequence: 0, sweepAt: null } : this.deps.sharedRow.read(epoch);
    this.shared = sequence;
    // The planned sweep in the row is current only if every message was handed over and some subscription is active.
    const isCurrent = (queue?.lastStored ?? 0) <= sequence;
    if (isCurrent && this.filterActive(this.deps.subscriptions()?.all() ?? []).length > 0) {
      this.deps.alarms.restoreSweep(sweepAt);
    }
  }

  /** The cursor of a subscription by the rows alone. */
  private writtenCursorOf({ cursor, lagging }: SubscriptionEntry): number {
    const own = cursor.epoch === this.loadedEpoch ? cursor.sequence : 0;
    return lagging ? own : Math.max(own, this.shared);
  }

  private writeShared(epoch: Epoch, sequence: number): void {
    this.shared = sequence;
    this.deps.sharedRow.write(epoch, { sequence, sweepAt: this.deps.alarms.plannedSweep });
  }

  private writeLag(number: number, epoch: Epoch, isLagging: boolean): void {
    if (isLagging) this.deps.armForRepair();
    const subscription = this.deps.subscriptions()?.entry(number) ?? null;
    if (subscription === null || (!isLagging && !subscription.lagging)) return;
    const sequence = this.cursorOf(subscription);
    // A row that has these values already is not written again.
    if (isLagging && subscription.lagging && subscription.cursor.sequence === sequence) return;
    this.deps.subscriptions()?.change(number, { cursor: { epoch, sequence }, lagging: isLagging });
  }
}

/** The least of `numbers` and `bound`. */
function leastOf(numbers: readonly number[], bound: number): number {
  return numbers.reduce((least, number) => Math.min(least, number), bound);
}

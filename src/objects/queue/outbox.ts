/**
 * The outbox of a queue: hands new messages over to the DeliveryObject of each subscription. Each subscription has its own
 * cursor (`served`) and is brought up to date on its own, so that a slow one delays no other. A subscription whose object fails,
 * is full or is silent becomes *lagging*: it gets a row with its own cursor, and the queue's alarm tries it again. All others
 * share one cursor (`handed`), the least of theirs, in one row. It is written when all have caught up, and once a second until
 * then. After a crash messages after the written cursors are handed over again; a DeliveryObject recognises their numbers.
 */
import { settlesWithin } from "../../mechanisms/timeout.ts";
import type { Target } from "../../domain/delivery.ts";
import type { Epoch, ProjectId, SubscriptionId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { concurrencyOf } from "../../domain/subscription.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import { readSharedCursor, writeSharedCursor, type LogPage, type SharedCursor } from "../../storage/queue/outbox.ts";
import type { Sql } from "../../storage/sql.ts";
import type { SubscriptionEntry, SubscriptionStore } from "../../storage/queue/subscriptions.ts";
import { backgroundEvent, logFault, together } from "../../telemetry/event.ts";
import type { Alarm } from "../alarm.ts";
import { SILENT_INTERVAL, type Batch, type DeliveryRpc } from "../rpc/delivery.ts";
import { ConcurrencyLimiter } from "../../mechanisms/concurrency-limiter.ts";
import { toPublished } from "./body-cipher.ts";
import { Slices } from "../call-slices.ts";

/** What the outbox needs of the queue's object. */
export interface OutboxDeps {
  readonly project: ProjectId;
  readonly place: Place;
  readonly sql: Sql;
  readonly alarms: Alarm;
  /** First attempts that any subscription may have under way (`MAX_DELIVERY_CONCURRENCY`). */
  readonly concurrencyMax: number;
  /** The queue as it is now; null when there is none. */
  queue(): LiveQueue | null;
  subscriptions(): SubscriptionStore | null;
  now(): EpochMs;
  /** Whether messages go to the subscription: it is alive, enabled and, where required, confirmed. */
  isActive(subscription: SubscriptionEntry, now: EpochMs): boolean;
  target(number: number): Target | null;
  delivery(id: SubscriptionId): DeliveryRpc;
  write(work: () => void): Promise<void>;
  repeatLater(): void;
  /** Arms the alarm to ring at once. */
  repeatNow(): void;
}

/** The time between two writes of progress while some subscription has not caught up. */
const WRITE_INTERVAL = toSeconds(1);
/** Milliseconds after which a call of `accept` counts as slow. */
const SLOW_MS = 50;
/** Reads of the log ("looks") that are kept for subscriptions that stand at the same number. */
const LOOKS_MAX = 8;
/** Characters that the kept reads may hold together; the newest is kept whatever its size. */
const LOOKS_LOAD_MAX = 4 * 1024 * 1024;
/** Milliseconds for which changes between lagging and not lagging are collected: one commit for hundreds of subscriptions. */
const NOTE_DELAY = 200;
const NOTHING: SharedCursor = { sequence: 0, sweepAt: null };

export class Outbox {
  private readonly deps: OutboxDeps;
  /** The cursor of each subscription that is ahead of what the rows say: all messages up to that number are handed over. */
  private readonly served = new Map<number, number>();
  /** The hand-overs under way, by subscription. */
  private readonly followed = new Map<number, Promise<void>>();
  /** Milliseconds that the last call took, of each subscription whose last call was slow. These come after the others. */
  private readonly slow = new Map<number, number>();
  /** Until when a subscription's object is not called again, because it has answered `silent`. */
  private readonly silentUntil = new Map<number, EpochMs>();
  /** The `_concurrency` of each subscription that has more than 1. */
  private readonly concurrency = new Map<number, number>();
  /** Kept reads of the log, by the cursor after which they begin and the concurrency that they are for. */
  private readonly looks = new Map<string, Look>();
  private readonly limiter = new ConcurrencyLimiter();
  private readonly slices: Slices;
  /** Subscriptions whose rows do not show yet whether their objects take messages (true) or not (false). */
  private readonly unnoted = new Map<number, boolean>();
  /** Errors since the last log line. */
  private readonly failures: unknown[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private noteTimer: ReturnType<typeof setTimeout> | null = null;
  /** The epoch of the log that the fields above and below are about. */
  private epoch: Epoch | null = null;
  /** The shared cursor as written. */
  private handed = 0;
  private writtenAt: EpochMs | null = null;

  constructor(deps: OutboxDeps) {
    this.deps = deps;
    this.slices = new Slices(() => deps.repeatNow());
  }

  /** Begins anew from the rows: after a start, and when a failed step has rolled rows back. */
  reset(): void {
    this.epoch = null;
    this.served.clear();
    this.slow.clear();
    this.silentUntil.clear();
    this.concurrency.clear();
    this.looks.clear();
    this.unnoted.clear();
    this.keep();
  }

  /** Whether some subscription has not been handed every message. */
  get isBehind(): boolean {
    const following = this.following();
    if (following.length === 0) return false;
    // Not `extent.to`: an object that has woken skips numbers, so the highest number given may be above the last message's.
    const last = this.deps.queue()?.lastStored ?? 0;
    return following.some((subscription) => this.servedOf(subscription) < last);
  }

  /** Starts hand-overs in a timer, so that the answer to the post goes out first. */
  poke(): void {
    this.resume();
    if (this.timer !== null || this.deps.subscriptions()?.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.start({ lagging: false });
    }, 0);
  }

  /** Continues the hand-overs that wait for a new call of the object (call-slices.ts). */
  resume(): void {
    this.slices.begin();
  }

  /** Starts a hand-over for each subscription that is behind. Lagging ones are included only if asked for. */
  start(options: { readonly lagging: boolean }): void {
    const last = this.deps.queue()?.extent.to ?? 0;
    const now = this.deps.now();
    const following = this.following();
    const slowness = ({ number }: SubscriptionEntry): number => this.slow.get(number) ?? 0;
    for (const subscription of following.toSorted((one, other) => slowness(one) - slowness(other))) {
      const { number, lagging } = subscription;
      if (this.followed.has(number) || (lagging && !options.lagging) || this.servedOf(subscription) >= last) continue;
      if (lagging && now < (this.silentUntil.get(number) ?? now)) continue;
      this.followed.set(number, this.follow(number));
    }
  }

  /** As `settle`, but ends also when the object has to be called again. */
  async settleSlice(milliseconds: number): Promise<void> {
    await Promise.race([this.settle(milliseconds), this.slices.over()]);
  }

  /** Waits until every subscription has caught up or lags. Bounded, because posts may keep coming. */
  async settle(milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    for (let left = milliseconds; this.followed.size > 0 && left > 0; left = end - Date.now()) {
      if (!(await settlesWithin(Promise.all(this.followed.values()), left))) return;
    }
  }

  /** Called before the queue's first subscription: messages posted before it go to none. Within a transaction. */
  begin(): void {
    const queue = this.deps.queue();
    if (queue === null) return;
    this.epoch = queue.record.epoch;
    this.handed = queue.extent.to;
    this.writeHanded(this.epoch);
    this.keep();
  }

  /** Forgets what memory holds of a subscription: it was removed, or only its row counts from now on. */
  forget(number: number): void {
    this.served.delete(number);
    this.slow.delete(number);
    this.silentUntil.delete(number);
    this.concurrency.delete(number);
    this.unnoted.delete(number);
  }

  /** Calls the subscription's object again at the next opportunity, also if it answered `silent` last. */
  ask(number: number): void {
    this.silentUntil.delete(number);
  }

  /** Makes the log keep the messages that some subscription has not been handed. */
  keep(): void {
    const queue = this.deps.queue();
    if (queue === null) return;
    // Without the shared cursor itself: it stays while no subscription is served, and later subscriptions begin ahead of it.
    const written = this.following().map((subscription) => this.writtenOf(subscription));
    queue.keepAfter(leastOf(written, Infinity));
  }

  private following(): SubscriptionEntry[] {
    const subscriptions = this.deps.subscriptions();
    if (subscriptions === null || subscriptions.size === 0) return [];
    this.load();
    const now = this.deps.now();
    return [...subscriptions.all()].filter((subscription) => this.deps.isActive(subscription, now));
  }

  /** Reads the shared cursor when the queue has a new epoch. */
  private load(): void {
    const queue = this.deps.queue();
    const epoch = queue?.record.epoch ?? null;
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.served.clear();
    this.looks.clear();
    const { sequence, sweepAt } = epoch === null ? NOTHING : readSharedCursor(this.deps.sql, epoch);
    this.handed = sequence;
    // The planned sweep in the row is current only if every message was handed over and some subscription is served.
    if ((queue?.lastStored ?? 0) <= sequence && this.isServing) this.deps.alarms.recallSweep(sweepAt);
  }

  private get isServing(): boolean {
    const now = this.deps.now();
    return [...(this.deps.subscriptions()?.all() ?? [])].some((each) => this.deps.isActive(each, now));
  }

  private writeHanded(epoch: Epoch): void {
    const { sql, alarms } = this.deps;
    writeSharedCursor(sql, epoch, { sequence: this.handed, sweepAt: alarms.plannedSweep });
  }

  private servedOf(subscription: SubscriptionEntry): number {
    this.load();
    return this.served.get(subscription.number) ?? this.writtenOf(subscription);
  }

  /** The same by the rows alone. */
  private writtenOf({ cursor, lagging }: SubscriptionEntry): number {
    const stored = cursor.epoch === this.epoch ? cursor.sequence : 0;
    return lagging ? stored : Math.max(stored, this.handed);
  }

  /** Brings one subscription up to date. Never rejects: a failure is repeated by the alarm that the post has armed. */
  private async follow(number: number): Promise<void> {
    const isTaking = await this.handOver(number).catch((error: unknown) => {
      this.failures.push(error);
      return false;
    });
    this.followed.delete(number);
    const subscription = this.deps.subscriptions()?.entry(number) ?? null;
    const last = this.deps.queue()?.extent.to ?? 0;
    // More messages may have been posted since the last read.
    if (isTaking && subscription !== null && this.isActive(subscription) && this.servedOf(subscription) < last) {
      this.followed.set(number, this.follow(number));
    } else {
      if (subscription !== null && (!isTaking || subscription.lagging)) this.unnoted.set(number, isTaking);
      await this.noteWhenDue();
    }
  }

  /** Hands over all that the log holds for one subscription. False: its object takes no more now. */
  private async handOver(number: number): Promise<boolean> {
    const { epoch } = this;
    for (;;) {
      const subscription = this.deps.subscriptions()?.entry(number) ?? null;
      const queue = this.deps.queue();
      const isOver = queue === null || epoch === null || queue.record.epoch !== epoch || this.epoch !== epoch;
      if (isOver || subscription === null || !this.isActive(subscription)) return true;
      const behind = this.servedOf(subscription);
      if (behind >= queue.extent.to) return true;
      const { notifications, end } = this.look(queue, behind, this.concurrency.get(number) ?? 1);
      if (notifications.length > 0 && !(await this.call(subscription, epoch, notifications))) return false;
      if (this.epoch === epoch) this.served.set(number, end);
    }
  }

  private async call({ number, id }: SubscriptionEntry, epoch: Epoch, parcels: Batch["parcels"]): Promise<boolean> {
    await this.slices.enter();
    return this.limiter.run({ load: loadOf(parcels), isSlow: this.slow.has(number) }, async () => {
      // Read only now: during the wait the subscription may have changed or ended.
      const subscription = this.deps.subscriptions()?.entry(number) ?? null;
      const target = subscription !== null && this.isActive(subscription) ? this.deps.target(number) : null;
      if (target === null) return true;
      // For the next read: this one may have been made for a lower concurrency.
      const concurrency = Math.min(concurrencyOf(target.options), this.deps.concurrencyMax);
      if (concurrency > 1) this.concurrency.set(number, concurrency);
      else this.concurrency.delete(number);
      const begun = Date.now();
      const answer = await this.deps.delivery(id).accept({ target, epoch, parcels });
      const taken = Date.now() - begun;
      if (taken > SLOW_MS) this.slow.set(number, taken);
      else this.slow.delete(number);
      if (answer === "silent") this.silentUntil.set(number, after(this.deps.now(), SILENT_INTERVAL));
      else this.silentUntil.delete(number);
      return answer === "taken";
    });
  }

  private look(queue: LiveQueue, behind: number, concurrency: number): LogPage {
    const key = `${behind} ${concurrency}`;
    const known = this.looks.get(key);
    if (known !== undefined) return known;
    const page = queue.logPageAfter(behind, concurrency);
    const notifications = page.notifications.map((each) => ({ ...each, body: toPublished(each.body) }));
    const look = { notifications, end: page.end, load: loadOf(notifications) };
    let load = [...this.looks.values()].reduce((sum, each) => sum + each.load, look.load);
    for (const [oldest, each] of this.looks) {
      if (this.looks.size < LOOKS_MAX && load <= LOOKS_LOAD_MAX) break;
      this.looks.delete(oldest);
      load -= each.load;
    }
    this.looks.set(key, look);
    return look;
  }

  /** Writes progress: at once when all have caught up or lag, else each WRITE_INTERVAL, and changes of lag after NOTE_DELAY. */
  private async noteWhenDue(): Promise<void> {
    if (this.followed.size === 0) return this.note();
    if (this.unnoted.size + this.failures.length > 0) this.noteTimer ??= setTimeout(() => void this.note(), NOTE_DELAY);
    const now = this.deps.now();
    if (this.writtenAt === null || now >= after(this.writtenAt, WRITE_INTERVAL)) await this.write();
  }

  private async note(): Promise<void> {
    if (this.noteTimer !== null) clearTimeout(this.noteTimer);
    this.noteTimer = null;
    if (this.followed.size === 0) this.looks.clear();
    await this.write();
    // One log line for all failures, which mostly have one cause.
    const [first, ...others] = this.failures.splice(0);
    if (first !== undefined)
      logFault(backgroundEvent(this.deps.project, "notifications", this.deps.place), together(first, others));
  }

  /** Writes progress in a transaction of its own. Never rejects. */
  private async write(): Promise<void> {
    const { epoch } = this;
    if (epoch === null) return;
    this.writtenAt = this.deps.now();
    await this.deps.write(() => this.writeProgress(epoch)).catch((error: unknown) => this.failures.push(error));
  }

  /** Writes changes of lag, and moves the shared cursor. Within a transaction. */
  private writeProgress(epoch: Epoch): void {
    const unnoted = [...this.unnoted];
    this.unnoted.clear();
    if (this.deps.queue()?.record.epoch !== epoch || this.epoch !== epoch) return;
    for (const [number, isTaking] of unnoted) this.noteLag(number, epoch, isTaking);
    const steady = this.following().filter((subscription) => !subscription.lagging);
    const last = this.deps.queue()?.extent.to ?? 0;
    const served = steady.map((subscription) => this.servedOf(subscription));
    const handed = leastOf(served, last);
    if (handed > this.handed) {
      this.handed = handed;
      this.writeHanded(epoch);
      for (const [each, upTo] of this.served) if (upTo <= handed) this.served.delete(each);
    }
    this.keep();
  }

  private noteLag(number: number, epoch: Epoch, isTaking: boolean): void {
    if (!isTaking) this.deps.repeatLater();
    const subscription = this.deps.subscriptions()?.entry(number) ?? null;
    if (subscription === null || (isTaking && !subscription.lagging)) return;
    const sequence = this.servedOf(subscription);
    if (!isTaking && subscription.lagging && subscription.cursor.sequence === sequence) return;
    this.deps.subscriptions()?.change(number, { cursor: { epoch, sequence }, lagging: !isTaking });
  }

  private isActive(subscription: SubscriptionEntry): boolean {
    return this.deps.isActive(subscription, this.deps.now());
  }
}

interface Look extends LogPage {
  /** Characters. */
  readonly load: number;
}

/** Characters. */
function loadOf(parcels: Batch["parcels"]): number {
  return parcels.reduce((load, { body }) => load + body.length, 0);
}

/** The least of `numbers` and `bound`. */
function leastOf(numbers: readonly number[], bound: number): number {
  return numbers.reduce((least, number) => Math.min(least, number), bound);
}

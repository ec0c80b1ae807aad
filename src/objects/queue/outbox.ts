/**
 * The outbox of a queue: hands new messages over to the DeliveryObject of each subscription, or to the hub of its WebSocket
 * connection. Each subscription is brought up to date independently, by its own cursor, so that a slow one delays no other. A
 * subscription whose object fails, is full or is silent *lags*: the queue's alarm tries it again. Progress is written when no
 * hand-over is under way any more, and once a second until then. After a crash, messages after the written cursors are handed
 * over again; a DeliveryObject recognises their numbers.
 */
import { settlesWithin } from "../../mechanisms/timeout.ts";
import type { ProjectId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { SubscriptionEntry } from "../../storage/queue/subscription-rows.ts";
import { backgroundEvent, logFault, combineFaults } from "../../telemetry/event.ts";
import { Cursors, type CursorsDeps } from "./cursors.ts";
import { DeliveryCalls, type DeliveryCallsDeps } from "./delivery-calls.ts";
import { LogPageCache } from "./log-page-cache.ts";

export interface OutboxDeps extends CursorsDeps, DeliveryCallsDeps {
  readonly project: ProjectId;
  readonly place: Place;
  /** Runs `work` in a transaction. */
  write(work: () => void): Promise<void>;
}

/** The time between two writes of progress while some hand-over is under way. */
const WRITE_INTERVAL = toSeconds(1);
/** Milliseconds for which changes of lag and failures are collected: one commit for hundreds of subscriptions. */
const LAG_WRITE_DELAY_MS = 200;

export class Outbox {
  private readonly deps: OutboxDeps;
  private readonly cursors: Cursors;
  private readonly calls: DeliveryCalls;
  private readonly pages = new LogPageCache();
  /** By subscription. */
  private readonly handOvers = new Map<number, Promise<void>>();
  /** Errors since the last log line. */
  private readonly failures: unknown[] = [];
  private startTimer: ReturnType<typeof setTimeout> | null = null;
  private writeTimer: ReturnType<typeof setTimeout> | null = null;
  private writtenAt: EpochMs | null = null;

  constructor(deps: OutboxDeps) {
    this.deps = deps;
    this.cursors = new Cursors(deps);
    this.calls = new DeliveryCalls(deps);
  }

  /** Discards memory in favour of the rows: after a start, and after a failed step has rolled rows back. */
  reset(): void {
    this.calls.reset();
    this.pages.clear();
    this.cursors.reset();
  }

  /** The number of entries about subscriptions in memory, beside their rows. */
  get size(): number {
    return this.cursors.size + this.calls.size;
  }

  /** Whether some subscription has not got every message, and should. */
  get isBehind(): boolean {
    return !this.isPaused && this.cursors.isBehind;
  }

  /** Starts hand-overs in a timer, so that the answer to the post goes out first. */
  startSoon(): void {
    this.resume();
    if (this.startTimer !== null || this.isPaused || this.deps.subscriptions()?.size === 0) return;
    this.startTimer = setTimeout(() => {
      this.startTimer = null;
      this.start({ lagging: false });
    }, 0);
  }

  /** Continues the hand-overs that wait for a new call of the object (call-slices.ts). */
  resume(): void {
    this.calls.beginSlice();
  }

  /** Starts a hand-over for each subscription that is behind. `lagging`: for lagging subscriptions too. None during a pause. */
  start(options: { readonly lagging: boolean }): void {
    if (this.isPaused) return;
    const { last } = this.cursors;
    const now = this.deps.now();
    const isDue = (subscription: SubscriptionEntry): boolean => {
      const { number, lagging } = subscription;
      if (this.handOvers.has(number) || this.cursors.cursorOf(subscription) >= last) return false;
      return !lagging || (options.lagging && !this.calls.isSilent(number, now));
    };
    const slowness = ({ number }: SubscriptionEntry): number => this.calls.slownessOf(number);
    const active = this.cursors.active().toSorted((one, other) => slowness(one) - slowness(other));
    for (const subscription of active) if (isDue(subscription)) this.startHandOver(subscription.number);
  }

  /** As `settle`, but ends also when the object has to be called again. */
  async settleSlice(milliseconds: number): Promise<void> {
    await Promise.race([this.settle(milliseconds), this.calls.sliceEnded()]);
  }

  /** Waits until every subscription has caught up or lags. Bounded, because posts may keep coming. */
  async settle(milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    for (let left = milliseconds; this.handOvers.size > 0 && left > 0; left = end - Date.now()) {
      if (!(await settlesWithin(Promise.all(this.handOvers.values()), left))) return;
    }
  }

  /** Called before the queue's first subscription, which does not get earlier messages. Within a transaction. */
  startAtEnd(): void {
    this.cursors.startAtEnd();
  }

  /** Forgets a subscription in memory: it was removed, or only its row counts from now on. */
  forget(number: number): void {
    this.cursors.forget(number);
    this.calls.forget(number);
  }

  /** Lets the subscription's object be called again although it has answered `silent`. */
  clearSilence(number: number): void {
    this.calls.clearSilence(number);
  }

  /** As `DeliveryCalls.noteTold`. */
  noteTold(number: number, figures: readonly unknown[]): void {
    this.calls.noteTold(number, figures);
  }

  /** As `DeliveryCalls.takeToldFigures`. */
  takeToldFigures(): ReturnType<DeliveryCalls["takeToldFigures"]> {
    return this.calls.takeToldFigures();
  }

  /** As `DeliveryCalls.allToldFigures`. */
  allToldFigures(): ReturnType<DeliveryCalls["allToldFigures"]> {
    return this.calls.allToldFigures();
  }

  /** Makes the log keep the messages that were not handed over to every subscription. */
  keepUnread(): void {
    this.cursors.keepUnread();
  }

  private get isPaused(): boolean {
    return this.deps.queue()?.record.settings.pausesNotifications === true;
  }

  private startHandOver(number: number): void {
    this.handOvers.set(number, this.handOver(number));
  }

  /** Brings one subscription up to date. Never rejects: a failure is repeated by the alarm that the post has armed. */
  private async handOver(number: number): Promise<void> {
    const isAccepting = await this.handOverPages(number).catch((error: unknown) => {
      this.failures.push(error);
      return false;
    });
    this.handOvers.delete(number);
    const subscription = this.cursors.activeEntry(number);
    if (this.isPaused) {
      // Nothing was found out about the subscription: it lags as before, with the cursor that it has reached.
      if (subscription?.lagging === true) this.cursors.setLag(number, true);
      return this.writeWhenDue();
    }
    // More messages may have been posted since the last page was read.
    if (isAccepting && subscription !== null && this.cursors.cursorOf(subscription) < this.cursors.last) {
      return this.startHandOver(number);
    }
    this.cursors.setLag(number, !isAccepting);
    await this.writeWhenDue();
  }

  /** Hands over all messages of the log to one subscription. False: its object accepts no more now. */
  private async handOverPages(number: number): Promise<boolean> {
    const { epoch } = this.cursors;
    for (;;) {
      const queue = this.deps.queue();
      if (queue === null || epoch === null || queue.record.epoch !== epoch || this.cursors.epoch !== epoch) return true;
      const subscription = this.cursors.activeEntry(number);
      if (subscription === null || this.isPaused) return true;
      const cursor = this.cursors.cursorOf(subscription);
      if (cursor >= queue.extent.to) return true;
      const page = this.pages.pageAfter(cursor, this.calls.concurrencyOf(number), queue);
      const isAccepted = page.notifications.length === 0 || (await this.calls.handOver(subscription, epoch, page));
      if (!isAccepted) return false;
      this.cursors.advance(number, epoch, page.end);
    }
  }

  /**
   * Writes progress: at once when no hand-over is under way, else each WRITE_INTERVAL, and changes of lag after
   * LAG_WRITE_DELAY_MS.
   */
  private async writeWhenDue(): Promise<void> {
    if (this.handOvers.size === 0) return this.conclude();
    if (this.cursors.hasLagChanges || this.failures.length > 0) {
      this.writeTimer ??= setTimeout(() => void this.conclude(), LAG_WRITE_DELAY_MS);
    }
    const now = this.deps.now();
    if (this.writtenAt === null || now >= after(this.writtenAt, WRITE_INTERVAL)) await this.write();
  }

  /** Writes progress and logs failures. Never rejects. */
  private async conclude(): Promise<void> {
    if (this.writeTimer !== null) clearTimeout(this.writeTimer);
    this.writeTimer = null;
    if (this.handOvers.size === 0) this.pages.clear();
    await this.write();
    // One log line for all failures, because they mostly have one cause.
    const [first, ...others] = this.failures.splice(0);
    if (first === undefined) return;
    logFault(backgroundEvent(this.deps.project, "notifications", this.deps.place), combineFaults(first, others));
  }

  /** Writes progress in a transaction of its own. Never rejects. */
  private async write(): Promise<void> {
    const { epoch } = this.cursors;
    if (epoch === null) return;
    this.writtenAt = this.deps.now();
    await this.deps.write(() => this.cursors.write(epoch)).catch((error: unknown) => this.failures.push(error));
  }
}

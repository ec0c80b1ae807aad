/**
 * Hands messages over to the objects that deliver them. Each subscription is followed on its own, so that one that is slow
 * to take holds up nobody; one whose object fails or is full lags, and is tried again by the queue's alarm. How far all
 * others have come is written as one row, when everybody has caught up or now and then: what a crash makes them forget
 * is handed over again, and known by its number.
 */
import { settlesWithin } from "../delivery/patience.ts";
import type { Target } from "../domain/delivery.ts";
import type { Epoch, ProjectId, SubscriptionId } from "../domain/id.ts";
import type { Place } from "../domain/place.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";
import type { LiveQueue } from "../storage/live-queue.ts";
import { readHandedOver, writeHandedOver, type HandedOver, type Posted } from "../storage/outbox.ts";
import type { Sql } from "../storage/sql.ts";
import type { SubscriptionEntry, Subscriptions } from "../storage/subscriptions.ts";
import { backgroundEvent, logFault } from "../telemetry/event.ts";
import type { Alarm } from "./alarm.ts";
import type { Batch, DeliveryRpc } from "./delivery-rpc.ts";
import { Pace } from "./pace.ts";
import { toPublished } from "./seal.ts";

/** What the outbox needs of the queue's object. */
export interface OutboxSource {
  readonly project: ProjectId;
  readonly place: Place;
  readonly sql: Sql;
  readonly alarms: Alarm;
  /** The queue as it is now; null when there is none. */
  queue(): LiveQueue | null;
  subscriptions(): Subscriptions | null;
  now(): EpochMs;
  /** Whether messages go to it. */
  isServed(subscription: SubscriptionEntry, now: EpochMs): boolean;
  target(number: number): Target | null;
  delivery(id: SubscriptionId): DeliveryRpc;
  write(work: () => void): Promise<void>;
  repeatLater(): void;
}

/** How often at least progress is written while there is always somebody who has not caught up. */
const WRITE_INTERVAL = toSeconds(1);
/** Milliseconds that are long for a receiver. */
const SLOW_MS = 50;
/** Looks at the log that are kept for those who come by next. */
const LOOKS_MAX = 8;
const NOTHING: HandedOver = { handed: 0, sweepAt: null };

export class Outbox {
  private readonly source: OutboxSource;
  /** Up to where each subscription has been served, as far as that is more than the rows say. */
  private readonly served = new Map<number, number>();
  private readonly followed = new Map<number, Promise<void>>();
  /** Milliseconds that those took who were slow to take what they were given last: they come after the others. */
  private readonly slow = new Map<number, number>();
  private readonly looks = new Map<number, Posted>();
  private readonly pace = new Pace();
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** The life of the queue that all this is about. */
  private epoch: Epoch | null = null;
  private handed = 0;
  private writtenAt: EpochMs | null = null;

  constructor(source: OutboxSource) {
    this.source = source;
  }

  /** Begins anew from the rows: after a start, and when a failed step has rolled some back. */
  reset(): void {
    this.epoch = null;
    this.served.clear();
    this.slow.clear();
    this.looks.clear();
    this.keep();
  }

  /** Whether there is something that somebody has yet to take. */
  get isBehind(): boolean {
    const following = this.following();
    if (following.length === 0) return false;
    // A woken log has given more numbers than it has messages.
    const last = this.source.queue()?.lastPosted ?? 0;
    return following.some((subscription) => this.servedOf(subscription) < last);
  }

  /** Soon follows whoever has not caught up: after the answer to the post that it is about. */
  poke(): void {
    if (this.timer !== null || this.source.subscriptions()?.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.start({ lagging: false });
    }, 0);
  }

  /** Follows whoever has not caught up, without the lagging unless they are meant too. */
  start(options: { readonly lagging: boolean }): void {
    const last = this.source.queue()?.extent.to ?? 0;
    const following = this.following();
    const slowness = ({ number }: SubscriptionEntry): number => this.slow.get(number) ?? 0;
    for (const subscription of following.toSorted((one, other) => slowness(one) - slowness(other))) {
      const { number, lagging } = subscription;
      if (this.followed.has(number) || (lagging && !options.lagging) || this.servedOf(subscription) >= last) continue;
      this.followed.set(number, this.follow(number));
    }
  }

  /** Waits until everybody has caught up or lags, at most so many milliseconds: posts may come without an end. */
  async settle(milliseconds: number): Promise<void> {
    const end = Date.now() + milliseconds;
    for (let left = milliseconds; this.followed.size > 0 && left > 0; left = end - Date.now()) {
      if (!(await settlesWithin(Promise.all(this.followed.values()), left))) return;
    }
  }

  /** The first of the subscriptions has come: what was posted before concerns nobody. Within a transaction. */
  begin(): void {
    const queue = this.source.queue();
    if (queue === null) return;
    this.epoch = queue.record.epoch;
    this.handed = queue.extent.to;
    this.writeHanded(this.epoch);
    this.keep();
  }

  /** Of one subscription only its row counts from now on. */
  forget(number: number): void {
    this.served.delete(number);
    this.slow.delete(number);
  }

  /** Keeps in the log what somebody has yet to take. */
  keep(): void {
    const queue = this.source.queue();
    if (queue === null) return;
    // Not behind the queue's cursor: it stands still while nobody is served, and whoever comes then is ahead of it.
    const written = this.following().map((subscription) => this.writtenOf(subscription));
    queue.keepBehind(leastOf(written, Infinity));
  }

  private following(): SubscriptionEntry[] {
    const subscriptions = this.source.subscriptions();
    if (subscriptions === null || subscriptions.size === 0) return [];
    this.load();
    const now = this.source.now();
    return [...subscriptions.all()].filter((subscription) => this.source.isServed(subscription, now));
  }

  /** Learns which life of the queue this is, and how far it has come. */
  private load(): void {
    const queue = this.source.queue();
    const epoch = queue?.record.epoch ?? null;
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.served.clear();
    this.looks.clear();
    const { handed, sweepAt } = epoch === null ? NOTHING : readHandedOver(this.source.sql, epoch);
    this.handed = handed;
    // The row knows only of what was handed over, and is not written while there is nobody to hand it to.
    if ((queue?.lastPosted ?? 0) <= handed && this.isServing) this.source.alarms.recallSweep(sweepAt);
  }

  private get isServing(): boolean {
    const now = this.source.now();
    return [...(this.source.subscriptions()?.all() ?? [])].some((each) => this.source.isServed(each, now));
  }

  private writeHanded(epoch: Epoch): void {
    const { sql, alarms } = this.source;
    writeHandedOver(sql, epoch, { handed: this.handed, sweepAt: alarms.plannedSweep });
  }

  private servedOf(subscription: SubscriptionEntry): number {
    this.load();
    return this.served.get(subscription.number) ?? this.writtenOf(subscription);
  }

  /** The same as far as the rows tell. */
  private writtenOf({ served, lagging }: SubscriptionEntry): number {
    const stored = served.epoch === this.epoch ? served.sequence : 0;
    return lagging ? stored : Math.max(stored, this.handed);
  }

  /** Brings one subscription up to date. Never rejects: what fails here is repeated by the alarm that the post has armed. */
  private async follow(number: number): Promise<void> {
    const isTaking = await this.attend(() => this.handOver(number));
    this.followed.delete(number);
    const subscription = this.source.subscriptions()?.entry(number) ?? null;
    const last = this.source.queue()?.extent.to ?? 0;
    // More may have come since its last look.
    if (isTaking && subscription !== null && this.isServed(subscription) && this.servedOf(subscription) < last) {
      this.followed.set(number, this.follow(number));
    } else {
      await this.attend(() => this.note(number, isTaking));
    }
  }

  private async attend(step: () => Promise<boolean>): Promise<boolean> {
    try {
      return await step();
    } catch (error) {
      logFault(backgroundEvent(this.source.project, "notifications", this.source.place), error);
      return false;
    }
  }

  /** Hands over all that the log holds for one subscription. False: its object takes no more for now. */
  private async handOver(number: number): Promise<boolean> {
    const { epoch } = this;
    for (;;) {
      const subscription = this.source.subscriptions()?.entry(number) ?? null;
      const queue = this.source.queue();
      const isOver = queue === null || epoch === null || queue.record.epoch !== epoch || this.epoch !== epoch;
      if (isOver || subscription === null || !this.isServed(subscription)) return true;
      const behind = this.servedOf(subscription);
      if (behind >= queue.extent.to) return true;
      const { parcels, upTo } = this.look(queue, behind);
      if (parcels.length > 0 && !(await this.call(subscription, epoch, parcels))) return false;
      if (this.epoch === epoch) this.served.set(number, upTo);
    }
  }

  private async call({ number, id }: SubscriptionEntry, epoch: Epoch, parcels: Batch["parcels"]): Promise<boolean> {
    return this.pace.run({ load: loadOf(parcels), isSlow: this.slow.has(number) }, async () => {
      // Only now: while this waited, the subscription may have been changed or have ended.
      const subscription = this.source.subscriptions()?.entry(number) ?? null;
      const target = subscription !== null && this.isServed(subscription) ? this.source.target(number) : null;
      if (target === null) return true;
      const begun = Date.now();
      const answer = await this.source.delivery(id).accept({ target, epoch, parcels });
      const taken = Date.now() - begun;
      if (taken > SLOW_MS) this.slow.set(number, taken);
      else this.slow.delete(number);
      return answer === "taken";
    });
  }

  private look(queue: LiveQueue, behind: number): Posted {
    const known = this.looks.get(behind);
    if (known !== undefined) return known;
    const posted = queue.postedBehind(behind);
    const look = {
      ...posted,
      parcels: posted.parcels.map((parcel) => ({ ...parcel, body: toPublished(parcel.body) })),
    };
    for (const oldest of this.looks.keys()) {
      if (this.looks.size < LOOKS_MAX) break;
      this.looks.delete(oldest);
    }
    this.looks.set(behind, look);
    return look;
  }

  /** Writes down what a subscription's catching up, or its failure to, means for the queue. */
  private async note(number: number, isTaking: boolean): Promise<boolean> {
    const { epoch } = this;
    const lagging = this.source.subscriptions()?.entry(number)?.lagging ?? false;
    const now = this.source.now();
    const isTime = this.writtenAt === null || now >= after(this.writtenAt, WRITE_INTERVAL);
    if (epoch === null || (isTaking && !lagging && this.followed.size > 0 && !isTime)) return true;
    this.writtenAt = now;
    await this.source.write(() => {
      if (this.source.queue()?.record.epoch !== epoch || this.epoch !== epoch) return;
      this.noteLag(number, epoch, isTaking);
      const steady = this.following().filter((subscription) => !subscription.lagging);
      const last = this.source.queue()?.extent.to ?? 0;
      const served = steady.map((subscription) => this.servedOf(subscription));
      const handed = leastOf(served, last);
      if (handed > this.handed) {
        this.handed = handed;
        this.writeHanded(epoch);
        for (const [each, upTo] of this.served) if (upTo <= handed) this.served.delete(each);
      }
      this.keep();
    });
    return true;
  }

  private noteLag(number: number, epoch: Epoch, isTaking: boolean): void {
    if (!isTaking) this.source.repeatLater();
    const subscription = this.source.subscriptions()?.entry(number) ?? null;
    if (subscription === null || (isTaking && !subscription.lagging)) return;
    const sequence = this.servedOf(subscription);
    if (!isTaking && subscription.lagging && subscription.served.sequence === sequence) return;
    this.source.subscriptions()?.change(number, { served: { epoch, sequence }, lagging: !isTaking });
  }

  private isServed(subscription: SubscriptionEntry): boolean {
    return this.source.isServed(subscription, this.source.now());
  }
}

/** Characters. */
function loadOf(parcels: Batch["parcels"]): number {
  return parcels.reduce((load, { body }) => load + body.length, 0);
}

/** The least of any number of numbers, and of `bound`. */
function leastOf(numbers: readonly number[], bound: number): number {
  return numbers.reduce((least, number) => Math.min(least, number), bound);
}

/**
 * Hands messages over to the objects that deliver them. Each subscription is followed on its own, so that one that is slow
 * to take holds up nobody; one whose object fails or is full lags, and is tried again by the queue's alarm. How far all
 * others have come is written as one row, when everybody has caught up or now and then: what a crash makes them forget
 * is handed over again, and known by its number.
 */
import { settlesWithin } from "../../mechanisms/timeout.ts";
import type { Target } from "../../domain/delivery.ts";
import type { Epoch, ProjectId, SubscriptionId } from "../../domain/id.ts";
import type { Place } from "../../domain/place.ts";
import { concurrencyOf } from "../../domain/subscription.ts";
import { after, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { LiveQueue } from "../../storage/queue/live-queue.ts";
import { readHandedOver, writeHandedOver, type HandedOver, type Posted } from "../../storage/queue/outbox.ts";
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
  /** Attempts that one subscription may have under way. */
  readonly concurrencyMax: number;
  /** The queue as it is now; null when there is none. */
  queue(): LiveQueue | null;
  subscriptions(): SubscriptionStore | null;
  now(): EpochMs;
  /** Whether messages go to it. */
  isServed(subscription: SubscriptionEntry, now: EpochMs): boolean;
  target(number: number): Target | null;
  delivery(id: SubscriptionId): DeliveryRpc;
  write(work: () => void): Promise<void>;
  repeatLater(): void;
  /** Has the alarm ring at once. */
  repeatNow(): void;
}

/** How often at least progress is written while there is always somebody who has not caught up. */
const WRITE_INTERVAL = toSeconds(1);
/** Milliseconds that are long for a receiver. */
const SLOW_MS = 50;
/** Looks at the log that are kept for those who come by next, and characters that all but the last may hold. */
const LOOKS_MAX = 8;
const LOOKS_LOAD_MAX = 4 * 1024 * 1024;
/** Milliseconds for which it is collected who does not take what he is given, or does so again: one commit for hundreds. */
const NOTE_DELAY = 200;
const NOTHING: HandedOver = { handed: 0, sweepAt: null };

export class Outbox {
  private readonly deps: OutboxDeps;
  /** Up to where each subscription has been served, as far as that is more than the rows say. */
  private readonly served = new Map<number, number>();
  private readonly followed = new Map<number, Promise<void>>();
  /** Milliseconds that those took who were slow to take what they were given last: they come after the others. */
  private readonly slow = new Map<number, number>();
  /** Until when those need not be asked who have said that their subscriber is silent. */
  private readonly silentUntil = new Map<number, EpochMs>();
  /** Attempts that those have under way who have more than one. */
  private readonly concurrency = new Map<number, number>();
  /** By what each was for: behind which number, and for how many attempts under way. */
  private readonly looks = new Map<string, Look>();
  private readonly limiter = new ConcurrencyLimiter();
  private readonly slices: Slices;
  /** Those of whom it has yet to be written down whether they take what they are given. */
  private readonly unnoted = new Map<number, boolean>();
  /** What has failed since the last note. */
  private readonly failures: unknown[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private noteTimer: ReturnType<typeof setTimeout> | null = null;
  /** The life of the queue that all this is about. */
  private epoch: Epoch | null = null;
  private handed = 0;
  private writtenAt: EpochMs | null = null;

  constructor(deps: OutboxDeps) {
    this.deps = deps;
    this.slices = new Slices(() => deps.repeatNow());
  }

  /** Begins anew from the rows: after a start, and when a failed step has rolled some back. */
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

  /** Whether there is something that somebody has yet to take. */
  get isBehind(): boolean {
    const following = this.following();
    if (following.length === 0) return false;
    // A woken log has given more numbers than it has messages.
    const last = this.deps.queue()?.lastPosted ?? 0;
    return following.some((subscription) => this.servedOf(subscription) < last);
  }

  /** Soon follows whoever has not caught up: after the answer to the post that it is about. */
  poke(): void {
    this.resume();
    if (this.timer !== null || this.deps.subscriptions()?.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.start({ lagging: false });
    }, 0);
  }

  /** Goes on with what waits for a new call of the object. */
  resume(): void {
    this.slices.begin();
  }

  /** Follows whoever has not caught up, without the lagging unless they are meant too. */
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

  /** The same, or until the object has to be called again. */
  async settleSlice(milliseconds: number): Promise<void> {
    await Promise.race([this.settle(milliseconds), this.slices.over()]);
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
    const queue = this.deps.queue();
    if (queue === null) return;
    this.epoch = queue.record.epoch;
    this.handed = queue.extent.to;
    this.writeHanded(this.epoch);
    this.keep();
  }

  /** Of one subscription only its row counts from now on, or it is no more. */
  forget(number: number): void {
    this.served.delete(number);
    this.slow.delete(number);
    this.silentUntil.delete(number);
    this.concurrency.delete(number);
    this.unnoted.delete(number);
  }

  /** Asks its object again at the next opportunity, whatever it has said last. */
  ask(number: number): void {
    this.silentUntil.delete(number);
  }

  /** Keeps in the log what somebody has yet to take. */
  keep(): void {
    const queue = this.deps.queue();
    if (queue === null) return;
    // Not behind the queue's cursor: it stands still while nobody is served, and whoever comes then is ahead of it.
    const written = this.following().map((subscription) => this.writtenOf(subscription));
    queue.keepBehind(leastOf(written, Infinity));
  }

  private following(): SubscriptionEntry[] {
    const subscriptions = this.deps.subscriptions();
    if (subscriptions === null || subscriptions.size === 0) return [];
    this.load();
    const now = this.deps.now();
    return [...subscriptions.all()].filter((subscription) => this.deps.isServed(subscription, now));
  }

  /** Learns which life of the queue this is, and how far it has come. */
  private load(): void {
    const queue = this.deps.queue();
    const epoch = queue?.record.epoch ?? null;
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.served.clear();
    this.looks.clear();
    const { handed, sweepAt } = epoch === null ? NOTHING : readHandedOver(this.deps.sql, epoch);
    this.handed = handed;
    // The row knows only of what was handed over, and is not written while there is nobody to hand it to.
    if ((queue?.lastPosted ?? 0) <= handed && this.isServing) this.deps.alarms.recallSweep(sweepAt);
  }

  private get isServing(): boolean {
    const now = this.deps.now();
    return [...(this.deps.subscriptions()?.all() ?? [])].some((each) => this.deps.isServed(each, now));
  }

  private writeHanded(epoch: Epoch): void {
    const { sql, alarms } = this.deps;
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
    const isTaking = await this.handOver(number).catch((error: unknown) => {
      this.failures.push(error);
      return false;
    });
    this.followed.delete(number);
    const subscription = this.deps.subscriptions()?.entry(number) ?? null;
    const last = this.deps.queue()?.extent.to ?? 0;
    // More may have come since its last look.
    if (isTaking && subscription !== null && this.isServed(subscription) && this.servedOf(subscription) < last) {
      this.followed.set(number, this.follow(number));
    } else {
      if (subscription !== null && (!isTaking || subscription.lagging)) this.unnoted.set(number, isTaking);
      await this.noteWhenDue();
    }
  }

  /** Hands over all that the log holds for one subscription. False: its object takes no more for now. */
  private async handOver(number: number): Promise<boolean> {
    const { epoch } = this;
    for (;;) {
      const subscription = this.deps.subscriptions()?.entry(number) ?? null;
      const queue = this.deps.queue();
      const isOver = queue === null || epoch === null || queue.record.epoch !== epoch || this.epoch !== epoch;
      if (isOver || subscription === null || !this.isServed(subscription)) return true;
      const behind = this.servedOf(subscription);
      if (behind >= queue.extent.to) return true;
      const { parcels, upTo } = this.look(queue, behind, this.concurrency.get(number) ?? 1);
      if (parcels.length > 0 && !(await this.call(subscription, epoch, parcels))) return false;
      if (this.epoch === epoch) this.served.set(number, upTo);
    }
  }

  private async call({ number, id }: SubscriptionEntry, epoch: Epoch, parcels: Batch["parcels"]): Promise<boolean> {
    await this.slices.enter();
    return this.limiter.run({ load: loadOf(parcels), isSlow: this.slow.has(number) }, async () => {
      // Only now: while this waited, the subscription may have been changed or have ended.
      const subscription = this.deps.subscriptions()?.entry(number) ?? null;
      const target = subscription !== null && this.isServed(subscription) ? this.deps.target(number) : null;
      if (target === null) return true;
      // For the next look: this one may have been for fewer.
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

  private look(queue: LiveQueue, behind: number, concurrency: number): Posted {
    const key = `${behind} ${concurrency}`;
    const known = this.looks.get(key);
    if (known !== undefined) return known;
    const { upTo, parcels: posted } = queue.postedBehind(behind, concurrency);
    const parcels = posted.map((parcel) => ({ ...parcel, body: toPublished(parcel.body) }));
    const look = { upTo, parcels, load: loadOf(parcels) };
    let load = [...this.looks.values()].reduce((sum, each) => sum + each.load, look.load);
    for (const [oldest, each] of this.looks) {
      if (this.looks.size < LOOKS_MAX && load <= LOOKS_LOAD_MAX) break;
      this.looks.delete(oldest);
      load -= each.load;
    }
    this.looks.set(key, look);
    return look;
  }

  /** Notes how things stand when everybody has caught up or lags, and now and then before; else, if need be, in a moment. */
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
    // As one line, however many have failed for whatever is wrong with all of them.
    const [first, ...others] = this.failures.splice(0);
    if (first !== undefined)
      logFault(backgroundEvent(this.deps.project, "notifications", this.deps.place), together(first, others));
  }

  /** Writes down what the catching up of subscriptions, or their failure to, means for the queue. Never rejects. */
  private async write(): Promise<void> {
    const { epoch } = this;
    if (epoch === null) return;
    this.writtenAt = this.deps.now();
    await this.deps.write(() => this.writeProgress(epoch)).catch((error: unknown) => this.failures.push(error));
  }

  /** Within a transaction. */
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
    if (!isTaking && subscription.lagging && subscription.served.sequence === sequence) return;
    this.deps.subscriptions()?.change(number, { served: { epoch, sequence }, lagging: !isTaking });
  }

  private isServed(subscription: SubscriptionEntry): boolean {
    return this.deps.isServed(subscription, this.deps.now());
  }
}

interface Look extends Posted {
  /** Characters. */
  readonly load: number;
}

/** Characters. */
function loadOf(parcels: Batch["parcels"]): number {
  return parcels.reduce((load, { body }) => load + body.length, 0);
}

/** The least of any number of numbers, and of `bound`. */
function leastOf(numbers: readonly number[], bound: number): number {
  return numbers.reduce((least, number) => Math.min(least, number), bound);
}

/**
 * The figures of a project: what reporters say, which of it may have been lost, and what has to be stored before a reply. Without
 * clock and storage of its own; `test/model/meter` runs it under faults. All times are of the meter's clock, unless they say
 * otherwise.
 */
import type { DeliveryFigures, QueueFigures } from "../../domain/figures.ts";
import { LATE_MS, LEASE_MS, PACE_MAX, SKEW_MS } from "../../domain/metering.ts";
import { readDelivery, readFigures } from "../../domain/packed-figures.ts";
import type { Place } from "../../domain/place.ts";
import type { BeginRequest, MeterReply, ReportRequest } from "../rpc/meter.ts";
import type { CountedFigures, MeterEntry } from "./meter-entry.ts";
import { Pace } from "./pace.ts";
import { endDelivery, enterDelivery, hasDeliveries, Places, type Held } from "./places.ts";
import { RemovedCounts } from "./removed-counts.ts";
import { Sessions } from "./sessions.ts";

/** Between two looks for queues that have cooled, between two writes of changed buckets, and between two lists of hot queues. */
const COOLING_MS = 10_000;
const WRITE_MS = 300_000;
const TELL_MS = 60_000;
/** The most queues in a list of hot ones. Further ones cost their reporters a begin. */
const TOLD_MAX = 5_000;

/** The rows of a meter. They are written with the reply that follows. */
export interface MeterRows {
  /** All entries, the largest pace told since somebody may hold news (0: nobody does), and what `removed` has packed. */
  read(): { readonly openPace: number; readonly held: Iterable<Held>; readonly removed?: string | null };
  write(changes: MeterChanges): void;
}

export interface MeterChanges {
  readonly openPace: number;
  readonly buckets: ReadonlyMap<number, readonly Held[]>;
  readonly removed: string;
}

export interface MeterDeps {
  readonly rows: MeterRows;
  /** Random, for this start. */
  readonly era: string;
  readonly hotMs: number;
  /** The calls per second above which reporters are told to report less often. */
  readonly callsMax: number;
  /** What has to happen before figures change or are looked at: later figures say nothing about an earlier point. */
  readonly advance: (places: Places, now: number) => void;
}

interface Answer {
  readonly figures: QueueFigures;
  readonly deliveries: readonly DeliveryFigures[];
  /** When the question was sent. */
  readonly askedAt: number;
}

export class Meter {
  readonly removed: RemovedCounts;
  readonly places: Places;
  private readonly sessions = new Sessions();
  private readonly pace: Pace;
  private readonly deps: MeterDeps;
  private openPace: number;
  /** As stored. */
  private storedPace: number;
  private readonly changed = new Set<number>();
  /** Those to be written before the reply. */
  private readonly urgent = new Set<number>();
  private cooledAt = Number.NEGATIVE_INFINITY;
  private writtenAt: number;

  constructor(deps: MeterDeps, now: number) {
    this.deps = deps;
    this.pace = new Pace(deps.callsMax);
    this.writtenAt = now;
    const { openPace, held, removed = null } = deps.rows.read();
    this.removed = new RemovedCounts(removed, now);
    this.places = new Places((gone) => {
      this.removed.add(gone);
      // Otherwise a later start would find it again, and count it twice.
      this.changed.add(gone.bucket);
    });
    this.openPace = openPace;
    this.storedPace = openPace;
    // A version without parts leaves those of a bucket that it writes behind, and the first row has all then.
    for (const each of held) if (this.places.find(each.place) === null) this.places.add(each);
    if (openPace > 0) this.recover(openPace, now);
  }

  begin({ session, sentAt, places, pace = 1 }: BeginRequest, now: number): MeterReply {
    this.settle(now);
    this.count(now);
    const entered = places.flatMap((place) => this.places.enter(place, now) ?? []);
    for (const held of entered) this.heat(held, held.queue, now);
    this.sessions.begin({ session, sentAt, pace: toPace(pace) }, now);
    this.write();
    return this.reply(session, entered, now);
  }

  report(
    { session, sentAt, figures, deliveries = [], doubts, final, pace = 1 }: ReportRequest,
    now: number,
  ): MeterReply {
    this.settle(now);
    if (figures.length + deliveries.length + doubts.length > 0 || !final) this.count(now);
    for (const { place, packed } of figures) {
      const read = readFigures(packed);
      if (read !== null) this.hear(place, read, now);
    }
    for (const { place, packed } of deliveries) {
      const read = readDelivery(packed);
      if (read !== null) this.hearDelivery(place, read, now);
    }
    for (const { place, at } of doubts) {
      const held = this.places.enter(place, now);
      if (held !== null) this.changing(held).queue.doubt(at + LATE_MS + SKEW_MS);
    }
    if (session !== null) this.sessions.report({ session, sentAt, final, pace: toPace(pace) }, now);
    this.close(now);
    this.write();
    return this.reply(session, [], now);
  }

  /** Shows the losses until now. Before every look. */
  look(now: number): Places {
    this.settle(now);
    this.close(now);
    this.write();
    return this.places;
  }

  mayAsk({ queue }: Held, now: number): boolean {
    return queue.mayAsk(now);
  }

  /** The answer of a queue to a question of `askedAt`, with what it has heard of its DeliveryObjects. */
  answer(place: Place, { figures, deliveries, askedAt }: Answer, now: number): void {
    // One of which nothing was known enters if it exists.
    const held = figures.epoch === null ? this.places.find(place) : this.places.enter(place, now);
    if (held === null) return;
    this.open();
    if (held.queue.hotUntil < now) this.heat(held, held.queue, now);
    this.changed.add(held.bucket);
    held.queue.hearAnswer(figures, askedAt, now);
    for (const each of deliveries) this.hearDelivery(place, each, now);
  }

  /** The object of a place cannot answer, perhaps because its data is lost: others are asked before it. */
  unanswered(place: Place, now: number): void {
    const held = this.places.find(place);
    if (held === null || !this.mayAsk(held, now)) return;
    this.open();
    this.changing(held).queue.vainAt = now;
  }

  /** The object of a place has never existed, or has been erased. */
  gone(place: Place): void {
    const held = this.places.find(place);
    if (held === null) return;
    this.open();
    this.places.remove(held);
  }

  /** After the answers to one look: writes them. */
  endAnswers(now: number): void {
    this.close(now);
    this.write();
  }

  /** Without one, nothing unreported can exist of confirmed queues. */
  get hasSessions(): boolean {
    return this.sessions.size > 0;
  }

  /** The factor of the reporters' periods. */
  get factor(): number {
    return this.pace.factor;
  }

  /** The start after an unclean end: whoever held news may have been lost, and later counts than the stored ones as well. */
  private recover(openPace: number, now: number): void {
    this.removed.restart(now);
    for (const held of this.places.all()) {
      if (held.queue.hotUntil > 0) held.queue.doubt(now + LEASE_MS * openPace + LATE_MS + SKEW_MS);
      held.queue.restartCounter(now);
      for (const entry of held.deliveries.values()) {
        entry.isCounterExact = false;
        entry.restartCounter(now);
      }
      this.changed.add(held.bucket);
    }
  }

  private hear(place: Place, figures: QueueFigures, now: number): void {
    // What does not exist enters only if somebody has begun to change it: a client could name anything.
    const held = figures.epoch === null ? this.places.find(place) : this.places.enter(place, now);
    if (held === null) return;
    // A start after an unclean end looks at hot queues only, and what is heard here is not written yet.
    this.heat(held, held.queue, now);
    this.changing(held).queue.hear(figures, now);
  }

  private hearDelivery(place: Place, figures: DeliveryFigures, now: number): void {
    // That a subscription is over is no news of a place without figures.
    const held = figures.epoch === null ? this.places.find(place) : this.places.enter(place, now);
    const entry = held === null ? null : enterDelivery(held, figures.subscription, now);
    if (held === null || entry === null) return;
    this.heat(held, entry, now);
    this.changing(held);
    entry.hear(figures, now);
  }

  /** Written before the reply, and only if half of the time is over: a row per queue and that time. */
  private heat<F extends CountedFigures>({ bucket }: Held, entry: MeterEntry<F>, now: number): void {
    const { hotMs } = this.deps;
    if (entry.hotUntil > now + hotMs / 2) return;
    entry.hotUntil = now + hotMs;
    this.urgent.add(bucket);
  }

  private changing(held: Held): Held {
    this.changed.add(held.bucket);
    return held;
  }

  private count(now: number): void {
    this.pace.count(now);
    this.open();
  }

  private open(): void {
    this.openPace = Math.max(this.openPace, this.pace.factor);
  }

  /** Ends sessions that are silent, and forgets queues that are cold and gone. */
  private settle(now: number): void {
    for (const until of this.sessions.takeLost(now)) {
      for (const held of this.places.all()) {
        if (held.queue.hotUntil > 0) held.queue.doubt(until + LATE_MS + SKEW_MS);
        for (const entry of held.deliveries.values()) entry.isCounterExact = false;
        this.changed.add(held.bucket);
      }
    }
    if (now - this.cooledAt >= COOLING_MS) {
      this.cooledAt = now;
      for (const held of this.places.all()) this.cool(held, now);
    }
    this.deps.advance(this.places, now);
    if (now - this.writtenAt >= WRITE_MS) {
      this.writtenAt = now;
      for (const bucket of this.changed) this.urgent.add(bucket);
    }
  }

  /** A deleted queue's figures stay until then as well, because a late report must not revive it. */
  private cool(held: Held, now: number): void {
    const { queue, deliveries } = held;
    for (const [id, entry] of deliveries) {
      if (entry.hotUntil === 0 || !this.cools(held, entry, now) || entry.figures?.epoch != null) continue;
      endDelivery(held, id);
    }
    if (!this.cools(held, queue, now) || !queue.isConfirmed || hasDeliveries(held)) return;
    if (queue.figures !== null && queue.figures.epoch !== null) return;
    this.places.remove(held);
  }

  /** Whether nobody can report what happened while it was hot. */
  private cools<F extends CountedFigures>({ bucket, queue }: Held, entry: MeterEntry<F>, now: number): boolean {
    if (entry.hotUntil === 0) return true;
    if (entry.hotUntil + LEASE_MS * PACE_MAX + LATE_MS > now || !queue.isConfirmed) return false;
    entry.hotUntil = 0;
    entry.forgetLives();
    this.changed.add(bucket);
    return true;
  }

  /**
   * Once nobody holds news, and all that is known is stored, an end of this object loses nothing. What is unconfirmed stays so,
   * because the runtime ends an object that is idle for 10 s, and a start after it must not put the questions off.
   */
  private close(now: number): void {
    if (this.openPace === 0 || this.sessions.size > 0) return;
    for (const bucket of this.changed) this.urgent.add(bucket);
    this.writtenAt = now;
    this.openPace = 0;
  }

  private write(): void {
    const { openPace, urgent } = this;
    if (openPace === this.storedPace && urgent.size === 0) return;
    const buckets = new Map([...urgent].map((bucket) => [bucket, this.places.inBucket(bucket)]));
    this.deps.rows.write({ openPace, buckets, removed: this.removed.pack() });
    this.storedPace = openPace;
    for (const bucket of urgent) this.changed.delete(bucket);
    urgent.clear();
  }

  private reply(session: string | null, begun: readonly Held[], now: number): MeterReply {
    const isTold = session !== null && this.sessions.tellsHot(session, TELL_MS, now);
    const hot: [Place, number][] = [];
    for (const { place, queue } of isTold ? this.places.all() : begun) {
      if (queue.hotUntil > now && hot.length < TOLD_MAX) hot.push([place, queue.hotUntil - now]);
    }
    const { era } = this.deps;
    return { era, pace: this.pace.factor, ...(hot.length > 0 ? { hot } : {}) };
  }
}

/** What a reporter says. Older versions say none. */
function toPace(pace: number): number {
  return pace >= 1 && pace <= PACE_MAX ? pace : 1;
}

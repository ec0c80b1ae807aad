/** The object that holds the figures of a project. It may stop at any time and then has only what it has written. */
import { doubt, type Entry, forgetLives, hear, hearAnswer, isConfirmed, newEntry, restartCounter } from "./entries.ts";
import { type Figures, pendingOf, shownAt } from "./figures.ts";
import { HOT_MS, LATE_MS, LEASE_MS, QUIET_MS, SKEW_MS } from "./rules.ts";
import type { Seen } from "./seen.ts";
import type { Series } from "./series.ts";
import type { Begin, MeterReply, Report } from "./messages.ts";
import { Sessions } from "./sessions.ts";
import type { Machine, World } from "./world.ts";

interface Disk {
  /** Somebody may hold news, or something here is not written. */
  isOpen: boolean;
  entries: ReadonlyMap<string, Entry>;
  /** The last point of the series that is stored. */
  pointsUntil: number;
}

export class Meter implements Machine {
  life = 0;
  skewMs = 0;
  private isAwake = false;
  private disk: Disk = { isOpen: false, entries: new Map(), pointsUntil: 0 };
  private entries = new Map<string, Entry>();
  private readonly sessions: Sessions;
  private readonly world: World;
  private readonly series: Series;

  constructor(world: World, series: Series) {
    this.world = world;
    this.series = series;
    this.sessions = new Sessions(world, this);
  }

  begin({ reporter, session: id, name, sentAt }: Begin): MeterReply {
    this.wake();
    this.settle();
    this.disk.isOpen = true;
    this.heat(this.enter(name));
    this.sessions.begin({ id, reporter, name, sentAt });
    return this.reply();
  }

  report({ reporter, session: id, figures, doubts, final, sentAt }: Report): MeterReply {
    this.wake();
    this.settle();
    if (figures.length > 0 || doubts.length > 0 || !final) this.disk.isOpen = true;
    for (const one of figures) {
      const entry = this.enter(one.name);
      // A start after a crash looks at hot queues only, and what is heard here is not written yet.
      if (this.world.keeps("a report makes its queues hot")) this.heat(entry);
      hear(entry, one, this.now, this.world);
    }
    for (const { name, at } of doubts) doubt(this.enter(name), at + LATE_MS + SKEW_MS);
    if (id !== null) this.sessions.report({ id, reporter, final, sentAt });
    const reply = this.reply();
    this.close();
    return reply;
  }

  /** All that a look shows, after the losses that show by now. */
  look(): ReadonlyMap<string, Entry> {
    this.wake();
    this.settle();
    this.close();
    return this.entries;
  }

  readonly quietMs = QUIET_MS;

  /** What a look shows. */
  see(): ReadonlyMap<string, Seen> {
    const entries = this.look();
    const keeps = this.world.keeps.bind(this.world);
    const seen = new Map<string, Seen>();
    for (const [name, entry] of entries) {
      const { figures, counter, createdAt, isCounterExact } = entry;
      if (figures === null) continue;
      const delivery = entries.get(`${name}/delivery`);
      const isPendingKnown = delivery === undefined || isConfirmed(delivery);
      seen.set(name, {
        isConfirmed: isConfirmed(entry),
        order: figures.order,
        shown: shownAt(figures, this.now, keeps),
        pending: isPendingKnown ? pendingOf(figures, delivery?.figures ?? null, keeps) : null,
        counter,
        createdAt,
        isCounterExact,
      });
    }
    return seen;
  }

  /** Those of the names that a question would help. */
  toAsk(names: readonly string[]): readonly string[] {
    return names.filter((name) => {
      const entry = this.entries.get(name);
      if (entry === undefined) return false;
      if (!this.world.keeps("only unconfirmed queues are asked")) return true;
      return !isConfirmed(entry) && this.now > entry.need + SKEW_MS;
    });
  }

  answer(figures: Figures, askedAt: number): void {
    this.wake();
    const entry = this.entries.get(figures.name);
    if (entry === undefined) return;
    this.disk.isOpen = true;
    if (entry.hotUntil < this.now) this.heat(entry);
    hearAnswer(entry, figures, askedAt, this.now, this.world);
    this.close();
  }

  /** Without one, nothing unreported can exist of confirmed queues. */
  get hasSessions(): boolean {
    return this.sessions.size > 0;
  }

  /** The runtime evicts an object that is idle. */
  evict(): void {
    if (!this.disk.isOpen) this.stop();
  }

  stop(): void {
    this.isAwake = false;
    this.entries = new Map();
    this.sessions.clear();
    this.world.restart(this);
  }

  get now(): number {
    return this.world.clock(this);
  }

  private wake(): void {
    if (this.isAwake) return;
    this.isAwake = true;
    this.entries = new Map([...this.disk.entries].map(([name, entry]) => [name, { ...entry }]));
    this.series.until = this.disk.pointsUntil;
    if (!this.disk.isOpen) return;
    const { world } = this;
    for (const entry of this.entries.values()) {
      if (this.isHot(entry) && world.keeps("an unclean start makes hot queues unconfirmed")) {
        doubt(entry, this.now + LEASE_MS + LATE_MS + SKEW_MS);
      }
      if (world.keeps("an unclean start restarts counters")) restartCounter(entry, this.now);
    }
    this.write();
  }

  private enter(name: string): Entry {
    const entry = this.entries.get(name) ?? newEntry(name, this.now);
    this.entries.set(name, entry);
    return entry;
  }

  /** Written before the reply, and only if half of the time is over: a row per queue and that time. */
  private heat(entry: Entry): void {
    if (entry.hotUntil > this.now + HOT_MS / 2) return;
    entry.hotUntil = this.now + HOT_MS;
    if (!this.world.keeps("hot marks are durable")) return;
    this.disk.entries = new Map(this.disk.entries).set(entry.name, { ...entry });
  }

  /** Until it has been cooled: the meter may sleep past the time and then learn of a loss before it. */
  private isHot(entry: Entry): boolean {
    return this.world.keeps("a queue is hot until it is cooled") ? entry.hotUntil > 0 : !this.mayCool(entry);
  }

  private mayCool({ hotUntil }: Entry): boolean {
    return hotUntil + LEASE_MS + LATE_MS <= this.now;
  }

  private reply(): MeterReply {
    const hot = [...this.entries.values()].filter(({ hotUntil }) => hotUntil > this.now);
    return new Map(hot.map(({ name, hotUntil }) => [name, hotUntil - this.now]));
  }

  /** Ends sessions that are silent, and forgets queues that are cold and gone. */
  private settle(): void {
    for (const { heard, begun } of this.sessions.takeLost()) {
      if (!this.world.keeps("a lost session makes hot queues unconfirmed")) continue;
      for (const entry of this.entries.values()) {
        const concerns = begun.has(entry.name) || this.world.keeps("a lost session concerns all hot queues");
        if (this.isHot(entry) && concerns) doubt(entry, heard + LEASE_MS + LATE_MS + SKEW_MS);
      }
    }
    for (const entry of this.entries.values()) {
      const keeps = this.world.keeps("figures of a deleted queue are kept while it is hot");
      const isKept = !this.mayCool(entry) && (keeps || entry.figures?.exists !== false);
      if (isKept || !isConfirmed(entry)) continue;
      entry.hotUntil = 0;
      const { figures } = entry;
      if (figures === null || !figures.exists) this.entries.delete(entry.name);
      else forgetLives(entry, figures, this.world);
    }
    this.series.advance(this.entries, this.now);
  }

  private close(): void {
    if (this.sessions.size > 0) return;
    this.write();
    this.disk.isOpen = false;
  }

  private write(): void {
    this.disk.pointsUntil = this.series.until;
    this.disk.entries = new Map([...this.entries].map(([name, entry]) => [name, { ...entry }]));
  }
}

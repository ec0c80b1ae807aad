/** The object of a queue, as far as figures depend on it: rows that survive, a life that does not, and an alarm after moves. */
import type { Figures, Range } from "./figures.ts";
import { FLUSH_MS, REPEAT_MS } from "./rules.ts";
import type { Machine, World } from "./world.ts";

interface Message {
  readonly visibleAt: number;
  readonly bornExpiry: number;
  expiresAt: number;
  claimedUntil: number;
  /** An upper bound of what the log held with this row. */
  readonly storedMax: number;
}

/** A request that changes something. What it did counts as told once its answer has left as the protocol wants it. */
export interface Operation {
  /**
   * Real time until which the change may be missing from what is shown: its mark has not come through, or its answer has not left
   * (`Infinity`), or the first report of an alarm failed.
   */
  excusedUntil: number;
  /** Messages of another queue, which an alarm reports. */
  readonly isMove: boolean;
}

interface Change {
  readonly at: number;
  readonly order: number;
  readonly operation: Operation;
}

/** In a row, until an alarm has reported it. */
interface Adoption {
  readonly operation: Operation;
  readonly bootId: string;
}

/** Milliseconds in which some repetition of an alarm's report is taken. */
const EXCUSED_MS = 30_000;

type ReportFigures = (from: Machine, figures: readonly Figures[], taken: () => void, failed: () => void) => void;

export class QueueObject implements Machine {
  life = 0;
  skewMs: number;
  readonly name: string;
  /** Too long to be counted when the object wakes. */
  readonly isDeep: boolean;
  readonly isSubscribed: boolean;
  /** For the oracle: changes, newest last; questions that reached it; timers for figures. */
  readonly changes: Change[] = [];
  private readonly posts: { readonly at: number; readonly count: number }[] = [];
  asked: { readonly at: number; readonly isFaultless: boolean }[] = [];
  timers = 0;

  private exists = true;
  private messages: Message[] = [];
  private sequence = 0;
  private clockMax = 0;
  /** The only time that it has in a row. */
  private postedAt = 0;
  private unreported: Adoption[] = [];

  private isAwake = false;
  private isCounted = true;
  private boot = 0;
  private bootId = "";
  private version = 0;
  private posted = 0;
  private waits: number[] = [];
  private readonly world: World;
  private readonly report: ReportFigures;

  constructor(world: World, name: string, kind: { isDeep: boolean; isSubscribed: boolean }, report: ReportFigures) {
    this.world = world;
    this.name = name;
    this.isDeep = kind.isDeep;
    this.isSubscribed = kind.isSubscribed;
    this.report = report;
    this.skewMs = world.random.between(-250, 250);
  }

  /** The time of a queue does not decrease in a life, nor below that of a stored message. */
  get clock(): number {
    this.clockMax = Math.max(this.clockMax, this.world.clock(this));
    return this.clockMax;
  }

  change(operation: Operation, work: (now: number) => void): Figures {
    this.wake();
    work(this.clock);
    this.version += 1;
    this.changes.push({ at: this.world.now, order: this.world.next(), operation });
    if (!this.world.keeps("a queue has no timer for figures")) this.timers += 1;
    return this.figures();
  }

  post(count: number, ttlMs: number, delayMs: number, now: number): void {
    this.exists = true;
    for (let posted = 0; posted < count; posted++) {
      const storedMax = this.storedMax(now) + 1;
      const expiresAt = now + ttlMs;
      const visibleAt = now + delayMs;
      this.messages.push({ visibleAt, bornExpiry: expiresAt, expiresAt, claimedUntil: 0, storedMax });
      this.sequence += 1;
    }
    this.posted += count;
    this.postedAt = now;
    this.posts.push({ at: this.world.now, count });
  }

  /** Returns how many it found. The lives of claimed messages are stretched over the claim and its grace. */
  claim(count: number, leaseMs: number, graceMs: number, now: number): number {
    const free = this.alive(now).filter(({ visibleAt, claimedUntil }) => visibleAt <= now && claimedUntil <= now);
    for (const message of free.slice(0, count)) {
      message.claimedUntil = now + leaseMs;
      message.expiresAt = Math.max(message.expiresAt, message.claimedUntil + graceMs);
    }
    return Math.min(count, free.length);
  }

  wait(untilMs: number): void {
    if (this.exists) this.waits.push(untilMs);
  }

  remove(count: number, now: number): void {
    const gone = new Set(this.alive(now).slice(0, count));
    this.messages = this.messages.filter((message) => !gone.has(message) && message.expiresAt > now);
  }

  delete(): void {
    this.exists = false;
    this.messages = [];
    this.waits = [];
  }

  /** Messages of another queue: its caller may stop before it has reported them, so an alarm does. */
  adopt(count: number): Figures {
    const operation = { excusedUntil: 0, isMove: true };
    const figures = this.change(operation, (now) => this.post(count, 60_000, 0, now));
    if (this.world.keeps("adopted messages are reported by an alarm")) {
      this.unreported.push({ operation, bootId: this.bootId });
      this.world.plan(null, FLUSH_MS, () => this.alarm());
    }
    return figures;
  }

  /** The meter asks. */
  ask(): Figures {
    this.asked.push({ at: this.world.now, isFaultless: this.world.now - this.world.faultAt > 150_000 });
    this.wake();
    return this.figures();
  }

  postedSince(at: number): number {
    return this.posts.filter((post) => post.at >= at).reduce((sum, { count }) => sum + count, 0);
  }

  get newest(): number {
    return this.sequence;
  }

  sleep(): void {
    this.isAwake = false;
    this.clockMax = this.postedAt;
    this.world.restart(this);
  }

  get isIdle(): boolean {
    return this.waits.every((until) => until <= this.clock);
  }

  /** What is true now. */
  truth(): { stored: number; claimed: number; delayed: number; free: number; waiting: number } {
    const now = this.clock;
    const alive = this.alive(now);
    const claimed = alive.filter(({ claimedUntil }) => claimedUntil > now).length;
    const delayed = alive.filter(({ claimedUntil, visibleAt }) => claimedUntil <= now && visibleAt > now).length;
    const waiting = this.isAwake ? this.waits.filter((until) => until > now).length : 0;
    return { stored: alive.length, claimed, delayed, free: alive.length - claimed - delayed, waiting };
  }

  private get hasLost(): boolean {
    return this.unreported.some(({ bootId }) => bootId !== this.bootId);
  }

  private wake(): void {
    if (this.isAwake) return;
    this.isAwake = true;
    this.isCounted = !this.isDeep;
    this.boot = this.clock;
    this.bootId = `${this.name}.${this.life}`;
    this.version = 0;
    this.posted = 0;
    this.waits = [];
  }

  /** Repeated until the meter has the figures, like every alarm that fails. */
  private alarm(): void {
    const told = [...this.unreported];
    if (told.length === 0) return;
    this.wake();
    const failed = () => {
      for (const { operation } of told) operation.excusedUntil ||= this.world.now + EXCUSED_MS;
      if (this.world.keeps("a failed report of an alarm is repeated")) {
        this.world.plan(null, REPEAT_MS, () => this.alarm());
      }
    };
    const taken = () => {
      this.unreported = this.unreported.filter((adoption) => !told.includes(adoption));
    };
    this.report(this, [this.figures()], taken, failed);
  }

  private alive(now: number): Message[] {
    return this.messages.filter(({ expiresAt }) => expiresAt > now);
  }

  /** An upper bound: the number itself if the rows have been counted in this life. */
  private storedMax(now: number): number {
    const alive = this.alive(now);
    if (this.isCounted || alive.length === 0) return alive.length;
    if (this.world.keeps("counts after a restart are bounded by the newest row"))
      return this.messages.at(-1)?.storedMax ?? 0;
    return alive.filter(({ claimedUntil }) => claimedUntil > now).length;
  }

  private figures(): Figures {
    const now = this.clock;
    const truth = this.truth();
    const alive = this.alive(now);
    const max = this.storedMax(now);
    const unknown = (known: number): Range => (this.isCounted ? { min: known, max: known } : { min: 0, max });
    const expiries = alive.map(({ expiresAt, bornExpiry }) =>
      this.world.keeps("bounds count stretched lives") ? expiresAt : bornExpiry,
    );
    const lapses = alive.map(({ claimedUntil }) => claimedUntil).filter((until) => until > now);
    const ends = alive.map(({ visibleAt }) => visibleAt).filter((at) => at > now);
    const first = (times: readonly number[]) => (this.isCounted ? Math.min(...times) : now);
    return {
      name: this.name,
      boot: this.boot,
      bootId: this.bootId,
      version: this.version,
      takenAt: now,
      exists: this.exists,
      stored: { min: this.isCounted ? truth.stored : truth.claimed, max },
      delayed: unknown(truth.delayed),
      claimed: truth.claimed,
      firstExpiry: first(expiries),
      lastExpiry: Math.max(...expiries),
      firstLapse: Math.min(...lapses),
      lastLapse: Math.max(...lapses),
      firstVisible: first(ends),
      lastVisible: Math.max(...ends),
      waiting: truth.waiting,
      lastWait: Math.max(...this.waits),
      posted: this.posted,
      isShort: this.world.keeps("an alarm tells that a life is lost") && this.hasLost,
      sequence: this.isSubscribed ? this.sequence : 0,
      pending: 0,
      order: this.world.next(),
    };
  }
}

/** The object of a queue, as far as figures depend on it: rows that survive, a life that does not, and an alarm after moves. */
import { Adoptions } from "./adoptions.ts";
import type { Change, Operation } from "./changes.ts";
import type { Figures, Range } from "./figures.ts";
import { Rows } from "./rows.ts";
import type { Machine, World } from "./world.ts";

/** Milliseconds that a claimed message lives longer than its claim. */
const GRACE_MS = 30_000;

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
  private readonly rows = new Rows();
  private sequence = 0;
  private epoch = 1;
  private clockMax = 0;
  /** The only time that it has in a row. */
  private postedAt = 0;
  private readonly adoptions: Adoptions;

  private isAwake = false;
  private isCounted = true;
  private boot = 0;
  private bootId = "";
  private version = 0;
  private posted = 0;
  private waits: number[] = [];
  private readonly world: World;

  constructor(world: World, name: string, kind: { isDeep: boolean; isSubscribed: boolean }, report: ReportFigures) {
    this.world = world;
    this.name = name;
    this.isDeep = kind.isDeep;
    this.isSubscribed = kind.isSubscribed;
    this.adoptions = new Adoptions(world, (taken, failed) => {
      this.wake();
      report(this, [this.figures()], taken, failed);
    });
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
      this.rows.add({ visibleAt, bornExpiry: expiresAt, expiresAt, claimedUntil: 0, storedMax });
      this.sequence += 1;
    }
    this.posted += count;
    this.postedAt = now;
    this.posts.push({ at: this.world.now, count });
  }

  claim(count: number, leaseMs: number, now: number): void {
    this.rows.claim(count, leaseMs, GRACE_MS, now);
  }

  wait(untilMs: number): void {
    if (this.exists) this.waits.push(untilMs);
  }

  remove(count: number, now: number): void {
    this.rows.remove(count, now);
  }

  delete(): void {
    this.exists = false;
    this.epoch += 1;
    this.sequence = 0;
    this.rows.clear();
    this.waits = [];
  }

  /** Messages of another queue: its caller may stop before it has reported them, so an alarm does. */
  adopt(count: number): Figures {
    const operation = { excusedUntil: 0, isMove: true };
    const figures = this.change(operation, (now) => this.post(count, 60_000, 0, now));
    this.adoptions.add({ operation, bootId: this.bootId });
    return figures;
  }

  /** The meter asks. */
  ask(): Figures {
    this.asked.push({ at: this.world.now, isFaultless: this.world.now - this.world.faultAt > 150_000 });
    return this.tell();
  }

  /** An isolate asks, which has used the queue. */
  tell(): Figures {
    this.wake();
    return this.figures();
  }

  postedSince(at: number): number {
    return this.posts.filter((post) => post.at >= at).reduce((sum, { count }) => sum + count, 0);
  }

  get newest(): { readonly epoch: number; readonly sequence: number } {
    return { epoch: this.epoch, sequence: this.sequence };
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
  truth(): ReturnType<Rows["counts"]> & { readonly waiting: number } {
    const now = this.clock;
    const waiting = this.isAwake ? this.waits.filter((until) => until > now).length : 0;
    return { ...this.rows.counts(now), waiting };
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

  /** An upper bound: the number itself if the rows have been counted in this life. */
  private storedMax(now: number): number {
    const { stored, claimed } = this.rows.counts(now);
    if (this.isCounted || stored === 0) return stored;
    const isBounded = this.world.keeps("counts after a restart are bounded by the newest row");
    return isBounded ? (this.rows.newest?.storedMax ?? 0) : claimed;
  }

  private figures(): Figures {
    const now = this.clock;
    const truth = this.truth();
    const alive = this.rows.alive(now);
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
      isShort: this.adoptions.hasLost(this.bootId),
      epoch: this.epoch,
      sequence: this.isSubscribed ? this.sequence : 0,
      pending: 0,
      order: this.world.next(),
    };
  }
}

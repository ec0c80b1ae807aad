/** An isolate of the Worker: it makes changes for clients, and reports the figures of their answers. */
import type { Figures } from "./figures.ts";
import type { MeterDoor, MeterReply, Report } from "./messages.ts";
import { News } from "./news.ts";
import type { Operation, Request } from "./changes.ts";
import { BEGIN_WAIT_MS, FLUSH_MS, LEASE_MS, REPEAT_MS, WAIT_UNTIL_MS } from "./rules.ts";
import type { Machine, World } from "./world.ts";

/** Shorter than the time after which an idle queue may stop. */
const BUSY_MS = 5_000;

/** A queue whose latest answers did not tell its figures. */
interface Untold {
  readonly to: Machine;
  readonly tell: () => readonly Figures[];
  /** The order of the latest of these answers. */
  order: number;
  /** The life that told figures last. */
  bootId: string | undefined;
}

interface Session {
  readonly id: string;
  /** The sending of its first begin, from which the meter counts its lease even if only a later one is answered. */
  readonly openedAt: number;
  /** By its own clock: until when the meter will notice its end. Before the first reply it is not proven. */
  provenUntil: number;
}

export class Isolate implements Machine {
  life = 0;
  skewMs: number;
  readonly name: string;
  private sessions = 0;
  private session: Session | null = null;
  /** A session whose final report may not have arrived. */
  private ending: string | null = null;
  private hot = new Map<string, number>();
  private news = new News();
  private untold = new Map<string, Untold>();
  /** By queues: the last life that told figures, and when. */
  private tellers = new Map<string, { readonly bootId: string; readonly at: number }>();
  /** Orders calls and answers. */
  private steps = 0;
  private inFlight = 0;
  private lastChange = 0;
  private isFlushPlanned = false;
  private readonly world: World;
  private readonly meter: MeterDoor;

  constructor(world: World, name: string, meter: MeterDoor) {
    this.world = world;
    this.name = name;
    this.meter = meter;
    this.skewMs = world.random.between(-250, 250);
  }

  /** By its clock. Until then its reports get lost, because the runtime has ended its work after the answers. */
  private muteUntil = 0;

  mute(forMs: number): void {
    this.muteUntil = this.clock + forMs;
  }

  /** By its clock. Until then its reports are under way for long. */
  private slowUntil = 0;

  slow(forMs: number): void {
    this.slowUntil = this.clock + forMs;
  }

  /** A deploy, or the platform needs the memory. */
  kill(): void {
    this.world.fault();
    this.world.restart(this);
    this.session = null;
    this.ending = null;
    this.hot = new Map();
    this.news = new News();
    this.untold = new Map();
    this.tellers = new Map();
    this.inFlight = 0;
    this.isFlushPlanned = false;
  }

  request({ queue, to, serve, tell, isUntold = false, isWait = false, isSlow = false }: Request): void {
    const { world } = this;
    const order = this.steps++;
    const operation: Operation = { excusedUntil: Number.POSITIVE_INFINITY, isMove: false };
    const begin = { isDone: false };
    let isHeard = false;
    let isAnswered = false;
    this.inFlight += 1;
    this.lastChange = this.clock;
    const isRead = isWait && !world.keeps("a wait begins");
    const answer = () => {
      if (isAnswered || !isHeard) return;
      isAnswered = true;
      // A change whose begin did not come through is the known hole, until its figures arrive.
      if (begin.isDone || !world.keeps("an answer waits for its begin") || isRead) operation.excusedUntil = 0;
      this.inFlight -= 1;
    };
    const done = () => {
      begin.isDone = true;
      answer();
    };
    if (isRead || !world.keeps("a change begins") || !this.needsBegin(queue)) done();
    else this.begin(queue, done);
    if (!world.keeps("an answer waits for its begin")) answer();
    const hear = () => {
      isHeard = true;
      if (begin.isDone || !world.keeps("an answer waits for its begin")) answer();
      else world.plan(this, BEGIN_WAIT_MS, answer);
      this.planFlush();
    };
    world.call({
      from: this,
      to,
      isSlow,
      serve: () => serve(operation),
      reply: (figures) => {
        if (isUntold && this.isBusy(queue)) {
          const bootId = this.tellers.get(queue)?.bootId;
          this.untold.set(queue, { to, tell, order: this.steps++, bootId });
        } else this.learn(queue, figures, order);
        hear();
      },
      fail: () => {
        if (world.keeps("a failed call is a doubt")) this.news.doubt(queue, this.clock);
        hear();
      },
    });
  }

  private get clock(): number {
    return this.world.clock(this);
  }

  private needsBegin(queue: string): boolean {
    if (this.session === null) return true;
    const hasLease = this.session.provenUntil > this.clock;
    const isLeaseOver = this.world.keeps("a begin precedes changes after the lease") && !hasLease;
    const isCold = (this.hot.get(queue) ?? 0) <= this.clock;
    const names = this.world.keeps("a begin names each queue that is not known to be hot");
    return this.session.provenUntil === 0 || isLeaseOver || (names && isCold);
  }

  private begin(queue: string, done: () => void): void {
    const sentAt = this.clock;
    const session = this.sessionAt(sentAt);
    this.world.call({
      from: this,
      to: this.meter,
      twice: true,
      serve: () => this.meter.begin({ reporter: this.name, session: session.id, name: queue, sentAt }),
      reply: (reply) => {
        this.obey(reply, sentAt);
        session.provenUntil = Math.max(session.provenUntil, session.openedAt + LEASE_MS);
        done();
      },
      fail: () => {
        if (this.world.keeps("a failed call is a doubt")) this.news.doubt(queue, this.clock);
        this.planFlush();
      },
    });
  }

  private sessionAt(now: number): Session {
    const { session } = this;
    if (session !== null && Math.max(session.openedAt + LEASE_MS, session.provenUntil) > now) return session;
    const opened = { id: `${this.name}.${this.life}.${this.sessions++}`, openedAt: now, provenUntil: 0 };
    this.session = opened;
    return opened;
  }

  private obey(hot: MeterReply, sentAt: number): void {
    for (const [name, forMs] of hot) this.hot.set(name, Math.max(this.hot.get(name) ?? 0, sentAt + forMs));
  }

  private planFlush(): void {
    if (this.isFlushPlanned) return;
    this.isFlushPlanned = true;
    this.world.plan(this, FLUSH_MS, () => this.flush(this.clock + WAIT_UNTIL_MS - FLUSH_MS));
  }

  /** A queue has told its figures a short while ago, by the same life most probably. */
  private isBusy(queue: string): boolean {
    return (this.tellers.get(queue)?.at ?? Number.NEGATIVE_INFINITY) > this.clock - BUSY_MS;
  }

  /** `order`: of the call. */
  private learn(queue: string, figures: readonly Figures[], order: number): void {
    const [own] = figures;
    const untold = this.untold.get(queue);
    if (untold !== undefined) {
      const isOther = untold.bootId !== own?.bootId;
      if (isOther && this.world.keeps("another life than that of untold answers is a doubt"))
        this.news.doubt(queue, this.clock);
      untold.bootId = own?.bootId;
      const isLater = !this.world.keeps("figures tell only of answers before their call");
      if (untold.order < order || isLater) this.untold.delete(queue);
    }
    this.news.learn(figures);
    if (own !== undefined) this.tellers.set(queue, { bootId: own.bootId, at: this.clock });
  }

  /** Asks what answers have not told, and goes on when all have answered or failed. */
  private askUntold(goOn: () => void): void {
    const asked = [...this.untold];
    let left = asked.length;
    const done = () => {
      left -= 1;
      if (left === 0) goOn();
    };
    for (const [queue, { to, tell }] of asked) {
      const order = this.steps++;
      const fail = () => {
        if (this.untold.get(queue)?.to === to) this.untold.delete(queue);
        this.news.doubt(queue, this.clock);
        done();
      };
      const reply = (figures: readonly Figures[]) => {
        this.learn(queue, figures, order);
        done();
      };
      this.world.call({ from: this, to, serve: tell, reply, fail });
    }
    if (left === 0) goOn();
  }

  private flush(untilMs: number): void {
    if (this.world.keeps("what answers have not told is asked before a report"))
      this.askUntold(() => this.report(untilMs));
    else this.report(untilMs);
  }

  /** Reports, and repeats that until it is taken or the runtime ends the work. Then the next request takes over. */
  private report(untilMs: number): void {
    const sentAt = this.clock;
    const waits = this.world.keeps("a final report waits for changes in flight");
    const isQuiet = sentAt - this.lastChange > REPEAT_MS || !waits;
    const isAllTold =
      this.untold.size === 0 || !this.world.keeps("what answers have not told is asked before a report");
    const isFinal = isQuiet && isAllTold && (this.inFlight === 0 || !waits);
    const { figures, doubts } = this.news.all();
    const { session } = this;
    const id = session?.id ?? this.ending;
    const report: Report = { reporter: this.name, session: id, figures, doubts, final: isFinal, sentAt };
    if (isFinal) {
      this.session = null;
      this.ending = id;
    }
    this.world.call({
      from: this,
      to: this.meter,
      twice: true,
      isLost: this.muteUntil > sentAt,
      isSlow: this.slowUntil > sentAt,
      serve: () => this.meter.report(report),
      reply: (reply) => {
        this.news.forget({ figures, doubts });
        this.obey(reply, sentAt);
        // The report opened the session if the meter did not know it, perhaps because it has started anew.
        if (session !== null) session.provenUntil = Math.max(session.provenUntil, sentAt + LEASE_MS);
        this.isFlushPlanned = false;
        if (!isFinal || !this.news.isEmpty) this.planFlush();
      },
      fail: () => {
        this.isFlushPlanned = false;
        if (this.clock >= untilMs) return;
        this.isFlushPlanned = true;
        this.world.plan(this, REPEAT_MS, () => this.flush(untilMs));
      },
    });
  }
}

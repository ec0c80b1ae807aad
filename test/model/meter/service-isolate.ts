/** The service's reporter, with the calls and timers of the model: those of a Worker, or of a hub, whose clock is its alarm. */
import { toEpochMs, type EpochMs } from "../../../src/domain/time.ts";
import { FlushPlan, type Turn } from "../../../src/objects/rpc/flush-plan.ts";
import type { Telling } from "../../../src/objects/rpc/answer-pace.ts";
import { Reporter, type AnsweredFigures } from "../../../src/objects/rpc/reporter.ts";
import type { Operation, Request } from "./changes.ts";
import type { Figures } from "./figures.ts";
import { BEGIN_WAIT_MS } from "./rules.ts";
import { placeOf, type ServiceMeter } from "./service.ts";
import type { Machine, World } from "./world.ts";

export class ServiceIsolate implements Machine {
  life = 0;
  skewMs: number;
  private reporter = new Reporter("");
  /** The last requests to queues, for questions. */
  private readonly requests = new Map<string, Request>();
  private readonly telling: Telling | undefined;
  private plan = new FlushPlan();
  private muteUntil = 0;
  private slowUntil = 0;
  private readonly name: string;
  private readonly isHub: boolean;
  private readonly world: World;
  private readonly meter: ServiceMeter;

  constructor(world: World, name: string, { meter, isHub }: { readonly meter: ServiceMeter; readonly isHub: boolean }) {
    this.world = world;
    this.name = name;
    this.meter = meter;
    this.isHub = isHub;
    this.skewMs = world.random.between(-250, 250);
    // Either few answers carry figures, as in all scenes, or every one does.
    this.telling = world.random.chance(0.7) ? { answersPerSecond: 0, intervalMs: 5_000 } : undefined;
    this.start();
  }

  mute(forMs: number): void {
    this.muteUntil = this.clock + forMs;
  }

  slow(forMs: number): void {
    this.slowUntil = this.clock + forMs;
  }

  kill(): void {
    this.world.fault();
    this.world.restart(this);
    this.start();
  }

  /** As objects/rpc/metered.ts, in the time of the model. */
  request(request: Request): void {
    const { queue, to, serve, isSlow = false } = request;
    const { world, reporter } = this;
    this.requests.set(queue, request);
    const place = placeOf(queue);
    const operation: Operation = { excusedUntil: Number.POSITIVE_INFINITY, isMove: false };
    const change = reporter.startChange(place, this.clock);
    let isBegun = !reporter.needsBegin(change);
    let isHeard = false;
    let isAnswered = false;
    const answer = (): void => {
      if (isAnswered || !isHeard) return;
      isAnswered = true;
      // A change whose begin did not come through is the known hole, until its figures arrive.
      if (isBegun) operation.excusedUntil = 0;
      reporter.endChange(change);
    };
    const hear = (): void => {
      isHeard = true;
      if (isBegun) answer();
      else world.plan(this, BEGIN_WAIT_MS, answer);
      this.flushLater();
    };
    if (!isBegun) {
      const begin = reporter.begin(place, this.clock);
      world.call({
        from: this,
        to: this.meter,
        twice: true,
        serve: () => this.meter.beginNatively(begin),
        reply: (reply) => {
          reporter.begun(begin, reply);
          isBegun = true;
          answer();
        },
        fail: () => {
          reporter.doubt(place, this.clock);
          this.flushLater();
        },
      });
    }
    world.call({
      from: this,
      to,
      isSlow,
      serve: () => serve(operation),
      reply: (figures) => {
        reporter.learn(change, change.withFigures ? this.pack(figures) : {}, this.clock);
        hear();
      },
      fail: () => {
        reporter.doubt(place, this.clock);
        hear();
      },
    });
  }

  /** As objects/rpc/reporters.ts. The model looks at once, so later looks see it. */
  tellNews(): void {
    const { reporter } = this;
    const report = reporter.extraReport(this.clock);
    if (report === null) return;
    this.world.call({
      from: this,
      to: this.meter,
      twice: true,
      serve: () => this.meter.reportNatively(report),
      reply: (reply) => void reporter.reported(report, reply),
      fail: () => undefined,
    });
  }

  /** As objects/rpc/reporters.ts. */
  private askUntold(goOn: () => void): void {
    const { reporter } = this;
    const questions = reporter.questions();
    let left = questions.length;
    if (left === 0) return goOn();
    const done = (): void => {
      left -= 1;
      if (left === 0) goOn();
    };
    for (const question of questions) {
      const asked = this.requests.get(question.known.place.name);
      if (asked === undefined) throw new Error("A question for a queue that was never called.");
      this.world.call({
        from: this,
        to: asked.to,
        serve: asked.tell,
        reply: (figures) => {
          reporter.hear(question, this.pack(figures), this.clock);
          done();
        },
        fail: () => {
          reporter.giveUp(question, this.clock);
          done();
        },
      });
    }
  }

  /** The figures of the called queue come first, and those of its delivery after them. */
  private pack(all: readonly Figures[]): AnsweredFigures {
    const { figures, deliveries } = this.meter.translator.pack(all);
    const [own] = figures;
    return { ...(own && { figures: own.packed }), deliveries: deliveries.map(({ packed }) => packed) };
  }

  private start(): void {
    this.reporter = new Reporter(`${this.name}.${this.life}`, this.telling);
    this.plan = new FlushPlan();
  }

  private get clock(): EpochMs {
    return toEpochMs(this.world.clock(this));
  }

  private flushLater(): void {
    const turn = this.plan.take(this.reporter.flushMs, this.clock, this.isHub);
    if (turn !== null) this.wait(turn);
  }

  /** An alarm comes also after the end of the life that has set it. */
  private wait(turn: Turn): void {
    const delayMs = Math.max(0, turn.dueAt - this.clock);
    this.world.plan(this.isHub ? null : this, delayMs, () => {
      if (this.plan.isStill(turn)) this.flush(turn);
    });
  }

  private flush(turn: Turn): void {
    this.askUntold(() => this.report(turn));
  }

  private report(turn: Turn): void {
    const { reporter, world } = this;
    const report = reporter.report(this.clock);
    const go = (outcome: "over" | "again" | "failed"): void => {
      if (this.plan.goesOn(turn, outcome, reporter.flushMs, this.clock)) this.wait(turn);
    };
    world.call({
      from: this,
      to: this.meter,
      twice: true,
      isLost: this.muteUntil > report.sentAt,
      isSlow: this.slowUntil > report.sentAt,
      serve: () => this.meter.reportNatively(report),
      reply: (reply) => go(reporter.reported(report, reply) ? "over" : "again"),
      fail: () => go("failed"),
    });
  }
}

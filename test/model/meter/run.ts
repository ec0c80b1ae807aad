/** One run: random requests and faults in busy and quiet times, looked at all the while. */
import type { Figures } from "./figures.ts";
import { DeliveryObject } from "./delivery.ts";
import type { Begin, Report } from "./messages.ts";
import { Operations, WEIGHTS } from "./operations.ts";
import { CLOCKS_MS, type Judged, type Looks, Oracle } from "./oracle.ts";
import type { Operation, Request } from "./changes.ts";
import { QueueObject } from "./queue.ts";
import { LATE_MS, POINT_MS, type Rule } from "./rules.ts";
import type { Point } from "./series.ts";
import { type Machine, World } from "./world.ts";

const BUSY_MS = 45_000;
const QUIET_TIME_MS = 60_000;
const ROUNDS = 4;

export interface Outcome {
  readonly violation: string | null;
  readonly looks: Looks;
}

/** A meter: the model's or the service's. */
export interface RunMeter extends Machine, Judged {
  /** By its clock. */
  readonly now: number;
  begin(begin: Begin): unknown;
  report(report: Report): unknown;
  toAsk(names: readonly string[]): readonly string[];
  answer(figures: Figures, askedAt: number): void;
  evict(): void;
  stop(): void;
}

/** An isolate of the Worker. */
export interface RunIsolate extends Machine {
  request(request: Request): void;
  mute(forMs: number): void;
  slow(forMs: number): void;
  kill(): void;
  /** Tells the meter its news before a look. Of the service only. */
  tellNews?(): void;
}

/** Makes the meter, and the isolates by their names. */
export type Implementation = (
  world: World,
  addPoint: (point: Point) => void,
) => { readonly meter: RunMeter; readonly isolate: (name: string) => RunIsolate };

/** `off`: the rule that the model does without. */
export function run(
  seed: number,
  { off = null, make }: { readonly off?: Rule | null; readonly make: Implementation },
): Outcome {
  const service = new Service(new World(seed, off), make);
  return service.live();
}

class Service {
  private readonly world: World;
  private readonly meter: RunMeter;
  private readonly queues = new Map<string, QueueObject>();
  private readonly deliveries = new Map<string, DeliveryObject>();
  private readonly isolates: readonly RunIsolate[];
  private readonly operations: Operations;
  private readonly oracle: Oracle;
  /** The share of a second's draws that break something. */
  private readonly breaks: number;

  constructor(world: World, make: Implementation) {
    this.world = world;
    this.operations = new Operations(world, { queues: this.queues, deliveries: this.deliveries });
    this.oracle = new Oracle(world, { queues: this.queues, deliveries: this.deliveries });
    const { meter, isolate } = make(world, (point) => this.oracle.checkPoint(point));
    this.meter = meter;
    this.isolates = ["a", "b", "c"].map(isolate);
    for (const [index, name] of ["q0", "q1", "q2", "q3", "q4", "q5"].entries()) {
      const kind = { isDeep: index % 2 === 1, isSubscribed: index >= 4 };
      this.queues.set(name, new QueueObject(world, name, kind, (...report) => this.report(...report)));
      if (!kind.isSubscribed) continue;
      const delivery = new DeliveryObject(world, `${name}/delivery`, (...report) => this.report(...report));
      this.deliveries.set(delivery.name, delivery);
    }
    this.breaks = world.random.pick([0, 0.03, 0.1, 0.3]);
  }

  live(): Outcome {
    const { world, oracle } = this;
    const everyMs = world.random.pick([150, 1_000, 4_000]);
    const lookMs = world.random.pick([2_000, 7_000, 45_000]);
    const endMs = ROUNDS * (BUSY_MS + QUIET_TIME_MS);
    for (let at = POINT_MS; at < endMs; at += POINT_MS) {
      for (const around of [at - CLOCKS_MS, at + CLOCKS_MS]) world.plan(null, around, () => oracle.remember());
    }
    for (let round = 0; round < ROUNDS; round++) {
      const start = round * (BUSY_MS + QUIET_TIME_MS);
      for (let at = 0; at < BUSY_MS; at += everyMs) {
        world.plan(null, start + at + world.random.between(0, everyMs), () => this.act());
      }
    }
    for (let at = 1_000; at < endMs; at += 1_000) world.plan(null, at, () => this.mayBreak());
    for (let at = lookMs; at < endMs; at += lookMs) world.plan(null, at, () => this.look());
    for (let at = 0; at < endMs && oracle.violation === null; at += 1_000) world.run(at);
    return { violation: oracle.violation, looks: oracle.looks };
  }

  private act(): void {
    const { random } = this.world;
    const queue = random.pick([...this.queues.values()]);
    const isolate = random.pick(this.isolates);
    const kind = random.weighted(WEIGHTS);
    const serve = (operation: Operation) => this.operations.serve(kind, queue, operation);
    isolate.request({
      queue: queue.name,
      to: queue,
      serve,
      tell: () => this.operations.tell(queue),
      isUntold: random.chance(0.3),
      isWait: kind === "wait",
      isSlow: random.chance(this.breaks / 2),
    });
    if (kind === "wait") this.operations.waitLater(isolate, queue);
    if (random.chance(this.breaks / 2)) this.breakLater(() => queue.sleep());
    if (random.chance(this.breaks / 4)) this.breakLater(() => isolate.kill());
  }

  /** Most often after the answer has left, when nobody learns of it. */
  private breakLater(work: () => void): void {
    this.world.plan(null, this.world.random.between(20, 1_500), () => {
      this.world.fault();
      work();
    });
  }

  private mayBreak(): void {
    const { random } = this.world;
    for (const queue of this.queues.values()) {
      const isOld = (queue.changes.at(-1)?.at ?? 0) < this.world.now - LATE_MS;
      if (isOld && queue.isIdle && random.chance(0.1)) queue.sleep();
    }
    if (!this.meter.hasSessions && random.chance(0.05)) this.meter.evict();
    if (!random.chance(this.breaks)) return;
    this.world.fault();
    const kind = random.weighted({ queue: 3, flap: 2, delivery: 1, meter: 2, isolate: 3, mute: 3, slow: 3, deploy: 1 });
    const queue = random.pick([...this.queues.values()]);
    const isolate = random.pick(this.isolates);
    if (kind === "queue" || kind === "flap") queue.sleep();
    if (kind === "flap") this.breakLater(() => queue.sleep());
    if (kind === "delivery") random.pick([...this.deliveries.values()]).sleep();
    if (kind === "meter") this.meter.stop();
    if (kind === "isolate") isolate.kill();
    if (kind === "mute") isolate.mute(random.between(20_000, 200_000));
    if (kind === "slow") this.fade(isolate);
    if (kind === "deploy") for (const one of this.isolates) one.kill();
  }

  /** A machine that gets slower and dies. */
  private fade(isolate: RunIsolate): void {
    isolate.slow(15_000);
    this.world.plan(isolate, this.world.random.between(8_000, 16_000), () => isolate.kill());
  }

  private look(): void {
    const asked = this.isolates.filter((isolate) => "tellNews" in isolate);
    if (asked.length > 0) this.world.random.pick(asked).tellNews?.();
    this.oracle.check(this.meter);
    const objects = new Map<string, QueueObject | DeliveryObject>([...this.queues, ...this.deliveries]);
    for (const name of this.meter.toAsk([...objects.keys()])) {
      const object = objects.get(name);
      if (object === undefined) continue;
      const isSlow = this.world.random.chance(this.breaks);
      const askedAt = this.meter.now;
      const reply = (figures: Figures) => this.meter.answer(figures, askedAt);
      this.world.call({
        from: this.meter,
        to: object,
        serve: () => object.ask(),
        reply,
        fail: () => undefined,
        isPatient: true,
        isSlow,
      });
    }
  }

  private report(from: Machine, figures: readonly Figures[], taken: () => void, failed: () => void): void {
    const report = { reporter: "", session: null, figures, doubts: [], final: true, sentAt: this.world.clock(from) };
    const serve = () => this.meter.report(report);
    const isLost = this.world.random.chance(this.breaks);
    this.world.call({ from: SOMEBODY, to: this.meter, twice: true, serve, reply: taken, fail: failed, isLost });
  }
}

/** An alarm is repeated by the runtime, whatever happens to its object. */
const SOMEBODY: Machine = { life: 0, skewMs: 0 };

/** What random runs meet too seldom: a few steps for each of the rules that need a rare order of events. */
import type { Figures } from "./figures.ts";
import { DeliveryObject } from "./delivery.ts";
import { MODEL } from "./implementations.ts";
import { Oracle } from "./oracle.ts";
import type { Operation } from "./changes.ts";
import { QueueObject } from "./queue.ts";
import type { Rule } from "./rules.ts";
import type { Implementation, RunIsolate, RunMeter } from "./run.ts";
import { World } from "./world.ts";

/** `off`: the rule that the model does without. `make`: by default the model. */
interface Play {
  readonly off?: Rule | null;
  readonly make?: Implementation;
}

class Scene {
  readonly world: World;
  readonly meter: RunMeter;
  readonly isolate: RunIsolate;
  readonly queue: QueueObject;
  readonly delivery: DeliveryObject;
  /** Reports of the queue's alarm that fail before one is taken. */
  failures = 0;
  private readonly oracle: Oracle;

  constructor({ off = null, make = MODEL }: Play) {
    this.world = new World(1, off, 0);
    const { meter, isolate } = make(this.world, () => undefined);
    this.meter = meter;
    this.isolate = isolate("a");
    const kind = { isDeep: false, isSubscribed: true };
    this.queue = new QueueObject(this.world, "q", kind, (_, figures, taken, failed) => {
      if (this.failures-- > 0) return failed();
      this.hear(...figures);
      taken();
    });
    this.delivery = new DeliveryObject(this.world, "q/delivery", (_, figures, taken) => {
      this.hear(...figures);
      taken();
    });
    const { queue, delivery } = this;
    const objects = { queues: new Map([[queue.name, queue]]), deliveries: new Map([[delivery.name, delivery]]) };
    this.oracle = new Oracle(this.world, objects);
    this.world.run(1_000);
    // The meter may ask.
    this.world.fault();
  }

  post(count: number, operation: Operation = told()): Figures {
    return this.queue.change(operation, (now) => this.queue.post(count, 500_000, 0, now));
  }

  /** A post by the isolate. */
  request({ isUntold = false } = {}): void {
    const { isolate, queue } = this;
    const serve = (operation: Operation) => [this.post(1, operation)];
    isolate.request({ queue: "q", to: queue, serve, tell: () => [queue.tell()], isUntold });
  }

  remove(count: number): Figures {
    return this.queue.change(told(), (now) => this.queue.remove(count, now));
  }

  /** A new life of the queue, on a machine whose clock is ahead by `skewMs`. */
  restart(skewMs = 0): void {
    this.queue.sleep();
    this.queue.skewMs = skewMs;
  }

  hear(...figures: readonly Figures[]): void {
    this.meter.report({ reporter: "", session: null, figures, doubts: [], final: true, sentAt: this.meter.now });
  }

  begin(name: string): void {
    this.meter.begin({ reporter: "a", session: "s", name, sentAt: this.meter.now });
  }

  /** Of the session that `begin` opens, and not its last one. */
  report(sentAt: number, ...figures: readonly Figures[]): void {
    this.meter.report({ reporter: "a", session: "s", figures, doubts: [], final: false, sentAt });
  }

  pass(ms: number): void {
    this.world.run(this.world.now + ms);
  }

  get isConfirmed(): boolean {
    return this.meter.see().get("q")?.isConfirmed === true;
  }

  look(): string | null {
    this.oracle.check(this.meter);
    return this.oracle.violation;
  }
}

/** The answer has left, and its mark was made. */
const told = () => ({ excusedUntil: 0, isMove: false });

/** Each returns the violation that it leads to, if any. */
export const SCENES: Readonly<Partial<Record<Rule, (play: Play) => string | null>>> = {
  "figures of lives are ordered by their start": (play) => {
    const scene = new Scene(play);
    const earlier = scene.post(2);
    scene.pass(5_000);
    scene.restart();
    scene.hear(scene.post(3));
    scene.hear(earlier);
    scene.pass(30_000);
    return scene.look();
  },
  "lives that started together are asked": (play) => {
    const scene = new Scene(play);
    scene.post(3);
    scene.pass(10_000);
    scene.restart(250);
    const earlier = scene.remove(1);
    scene.restart(-250);
    scene.pass(200);
    scene.hear(scene.remove(1), earlier);
    scene.pass(30_000);
    return scene.look();
  },
  "an answer to a question replaces only older figures": (play) => {
    const scene = new Scene(play);
    scene.hear(scene.post(1));
    const askedAt = scene.meter.now;
    const answer = scene.queue.ask();
    scene.restart();
    scene.pass(3_000);
    scene.hear(scene.post(2));
    scene.meter.answer(answer, askedAt);
    scene.pass(30_000);
    return scene.look();
  },
  "old figures do not enter as new": (play) => {
    const scene = new Scene(play);
    const kept = scene.post(2);
    scene.hear(scene.queue.change(told(), () => scene.queue.delete()));
    scene.pass(100_000);
    scene.meter.see();
    scene.hear(kept);
    return scene.look();
  },
  "a session is as old as the sending of its report": (play) => {
    const scene = new Scene(play);
    const sentAt = scene.meter.now;
    const figures = scene.post(1);
    scene.report(sentAt, figures);
    scene.pass(500);
    scene.post(1);
    scene.pass(9_000);
    scene.report(sentAt, figures);
    scene.pass(12_500);
    return scene.look();
  },
  "a failed report of an alarm is repeated": (play) => {
    const scene = new Scene(play);
    scene.hear(scene.post(1));
    scene.failures = 1;
    scene.queue.adopt(1);
    scene.pass(50_000);
    return scene.look();
  },
  "an alarm tells that a life is lost": (play) => {
    const scene = new Scene(play);
    scene.hear(scene.remove(1));
    scene.pass(20_000);
    scene.queue.adopt(1);
    scene.restart();
    scene.pass(40_000);
    return scene.look();
  },
  "a queue is hot until it is cooled": (play) => {
    const scene = new Scene(play);
    scene.begin("q");
    scene.hear(scene.post(1));
    // Nobody looks until long after the time of the queue, and only then the loss of the session shows.
    scene.post(1);
    scene.pass(120_000);
    return scene.look();
  },
  "a report makes its queues hot": (play) => {
    const scene = new Scene(play);
    scene.hear(scene.post(1));
    scene.pass(120_000);
    scene.look();
    // The session of another queue keeps the meter from writing what it hears.
    scene.begin("other");
    scene.hear(scene.post(1));
    scene.meter.stop();
    scene.pass(25_000);
    return scene.look();
  },
  "a delivery reports what it does by itself": (play) => {
    const scene = new Scene(play);
    const { queue, delivery } = scene;
    scene.hear(scene.post(9));
    delivery.accept(queue.newest);
    delivery.giveUp();
    scene.hear(delivery.ask());
    delivery.redeliver();
    scene.pass(25_000);
    return scene.look();
  },
  "a repeated begin renews nothing": (play) => {
    const scene = new Scene(play);
    scene.begin("q");
    scene.hear(scene.post(1));
    scene.post(1);
    scene.pass(10_000);
    scene.begin("other");
    scene.pass(12_000);
    return scene.look();
  },
  "a report opens its session": (play) => {
    const scene = new Scene(play);
    scene.begin("q");
    scene.hear(scene.post(1));
    scene.meter.stop();
    for (let reports = 0; reports < 5; reports++) {
      scene.report(scene.meter.now);
      scene.pass(8_000);
    }
    scene.meter.answer(scene.queue.ask(), scene.meter.now);
    scene.report(scene.meter.now);
    scene.post(1);
    scene.pass(25_000);
    return scene.look();
  },
  "a begin precedes changes after the lease": (play) => {
    const scene = new Scene(play);
    const { isolate } = scene;
    isolate.mute(100_000);
    for (let posts = 0; posts < 22; posts++) {
      scene.request();
      scene.pass(1_500);
      scene.look();
    }
    scene.meter.answer(scene.queue.ask(), scene.meter.now);
    scene.request();
    scene.pass(25_000);
    return scene.look();
  },
  "figures tell only of answers before their call": (play) => {
    const scene = new Scene(play);
    // In one of these tries the calls cross.
    for (let tries = 0; tries < 30 && scene.look() === null; tries++) {
      scene.request();
      scene.pass(500);
      scene.request();
      scene.request({ isUntold: true });
      scene.pass(30_000);
    }
    return scene.look();
  },
  "another life than that of untold answers is a doubt": (play) =>
    restartOfBusy(play, { isAskedFirst: true }) ?? restartOfBusy(play, { isAskedFirst: false }),
};

/** A queue restarts after answers that told no figures. Either a question finds that, or the next answer with figures. */
function restartOfBusy(play: Play, { isAskedFirst }: { readonly isAskedFirst: boolean }): string | null {
  const scene = new Scene(play);
  scene.request();
  scene.pass(20_000);
  scene.request();
  scene.pass(500);
  for (let posts = 0; posts < 5; posts++) scene.request({ isUntold: true });
  scene.pass(500);
  scene.restart();
  if (!isAskedFirst) {
    scene.pass(4_500);
    scene.request();
  }
  scene.pass(30_000);
  return scene.look();
}

/**
 * A crash of everything, and then looks that are so far apart that the runtime ends the meter in between. Seconds until the truth
 * is shown; null: it is never shown.
 */
export function recoveryOf(play: Play): number | null {
  const scene = new Scene(play);
  scene.begin("q");
  scene.hear(scene.post(1));
  scene.post(1);
  scene.restart();
  scene.meter.stop();
  for (let seconds = 0; seconds < 120; seconds += 15) {
    const askedAt = scene.meter.now;
    scene.look();
    if (scene.meter.toAsk(["q"]).length > 0) scene.meter.answer(scene.queue.ask(), askedAt);
    else if (scene.isConfirmed) return seconds;
    scene.meter.evict();
    scene.pass(15_000);
  }
  return null;
}

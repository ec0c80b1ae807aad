/** The time of objects while the machine's clock is set forward and back. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { QueueName } from "../../src/domain/id.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { Clock } from "../../src/objects/clock.ts";
import { LiveQueue } from "../../src/storage/queue/live-queue.ts";
import { bodiesOf, withBareQueue, type BareQueue } from "../support/objects/bare-queue.ts";
import { clock as wall, freezeClock } from "../support/clock.ts";

freezeClock();

const DAY = 86_400_000;
const LEASE = 60;

describe("that an object's time stands still", () => {
  const ago = (ms: number): ReturnType<typeof toEpochMs> => toEpochMs(Date.now() - ms);

  test("is noticed by two requests a second apart in the same millisecond of it, a minute behind it", () => {
    const clock = new Clock();
    expect(clock.standsStill(ago(61_000))).toBe(false);
    expect(clock.standsStill(ago(60_001))).toBe(false);
    expect(clock.standsStill(ago(60_000))).toBe(true);
  });

  test("is not noticed by requests less than a minute behind it", () => {
    const clock = new Clock();
    for (const ms of [59_999, 30_000, 0, -DAY]) expect(clock.standsStill(ago(ms))).toBe(false);
  });

  test("is not noticed by requests of a Worker with a wrong clock, because time goes on here", () => {
    const clock = new Clock();
    for (let time = 0; time < 5; time++) {
      wall.advance({ seconds: 1 });
      expect(clock.standsStill(ago(DAY))).toBe(false);
    }
  });
});

/** The steps of the machine: time passes, the clock is set, the object restarts. */
type Step =
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "set"; readonly by: number }
  | { readonly kind: "restart" };

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
    fc.record({ kind: fc.constant("set" as const), by: fc.integer({ min: -DAY, max: DAY }) }),
    fc.record({ kind: fc.constant("restart" as const) }),
  ),
  { maxLength: 20 },
);

class Machine {
  private readonly bare: BareQueue;
  private clock = new Clock();
  private latest = 0;

  constructor(bare: BareQueue) {
    this.bare = bare;
    this.look();
    bare.post(["a"], { ttl: 1_000_000_000 });
  }

  /** The object's present instant. It is never before an earlier one. */
  look(): number {
    this.bare.now = this.clock.now();
    if (this.bare.now < this.latest) throw new Error(`Time ran backwards by ${this.latest - this.bare.now} ms.`);
    this.latest = this.bare.now;
    return this.latest;
  }

  claim(): string[] {
    this.look();
    return bodiesOf(this.bare.claim(1, LEASE).messages);
  }

  do(step: Step): void {
    if (step.kind !== "restart") return wall.advance({ ms: step.kind === "wait" ? step.ms : step.by });
    this.clock = new Clock();
    // A lead that was not written is lost, and so is the time since then.
    this.latest = 0;
    const queue = LiveQueue.open(this.bare.sql, "bare" as QueueName, (instant) => this.clock.advanceTo(instant));
    if (queue === null) throw new Error("The queue is gone.");
    this.bare.queue = queue;
  }
}

test("whatever the clock does, a lease ends after its time, and no other claim gets its messages before", () =>
  withBareQueue((bare) => {
    const machine = new Machine(bare);
    fc.assert(
      fc.property(steps, (script) => {
        // The lease of the previous run has expired, even if time stood still for as long as possible.
        wall.advance({ seconds: LEASE });
        expect(machine.claim()).toEqual(["a"]);
        let waited = 0;
        let leapt = 0;
        for (const step of script) {
          machine.do(step);
          machine.look();
          if (step.kind === "wait") waited += step.ms;
          // A step forward cannot be distinguished from the sleep of the machine.
          if (step.kind === "set" && step.by > 0) leapt += step.by;
          if (waited + leapt < LEASE * 1000) expect(machine.claim()).toEqual([]);
        }
        // Once, the time between two reads of the clock is not counted in a lead.
        wall.advance({ seconds: LEASE });
        machine.look();
      }),
      { seed: vi.getRealSystemTime() % 2 ** 31, numRuns: 200 },
    );
  }));

/** The slots of a host: in which order attempts get them, and how often those that wait look for one. */
import { expect, test } from "vitest";
import { HOST_ATTEMPTS_MAX, HostSlots, type HostSlot } from "../../src/delivery/host-slots.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const START = toEpochMs(1_000_000);

/** A host all of whose slots are taken, and the time. */
class FullHost {
  readonly slots = new HostSlots();
  readonly taken: HostSlot[] = [];
  now = START;

  constructor() {
    for (let slot = 0; slot < HOST_ATTEMPTS_MAX; slot++) this.take();
  }

  at(): HostSlot {
    return { since: this.now, until: this.now + 10_000 };
  }

  take(waiter: HostSlot | null = null): boolean {
    const slot = this.at();
    const isTaken = this.slots.take(slot, waiter);
    if (isTaken) this.taken.push(slot);
    return isTaken;
  }

  free(): void {
    const [oldest = this.at()] = this.taken.splice(0, 1);
    this.slots.leave(oldest, this.now);
  }

  /** One after the other ends after `ms`, and another begins, until that is the mean duration. */
  answerIn(ms: number): void {
    for (let round = 0; round < HOST_ATTEMPTS_MAX; round++) {
      this.pass(ms);
      for (let slot = 0; slot < HOST_ATTEMPTS_MAX; slot++) {
        this.free();
        this.take();
      }
    }
  }

  wait(): HostSlot {
    const waiter = this.at();
    this.slots.wait(waiter, this.now);
    return waiter;
  }

  pass(ms: number): void {
    this.now = toEpochMs(this.now + ms);
  }
}

test("a slot is kept for the one that has waited longest", () => {
  const host = new FullHost();
  const [first, second] = [host.wait(), host.wait()];
  expect(host.take(first)).toBe(false);
  host.free();
  expect([host.take(), host.take(second)]).toEqual([false, false]);
  expect(host.take(first)).toBe(true);
  host.slots.leave(first, host.now);
  host.free();
  host.free();
  expect([host.take(second), host.take()]).toEqual([true, false]);
  host.slots.leave(second, host.now);
  expect(host.take()).toBe(true);
});

test("no slot is kept for one that has waited too long, whose object may be gone", () => {
  const host = new FullHost();
  const gone = host.wait();
  host.free();
  expect(host.take()).toBe(false);
  host.slots.forgetEnded((each) => each === gone);
  expect(host.take()).toBe(true);
});

test("one that waits looks again before a slot should be free for it", () => {
  const host = new FullHost();
  host.answerIn(100);
  const waiters = Array.from({ length: 2 * HOST_ATTEMPTS_MAX }, () => host.wait());
  const looks = waiters.map((waiter) => host.slots.wait(waiter, host.now));
  expect([looks[0], looks.at(-1)]).toEqual([75, 150]);
  host.pass(75);
  expect(host.slots.wait(waiters[0] ?? host.at(), host.now)).toBeCloseTo(18.75);
});

test("one that waits at a silent host looks less and less often", () => {
  const host = new FullHost();
  host.answerIn(10);
  const waiter = host.wait();
  let looks = 0;
  for (let waited = 0; waited < 10_000; looks++) {
    const pause = host.slots.wait(waiter, host.now);
    expect(pause).toBeLessThanOrEqual(1000);
    host.pass(pause);
    waited += pause;
  }
  expect(looks).toBeLessThan(40);
});

test("one that waits beside slow attempts looks as soon as the others end", () => {
  const host = new FullHost();
  host.answerIn(20);
  for (let quick = 0; quick < HOST_ATTEMPTS_MAX; quick++) {
    host.pass(20);
    const [newest = host.at()] = host.taken.splice(-1);
    host.slots.leave(newest, host.now);
    host.take();
  }
  const looks = Array.from({ length: 1000 }, () => Math.round(host.slots.wait(host.at(), host.now)));
  expect([looks[0], looks[HOST_ATTEMPTS_MAX]]).toEqual([5, 10]);
  expect(looks.at(-1)).toBeGreaterThan(100);
});

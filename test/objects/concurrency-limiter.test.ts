/** The number of concurrent calls: calls that use the event loop's time are limited, calls that wait are not. */
import { expect, onTestFinished, test, vi } from "vitest";
import { LOAD_MAX, ConcurrencyLimiter } from "../../src/mechanisms/concurrency-limiter.ts";

const QUICK = { load: 0, isSlow: false };
const SLOW = { load: 0, isSlow: true };

/** Calls that end when the test ends them. */
class Calls {
  readonly begun: number[] = [];
  private readonly ends: (() => void)[] = [];

  begin(number: number): Promise<void> {
    this.begun.push(number);
    return new Promise((resolve) => this.ends.push(resolve));
  }

  endAll(): void {
    for (const end of this.ends.splice(0)) end();
  }
}

test("only a few of many calls begin together, in their order", () => {
  const limiter = new ConcurrencyLimiter();
  const calls = new Calls();
  for (let number = 1; number <= 10; number++) void limiter.run(QUICK, () => calls.begin(number));
  expect(calls.begun).toEqual([1, 2, 3, 4]);
  calls.endAll();
});

test("calls that wait for a slow answer do not hold up others, however many they are", async () => {
  const limiter = new ConcurrencyLimiter();
  const slow = new Calls();
  for (let number = 1; number <= 200; number++) void limiter.run(QUICK, () => slow.begin(number));
  const quick = limiter.run(QUICK, () => Promise.resolve("done"));
  expect(await Promise.race([quick, scheduler.wait(5000)])).toBe("done");
  expect(slow.begun).toHaveLength(200);
  slow.endAll();
});

test("a place that was released early is not released a second time", async () => {
  const limiter = new ConcurrencyLimiter();
  const slow = new Calls();
  const ended = Promise.all(Array.from({ length: 20 }, (_, number) => limiter.run(QUICK, () => slow.begin(number))));
  await expect.poll(() => slow.begun.length).toBe(20);
  slow.endAll();
  await ended;
  const later = new Calls();
  for (let number = 1; number <= 200; number++) void limiter.run(QUICK, () => later.begin(number));
  expect(later.begun.length).toBeLessThanOrEqual(100);
  later.endAll();
});

test("no more is under way than the memory allows, however slow the calls are; a larger call runs alone", async () => {
  const limiter = new ConcurrencyLimiter();
  const slow = new Calls();
  const loads = [LOAD_MAX / 2, LOAD_MAX / 2, 1, 2 * LOAD_MAX, 1];
  const all = loads.map((load, number) => limiter.run({ load, isSlow: false }, () => slow.begin(number)));
  // Their slots are free then.
  await scheduler.wait(50);
  expect(slow.begun).toEqual([0, 1]);
  for (const [last, begun] of [
    [1, 3],
    [2, 4],
    [3, 5],
  ] as const) {
    slow.endAll();
    await Promise.all(all.slice(0, last));
    await expect.poll(() => slow.begun.length).toBe(begun);
  }
  slow.endAll();
  await Promise.all(all);
});

test("of calls that wait for memory the quick ones go first, except every fourth time", async () => {
  const limiter = new ConcurrencyLimiter();
  const calls = new Calls();
  for (let number = 1; number <= 4; number++) void limiter.run(QUICK, () => calls.begin(number));
  for (let number = 11; number <= 13; number++) void limiter.run(SLOW, () => calls.begin(number));
  for (let number = 21; number <= 25; number++) void limiter.run(QUICK, () => calls.begin(number));
  await expect.poll(() => calls.begun.length).toBe(12);
  expect(calls.begun).toEqual([1, 2, 3, 4, 21, 22, 23, 11, 24, 25, 12, 13]);
  calls.endAll();
});

test("fewer calls begin together after many ended in one turn of the event loop, also when the clock stands still as in the cloud", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const limiter = new ConcurrencyLimiter();
  for (let turn = 0; turn < 100; turn++) await limiter.run(QUICK, () => scheduler.wait(1));
  const burst = async (): Promise<number> => {
    let [underWay, most] = [0, 0];
    const call = async (): Promise<void> => {
      most = Math.max(most, ++underWay);
      await scheduler.wait(2);
      underWay--;
    };
    await Promise.all(Array.from({ length: 400 }, () => limiter.run(QUICK, call)));
    return most;
  };
  expect(await burst()).toBeGreaterThan(50);
  await burst();
  expect(await burst()).toBeLessThan(30);
});

/** How many calls are under way at a time: those that take the event loop's time, not those that wait for somebody. */
import { expect, test } from "vitest";
import { Pace } from "../../src/objects/pace.ts";

/** Calls that go on until they are told to end. */
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

test("only a few of many calls begin at once, in their order", () => {
  const pace = new Pace();
  const calls = new Calls();
  for (let number = 1; number <= 10; number++) void pace.run(() => calls.begin(number));
  expect(calls.begun).toEqual([1, 2, 3, 4]);
  calls.endAll();
});

test("calls that wait for somebody slow let the others go on, however many they are", async () => {
  const pace = new Pace();
  const slow = new Calls();
  for (let number = 1; number <= 200; number++) void pace.run(() => slow.begin(number));
  const quick = pace.run(() => Promise.resolve("done"));
  expect(await Promise.race([quick, scheduler.wait(5000)])).toBe("done");
  expect(slow.begun).toHaveLength(200);
  slow.endAll();
});

test("a place that was given back early is not given back once more", async () => {
  const pace = new Pace();
  const slow = new Calls();
  const ended = Promise.all(Array.from({ length: 20 }, (_, number) => pace.run(() => slow.begin(number))));
  await expect.poll(() => slow.begun.length).toBe(20);
  slow.endAll();
  await ended;
  const later = new Calls();
  for (let number = 1; number <= 200; number++) void pace.run(() => later.begin(number));
  expect(later.begun.length).toBeLessThanOrEqual(100);
  later.endAll();
});

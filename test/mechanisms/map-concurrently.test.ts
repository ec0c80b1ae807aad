/** Calls for the items of a list, with a bound on those in progress. */
import { expect, test } from "vitest";
import { mapConcurrently } from "../../src/mechanisms/map-concurrently.ts";

const ITEMS = [0, 1, 2, 3, 4, 5, 6];

/** Runs all calls, one of those in progress after the other, the latest first. Returns the most that were in progress. */
async function run(items: readonly number[], concurrency: number): Promise<readonly [number, readonly number[]]> {
  const pending: (() => void)[] = [];
  let most = 0;
  const results = mapConcurrently(items, concurrency, async (item) => {
    await new Promise<void>((resolve) => pending.push(resolve));
    return item * 10;
  });
  for (let ended = 0; ended < items.length; ended++) {
    await scheduler.wait(0);
    most = Math.max(most, pending.length);
    pending.pop()?.();
  }
  return [most, await results];
}

test.each([1, 3, 7, 100])(
  "at most %i are in progress, and the results have the order of the items",
  async (concurrency) => {
    expect(await run(ITEMS, concurrency)).toEqual([Math.min(concurrency, 7), [0, 10, 20, 30, 40, 50, 60]]);
  },
);

test("without items there is no call", async () => {
  expect(await run([], 3)).toEqual([0, []]);
});

test("a call that rejects ends the whole", async () => {
  const call = async (item: number): Promise<number> => {
    if (item === 2) throw new Error("two");
    return item;
  };
  await expect(mapConcurrently(ITEMS, 1, call)).rejects.toThrow("two");
});

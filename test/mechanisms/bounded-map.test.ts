/** A map that forgets its oldest entries. */
import { expect, test } from "vitest";
import { setBounded } from "../../src/mechanisms/bounded-map.ts";

test("the oldest entries are removed, and an entry that is set again is the newest", () => {
  const entries = new Map<string, number>();
  for (const [at, key] of ["a", "b", "c", "a", "d"].entries()) setBounded(entries, key, at, 3);
  expect([...entries]).toEqual([
    ["c", 2],
    ["a", 3],
    ["d", 4],
  ]);
});

test("a smaller capacity removes several entries", () => {
  const entries = new Map([1, 2, 3, 4].map((key) => [key, key]));
  setBounded(entries, 5, 5, 2);
  expect([...entries.keys()]).toEqual([4, 5]);
});

/** Columns of the past. */
import { expect, test } from "vitest";
import { rates, riseOf, sumOf, timesOf, values } from "../../../console/src/text/series.ts";

test("points have times, and what is not known stays a gap", () => {
  expect(timesOf({ from: "2030-01-01T00:00:00Z", step: 10 }, 2)).toEqual([1_893_456_000_000, 1_893_456_010_000]);
  expect(values([3, { min: 1, max: 4 }, { min: 2 }, null])).toEqual([3, 4, null, null]);
  expect(rates([20, 0, null], 10)).toEqual([2, 0, null]);
  expect(sumOf([1, null, 3], [1, 2, null])).toEqual([2, null, null]);
});

test.each([
  ["rises from calm", [40, 42, 40, 500, 900, 1300], 2],
  ["rises slowly at first", [40, 42, 40, 45, 50, 900, 1300], 2],
  ["has risen slowly since before the first point", [0, 20, 40, 900, 1300], null],
  ["rises after a gap", [42, 41, null, 900, 1300], 1],
  ["within the tolerance of what it has become", [0, 66, 60, 65, 1300], 2],
  ["rises since before the first point", [40, 500, 900], null],
  ["does not rise", [40, 41, 40], null],
  ["is not known", [null, null], null],
  ["has no points", [], null],
])("a queue that %s", (_, column, expected) => {
  expect(riseOf(column)).toBe(expected);
});

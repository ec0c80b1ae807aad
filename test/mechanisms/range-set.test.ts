import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RangeSet, toRanges } from "../../src/mechanisms/range-set.ts";

/** The members of a RangeSet between 0 and 60, tested one by one. */
function membersOf(set: RangeSet): number[] {
  return Array.from({ length: 61 }, (_, value) => value).filter((value) => set.has(value));
}

const anyRange = fc.tuple(fc.nat(60), fc.nat(12)).map(([from, length]) => ({ from, to: Math.min(60, from + length) }));
const step = fc.record({ isAddition: fc.boolean(), range: anyRange });

describe("RangeSet", () => {
  test("holds what a set of the same numbers holds, whatever is added and removed", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const ranges = new RangeSet();
        const plain = new Set<number>();
        for (const { isAddition, range } of steps) {
          if (isAddition) ranges.add(range);
          else ranges.remove(range);
          for (let value = range.from; value <= range.to; value++) {
            if (isAddition) plain.add(value);
            else plain.delete(value);
          }
        }
        const sorted = [...plain].toSorted((a, b) => a - b);
        expect(membersOf(ranges)).toEqual(sorted);
        expect(ranges.first()).toBe(sorted[0] ?? null);
        expect(ranges.last()).toBe(sorted.at(-1) ?? null);
        expect(ranges.isEmpty).toBe(sorted.length === 0);
      }),
    );
  });

  test("an empty range changes nothing", () => {
    const ranges = new RangeSet();
    ranges.add({ from: 1, to: 10 });
    ranges.remove({ from: 5, to: 4 });
    ranges.add({ from: 20, to: 19 });
    expect(membersOf(ranges)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});

test.each([
  [[], []],
  [[4], [[4, 4]]],
  [
    [1, 2, 3, 7],
    [
      [1, 3],
      [7, 7],
    ],
  ],
])("toRanges of %j", (ascending, expected) => {
  expect(toRanges(ascending).map(({ from, to }) => [from, to])).toEqual(expected);
});

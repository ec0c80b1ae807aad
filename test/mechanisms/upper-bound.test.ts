import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { UpperBound } from "../../src/mechanisms/upper-bound.ts";

test("a limit holds on both sides", () => {
  const bound = new UpperBound();
  expect(bound.admits(3, 10, () => 7)).toBe(true);
  expect(bound.admits(4, 10, () => 7)).toBe(false);
});

test("the size is measured once, and again only where the bound would pass the limit", () => {
  const bound = new UpperBound();
  const measure = vi.fn(() => 0);
  for (let size = 0; size < 10; size++) {
    expect(bound.admits(1, 10, measure)).toBe(true);
    bound.add(1);
  }
  expect(measure).toHaveBeenCalledTimes(1);
  measure.mockReturnValue(10);
  expect(bound.admits(1, 10, measure)).toBe(false);
  expect(measure).toHaveBeenCalledTimes(2);
});

test("removed size makes room as soon as it is needed", () => {
  const bound = new UpperBound();
  expect(bound.admits(10, 10, () => 0)).toBe(true);
  bound.add(10);
  expect(bound.admits(5, 10, () => 4)).toBe(true);
  expect(bound.admits(7, 10, () => 4)).toBe(false);
});

test("what is added before the first measurement is part of it", () => {
  const bound = new UpperBound();
  bound.add(5);
  expect(bound.admits(5, 10, () => 5)).toBe(true);
});

test("it never admits what a measurement of every request would refuse, nor the reverse", () => {
  const step = fc.record({ more: fc.nat(10), gone: fc.nat(10) });
  fc.assert(
    fc.property(fc.array(step), fc.nat(40), (steps, limit) => {
      const bound = new UpperBound();
      let size = 0;
      for (const { more, gone } of steps) {
        const present = size;
        const isAdmitted = bound.admits(more, limit, () => present);
        expect(isAdmitted).toBe(size + more <= limit);
        if (isAdmitted) {
          size += more;
          bound.add(more);
        }
        size = Math.max(0, size - gone);
      }
    }),
  );
});

/** Counts by deadlines, against a list of all deadlines. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DeadlineCounts } from "../../src/mechanisms/deadline-counts.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const ms = fc.integer({ min: 0, max: 20_000 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), ms }),
  fc.record({ kind: fc.constant("remove" as const), index: fc.nat(20) }),
  fc.record({ kind: fc.constant("pass" as const), ms }),
);

test("the bounds contain the number of things left, and their span the deadlines", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const counts = new DeadlineCounts();
      let deadlines: number[] = [];
      let now = 0;
      for (const each of steps) {
        if (each.kind === "pass") now += each.ms;
        if (each.kind === "add") {
          deadlines.push(now + each.ms);
          counts.add(toEpochMs(now + each.ms), 1);
        }
        if (each.kind === "remove") {
          const [removed] = deadlines.splice(each.index, 1);
          if (removed !== undefined) counts.remove(toEpochMs(removed), 1);
        }
        deadlines = deadlines.filter((at) => at > now);
        const { min, max } = counts.leftAt(toEpochMs(now));
        expect(min).toBeLessThanOrEqual(deadlines.length);
        expect(max).toBeGreaterThanOrEqual(deadlines.length);
        const present = Math.floor(now / 1000);
        if (deadlines.every((at) => Math.floor(at / 1000) > present)) expect(min).toBe(deadlines.length);
        const { first, last } = counts.span;
        if (deadlines.length > 0) expect(first).toBeLessThanOrEqual(Math.min(...deadlines));
        if (deadlines.length > 0) expect(last).toBeGreaterThanOrEqual(Math.max(...deadlines));
      }
    }),
  );
});

test("nothing is left after the last deadline, and the span is empty", () => {
  const counts = new DeadlineCounts();
  counts.add(toEpochMs(5_500), 3);
  expect(counts.leftAt(toEpochMs(4_999))).toEqual({ min: 3, max: 3 });
  expect(counts.leftAt(toEpochMs(5_000))).toEqual({ min: 0, max: 3 });
  expect(counts.leftAt(toEpochMs(5_999))).toEqual({ min: 0, max: 0 });
  expect(counts.span).toEqual({ first: Infinity, last: -Infinity });
});

test("a million deadlines over two weeks take few buckets, and stay within their bounds", () => {
  const counts = new DeadlineCounts();
  const stepMs = 1_209_600;
  for (let number = 1; number <= 1_000_000; number++) counts.add(toEpochMs(number * stepMs), 1);
  const { min, max } = counts.leftAt(toEpochMs(500_000 * stepMs));
  expect(max - min).toBeLessThan(1_000_000 / 1_000);
  expect(min).toBeLessThanOrEqual(500_000);
  expect(max).toBeGreaterThanOrEqual(500_000);
  for (let number = 500_001; number <= 1_000_000; number++) counts.remove(toEpochMs(number * stepMs), 1);
  expect(counts.leftAt(toEpochMs(500_000 * stepMs)).min).toBe(0);
});

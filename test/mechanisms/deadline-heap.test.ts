import fc from "fast-check";
import { expect, test } from "vitest";
import { DeadlineHeap } from "../../src/mechanisms/deadline-heap.ts";
import { toEpochMs } from "../../src/domain/time.ts";

test("a deadline heap gives back everything that is due, earliest first, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(100), (times, now) => {
      const heap = new DeadlineHeap<number>();
      for (const at of times) heap.add(toEpochMs(at), at);
      const taken: number[] = [];
      for (let at = heap.popDue(toEpochMs(now)); at !== undefined; at = heap.popDue(toEpochMs(now))) taken.push(at);
      const sorted = times.toSorted((a, b) => a - b);
      expect(taken).toEqual(sorted.filter((at) => at <= now));
      expect(heap.nextDueAt).toBe(sorted.find((at) => at > now) ?? null);
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { DeadlineHeap } from "../../src/mechanisms/deadline-heap.ts";
import { toEpochMs } from "../../src/domain/time.ts";

test("an agenda gives back everything that is due, earliest first, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(100), (times, now) => {
      const agenda = new DeadlineHeap<number>();
      for (const at of times) agenda.add(toEpochMs(at), at);
      const taken: number[] = [];
      for (let at = agenda.takeDue(toEpochMs(now)); at !== undefined; at = agenda.takeDue(toEpochMs(now)))
        taken.push(at);
      const sorted = times.toSorted((a, b) => a - b);
      expect(taken).toEqual(sorted.filter((at) => at <= now));
      expect(agenda.next).toBe(sorted.find((at) => at > now) ?? null);
    }),
  );
});

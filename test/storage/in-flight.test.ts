import fc from "fast-check";
import { expect, test } from "vitest";
import { InFlight } from "../../src/storage/queue/in-flight.ts";

const step = fc.record({ sequence: fc.nat(200), slot: fc.option(fc.nat(5)) });

test("in-flight numbers agree with a map of the same, across block borders", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat(200), (steps, from) => {
      const inFlight = new InFlight();
      const plain = new Map<number, number>();
      for (const { sequence, slot } of steps) {
        if (slot === null) {
          inFlight.free(sequence);
          plain.delete(sequence);
        } else {
          inFlight.hold(sequence, slot);
          plain.set(sequence, slot);
        }
      }
      let free = from;
      while (plain.has(free)) free++;
      expect(inFlight.nextFree(from)).toBe(free);
      expect(inFlight.size).toBe(plain.size);
      for (let sequence = 0; sequence <= 200; sequence++) {
        expect(inFlight.slotOf(sequence)).toBe(plain.get(sequence) ?? null);
      }
    }),
  );
});

test("numbers beyond 32 bits are kept apart", () => {
  const inFlight = new InFlight();
  inFlight.hold(2 ** 40 + 7, 1);
  inFlight.hold(7, 2);
  expect(inFlight.slotOf(2 ** 40 + 7)).toBe(1);
  expect(inFlight.slotOf(7)).toBe(2);
  expect(inFlight.nextFree(2 ** 40 + 7)).toBe(2 ** 40 + 8);
});

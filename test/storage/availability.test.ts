/** The messages that a claim gets: returned ones first, then those that no claim has reached, delayed ones after their delay. */
import { describe, expect, test } from "vitest";
import { PAGE_BYTES_MAX } from "../../src/storage/page-budget.ts";
import { newSegment, numbersOf, withBareLog, type BareLog } from "../support/objects/bare-log.ts";

/** Takes messages and marks them as claimed. */
function take(bare: BareLog, limit: number): number[] {
  bare.availability.advanceTo(bare.now);
  const taken = numbersOf(bare.availability.take(limit, bare.now));
  for (const sequence of taken) bare.inFlight.hold(sequence, 0);
  return taken;
}

function giveBack(bare: BareLog, ...sequences: readonly number[]): void {
  for (const sequence of sequences) {
    bare.inFlight.free(sequence);
    bare.availability.makeClaimable([{ from: sequence, to: sequence }]);
  }
}

describe("taking", () => {
  test("goes on where the last one ended, within a row too", () =>
    withBareLog((bare) => {
      bare.post(5);
      bare.post(2);
      expect([take(bare, 2), take(bare, 4), take(bare, 4), take(bare, 4)]).toEqual([[1, 2], [3, 4, 5, 6], [7], []]);
      bare.post(1);
      expect(take(bare, 4)).toEqual([8]);
    }));

  test("has returned messages first, oldest first, and then fresh ones", () =>
    withBareLog((bare) => {
      bare.post(6);
      take(bare, 4);
      giveBack(bare, 3, 1);
      expect(take(bare, 4)).toEqual([1, 3, 5, 6]);
    }));

  test("leaves out deleted and expired messages, returned ones too", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.post(2, { ttl: 60 });
      bare.post(2);
      take(bare, 4);
      giveBack(bare, 1, 2, 3, 4);
      bare.remove([1, 5]);
      bare.advance(60);
      expect(take(bare, 10)).toEqual([2, 6]);
    }));

  test("never hands out what is held, also when it was given back", () =>
    withBareLog((bare) => {
      bare.post(3);
      take(bare, 3);
      bare.availability.makeClaimable([{ from: 1, to: 3 }]);
      bare.inFlight.free(2);
      expect(take(bare, 3)).toEqual([2]);
    }));

  test("ignores a return of what no claim has looked at: it is met anyway, once", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.availability.makeClaimable([{ from: 1, to: 3 }]);
      expect([take(bare, 5), take(bare, 5)]).toEqual([[1, 2, 3], []]);
    }));

  test("begins at the first message after a restart, and passes over what is held", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.inFlight.hold(1, 0);
      bare.inFlight.hold(2, 0);
      expect(take(bare, 5)).toEqual([3]);
    }));

  test("is bounded by bytes as well as by count; the rest stays in order", () =>
    withBareLog((bare) => {
      const bodies = `"${"x".repeat(PAGE_BYTES_MAX / 2 - 1)}"` as ReturnType<typeof newSegment>["bodies"];
      for (let row = 0; row < 2; row++) {
        bare.log.insert({ ...newSegment(bare.log.allocate(1), 1, bare.now), bodies });
      }
      expect([take(bare, 10), take(bare, 10)]).toEqual([[1], [2]]);
    }));

  test("has messages of damaged rows like others: who reads their bodies finds out", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.remove([1]);
      bare.damage(1);
      expect(take(bare, 5)).toEqual([1, 2]);
    }));
});

describe("a delayed message", () => {
  test("comes when its delay ends, not a millisecond before, and before what is newer", () =>
    withBareLog((bare) => {
      bare.post(1, { delay: 10 });
      bare.post(3);
      expect(take(bare, 1)).toEqual([2]);
      expect(bare.availability.nextVisible).toBe(bare.now + 10_000);
      bare.advance(9.999);
      expect(take(bare, 1)).toEqual([3]);
      bare.advance(0.001);
      expect(take(bare, 5)).toEqual([1, 4]);
      expect(bare.availability.nextVisible).toBeNull();
    }));

  test("comes in its own time among neighbours whose delays end in the same second", () =>
    withBareLog((bare) => {
      bare.post(1, { delay: 10 });
      bare.advance(0.5);
      bare.post(1, { delay: 10 });
      expect(take(bare, 5)).toEqual([]);
      bare.advance(9.5);
      expect(take(bare, 5)).toEqual([1]);
      bare.advance(0.499);
      expect(take(bare, 5)).toEqual([]);
      bare.advance(0.001);
      expect(take(bare, 5)).toEqual([2]);
    }));

  test("that is deleted meanwhile does not come, its neighbour does", () =>
    withBareLog((bare) => {
      bare.post(2, { delay: 10 });
      take(bare, 5);
      bare.remove([1]);
      bare.advance(10);
      expect(take(bare, 5)).toEqual([2]);
    }));
});

describe("whether something may be claimable", () => {
  test("is certainly not once all was looked at and nothing was returned", () =>
    withBareLog((bare) => {
      const { availability } = bare;
      expect(availability.mayHaveClaimable).toBe(false);
      bare.post(2);
      expect(availability.mayHaveClaimable).toBe(true);
      take(bare, 5);
      expect(availability.mayHaveClaimable).toBe(false);
      giveBack(bare, 1);
      expect(availability.mayHaveClaimable).toBe(true);
      bare.remove([1]);
      expect(availability.mayHaveClaimable).toBe(false);
    }));

  test("is not any more once what was returned has left the log", () =>
    withBareLog((bare) => {
      bare.post(2, { ttl: 60 });
      take(bare, 5);
      giveBack(bare, 1, 2);
      bare.raw.exec("DELETE FROM segment");
      expect(take(bare, 5)).toEqual([]);
      expect(bare.availability.mayHaveClaimable).toBe(false);
    }));
});

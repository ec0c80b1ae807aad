/** When a queue is spread, and when it is brought back. */
import { describe, expect, test } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { FEW_CONSUMERS, fitsOne, GrowthRule, isQuiet, isQuietLongEnough } from "../../src/objects/queue/load-rule.ts";

const MANY = { bytes: 0, consumers: () => FEW_CONSUMERS + 1 };
const FEW = { bytes: 0, consumers: () => FEW_CONSUMERS };

/** The second in which a queue is spread; null: it is not. `loads`: of each second. */
function spreadAt(loads: readonly number[], state = MANY): number | null {
  const rule = new GrowthRule();
  const second = loads.findIndex((load, at) => rule.judge(load, toEpochMs(1000 * at), state) !== null);
  return second < 0 ? null : second;
}

const lasting = (load: number, seconds = 100): readonly number[] => Array.from({ length: seconds }, () => load);

describe("a queue is spread", () => {
  test("when the load of its home has been above 0.7 for 30 s", () => {
    expect([spreadAt(lasting(0.71)), spreadAt(lasting(0.7))]).toEqual([30, null]);
    expect(spreadAt([...lasting(0.9, 30), 0.6, ...lasting(0.9, 40)])).toBe(61);
  });

  test("with few consumers above 0.9, because they find messages later in many objects", () => {
    expect([spreadAt(lasting(0.9), FEW), spreadAt(lasting(0.91), FEW)]).toEqual([null, 30]);
  });

  test("without counting consumers after every change", () => {
    let counted = 0;
    spreadAt(lasting(0.8), { bytes: 0, consumers: () => (++counted, 0) });
    expect(counted).toBe(3);
  });

  test("from 5 GB on, whatever its load", () => {
    expect(new GrowthRule().judge(0, toEpochMs(0), { ...FEW, bytes: 4_999_999_999 })).toBeNull();
    expect(new GrowthRule().judge(0, toEpochMs(0), { ...FEW, bytes: 5_000_000_000 })).toBe("size");
  });
});

describe("a spread queue", () => {
  test("is brought back when all objects have done little for 10 minutes", () => {
    expect([isQuiet(0.24, 0), isQuiet(0.25, 0)]).toEqual([true, false]);
    expect([599_999, 600_000].map((ms) => isQuietLongEnough(toEpochMs(7), toEpochMs(7 + ms)))).toEqual([false, true]);
  });

  test("is not brought back to a home that would be full soon", () => {
    expect(isQuiet(0, 2_500_000_000)).toBe(false);
  });

  test("fits one object if that carries the load of all, and has room", () => {
    expect([fitsOne(0.7, 0), fitsOne(0.71, 0), fitsOne(0, 5_000_000_000)]).toEqual([true, false, false]);
  });
});

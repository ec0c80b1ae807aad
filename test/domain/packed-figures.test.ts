/** The codec of figures: what is packed is read again, and what cannot be read is null. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  COUNTERS,
  DELIVERY_COUNTERS,
  exactly,
  NOTHING,
  type DeliveryFigures,
  type QueueFigures,
} from "../../src/domain/figures.ts";
import type { Epoch, SubscriptionId } from "../../src/domain/id.ts";
import { packDelivery, packFigures, readDelivery, readFigures } from "../../src/domain/packed-figures.ts";
import { PHASES } from "../../src/domain/spread.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const EPOCH = "0123456789abcdef" as Epoch;
const number = fc.nat({ max: 2 ** 48 });
const instant = fc.oneof(number, fc.constantFrom(Infinity, -Infinity));
const bounds = fc.record({ min: number, max: number });
const span = fc.record({ first: instant, last: instant });
const stamp = {
  boot: number.map(toEpochMs),
  bootId: number,
  version: number,
  takenAt: number.map(toEpochMs),
  epoch: fc.constantFrom(EPOCH, null),
};

function counters<Name extends string>(names: readonly Name[]): fc.Arbitrary<Record<Name, number>> {
  return fc
    .tuple(...names.map(() => number))
    .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]])) as Record<Name, number>);
}

const queueFigures: fc.Arbitrary<QueueFigures> = fc.record({
  ...stamp,
  stored: bounds,
  delayed: bounds,
  claimed: number,
  expiry: span,
  lapse: span,
  visibility: span,
  oldest: fc.oneof(fc.constant(null), fc.record({ min: instant, max: instant })),
  bytes: number,
  waiting: number,
  lastWait: instant,
  subscriptions: number,
  sequence: number,
  counters: counters(COUNTERS),
  isShort: fc.boolean(),
  isPaused: fc.record({ claims: fc.boolean(), notifications: fc.boolean() }),
  spread: fc.record({
    phase: fc.constantFrom(...PHASES.filter((phase) => phase !== "one")),
    objects: number,
    load: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 100, noNaN: true, noDefaultInfinity: true })),
    changedAt: number.map(toEpochMs),
  }),
  load: fc.double({ min: 0, max: 100, noNaN: true, noDefaultInfinity: true }),
});

const deliveryFigures: fc.Arbitrary<DeliveryFigures> = fc.record({
  ...stamp,
  subscription: fc.constant("0123456789abcdef01234567" as SubscriptionId),
  sequence: number,
  pending: number,
  kept: number,
  counters: counters(DELIVERY_COUNTERS),
});

const EMPTY: QueueFigures = {
  boot: toEpochMs(1),
  bootId: 2,
  version: 3,
  takenAt: toEpochMs(4),
  epoch: null,
  stored: NOTHING,
  delayed: NOTHING,
  claimed: 0,
  expiry: { first: Infinity, last: -Infinity },
  lapse: { first: Infinity, last: -Infinity },
  visibility: { first: Infinity, last: -Infinity },
  oldest: exactly(5),
  bytes: 0,
  waiting: 0,
  lastWait: -Infinity,
  subscriptions: 0,
  sequence: 0,
  counters: Object.fromEntries(COUNTERS.map((name) => [name, 0])) as QueueFigures["counters"],
  isShort: false,
  isPaused: { claims: false, notifications: false },
};

describe("figures are read as they were packed", () => {
  test("of queues, also after JSON", () => {
    fc.assert(
      fc.property(queueFigures, fc.integer({ min: 1 }), (others, connections) => {
        const figures = { ...others, connections };
        expect(readFigures(packFigures(figures))).toEqual(figures);
        expect(readFigures(JSON.parse(JSON.stringify(packFigures(figures))))).toEqual(figures);
      }),
    );
  });

  test("of deliveries, also after JSON", () => {
    fc.assert(
      fc.property(deliveryFigures, fc.integer({ min: 1 }).map(toEpochMs), (others, failsSince) => {
        const figures = { ...others, failsSince };
        expect(readDelivery(packDelivery(figures))).toEqual(figures);
        expect(readDelivery(JSON.parse(JSON.stringify(packDelivery(figures))))).toEqual(figures);
      }),
    );
  });
});

test("that attempts fail is told only if they do, and earlier versions do not tell it", () => {
  const [figures] = fc.sample(deliveryFigures, 1);
  if (figures === undefined) throw new Error("There is no sample.");
  const packed = packDelivery(figures);
  expect(readDelivery(packed)).not.toHaveProperty("failsSince");
  expect(readDelivery(packed.slice(0, -1))).toEqual(figures);
});

test("that subscriptions are older than their queue is told only if it is so", () => {
  const figures = { ...EMPTY, hasOlderSubscriptions: true } as const;
  expect(readFigures(packFigures(figures))).toEqual(figures);
  expect(readFigures(packFigures(EMPTY))).not.toHaveProperty("hasOlderSubscriptions");
});

test("numbers that were skipped and connections are told, and earlier versions tell of none", () => {
  const figures = { ...EMPTY, skipped: { after: 3, upTo: 4096 }, connections: 5 };
  const { connections: _, ...before } = figures;
  const packed = packFigures(figures);
  expect(readFigures(packed)).toEqual(figures);
  expect(readFigures(packed.slice(0, -5))).toEqual(figures);
  expect(readFigures(packed.slice(0, -6))).toEqual(before);
  expect(readFigures(packed.slice(0, -8))).toEqual(EMPTY);
});

test("what later versions append is ignored", () => {
  expect(readFigures([...packFigures(EMPTY), "later", null])).toEqual(EMPTY);
});

test.each([
  ["no array", { 0: 1 }],
  ["nothing", undefined],
  ["an empty array", []],
  ["another format", [2, ...packFigures(EMPTY).slice(1)]],
  ["too short", packFigures(EMPTY).slice(0, -2)],
  ["text instead of a number", packFigures(EMPTY).with(1, "1")],
  ["no number", packFigures(EMPTY).with(7, NaN)],
  ["a number instead of an epoch", packFigures(EMPTY).with(5, 1)],
])("%s is not read", (_, packed) => {
  expect(readFigures(packed)).toBeNull();
});

test("figures of a delivery without a subscription are not read", () => {
  const [figures] = fc.sample(deliveryFigures, 1);
  if (figures === undefined) throw new Error("No sample.");
  expect(readDelivery(packDelivery(figures).with(6, null))).toBeNull();
});

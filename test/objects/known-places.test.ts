/** Which answers of a queue carry figures, and what is asked for later. */
import { describe, expect, test } from "vitest";
import type { QueueName } from "../../src/domain/id.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { KnownPlaces } from "../../src/objects/rpc/known-places.ts";

const ORDERS = queueNamed("orders" as QueueName);

/** The milliseconds at which an answer carries figures, of changes at these. */
function toldAt(times: readonly number[], places = new KnownPlaces()): readonly number[] {
  return times.filter((at) => places.startChange(ORDERS, toEpochMs(10_000 + at), false).withFigures);
}

/** A change is answered without figures. */
function missOne(places: KnownPlaces, name = "orders"): void {
  places.miss(places.startChange(queueNamed(name as QueueName), toEpochMs(0), false));
}

function every(ms: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index * ms);
}

describe("answers to changes", () => {
  test("carry figures up to 16 a second", () => {
    const times = every(63, 160);
    expect(toldAt(times)).toEqual(times);
  });

  test("of a busy queue carry figures four times a second", () => {
    const told = toldAt(every(10, 500)).filter((at) => at >= 1_000);
    expect(told.map((at, index) => at - (told[index - 1] ?? at))).toEqual([
      0,
      ...Array.from({ length: 15 }, () => 250),
    ]);
  });

  test("carry figures again after a second of rest", () => {
    const places = new KnownPlaces();
    toldAt(every(1, 1_000), places);
    expect(toldAt([3_000, 3_001], places)).toEqual([3_000, 3_001]);
  });

  test("of a busy queue go on carrying figures when the clock is set back", () => {
    const places = new KnownPlaces();
    toldAt(every(1, 100), places);
    expect(toldAt([-5_000, -4_999, -4_750], places)).toEqual([-5_000, -4_750]);
  });

  test("carry figures whenever these must come", () => {
    const places = new KnownPlaces();
    toldAt(every(1, 100), places);
    expect(places.startChange(ORDERS, toEpochMs(10_100), true).withFigures).toBe(true);
  });

  test("of a further busy queue carry figures while too many have to be asked", () => {
    const places = new KnownPlaces();
    toldAt(every(1, 100), places);
    for (let index = 0; index < 100; index++) missOne(places, `other-${index}`);
    expect(places.startChange(ORDERS, toEpochMs(10_100), false).withFigures).toBe(true);
  });
});

describe("answers to reads", () => {
  test("carry figures once a second", () => {
    const places = new KnownPlaces();
    const told = every(100, 31).filter((at) => places.startRead(ORDERS, toEpochMs(10_000 + at)).withFigures);
    expect(told).toEqual([0, 1_000, 2_000, 3_000]);
  });
});

describe("what was not told", () => {
  test.each([
    ["the same life", 7, true],
    ["another life", 8, false],
  ])("is known once figures of %s come", (_, life, isKnown) => {
    const places = new KnownPlaces();
    const early = places.startChange(ORDERS, toEpochMs(0), true);
    places.hear(places.startChange(ORDERS, toEpochMs(0), true), 7);
    missOne(places);
    expect(places.hear(early, life)).toBe(isKnown);
    expect(places.isAllTold).toBe(false);
    // A loss is found once.
    expect(places.hear(places.startChange(ORDERS, toEpochMs(0), true), life)).toBe(true);
    expect(places.isAllTold).toBe(true);
  });

  test("is asked for, and then told", () => {
    const places = new KnownPlaces();
    places.hear(places.startChange(ORDERS, toEpochMs(0), true), 7);
    missOne(places);
    const [question] = places.questions();
    expect(question?.known.place).toEqual(ORDERS);
    expect(places.isAllTold).toBe(false);
    if (question !== undefined) places.hear(question, 7);
    expect(places.isAllTold).toBe(true);
  });

  test("stays so if it came after the question", () => {
    const places = new KnownPlaces();
    missOne(places);
    const [question] = places.questions();
    missOne(places);
    if (question !== undefined) places.hear(question, 7);
    expect(places.isAllTold).toBe(false);
    if (question !== undefined) places.giveUp(question);
    expect(places.isAllTold).toBe(false);
  });
});

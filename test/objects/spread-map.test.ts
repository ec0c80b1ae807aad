/** What a Worker remembers of spread queues: little, not for long, and nothing of other queues. */
import { describe, expect, test } from "vitest";
import { routeOf, SpreadMap } from "../../src/objects/rpc/spread-map.ts";

const STILL = { objects: 8, isOpen: true, isMoving: false };
const MOVING = { objects: 8, isOpen: false, isMoving: true };
const DRAINING = { ...MOVING, isDraining: true };

describe("the view of a queue", () => {
  test.each([
    ["60 s while the queue is spread", STILL, 60_000],
    ["5 s while its phase changes", MOVING, 5_000],
  ])("serves, and is asked for again after %s", (_, view, lifetime) => {
    const map = new SpreadMap();
    map.hear("a", view, 0);
    expect([map.takeDue("a", lifetime - 1), map.takeDue("a", lifetime)]).toEqual([false, true]);
    // Others need not ask meanwhile.
    expect([map.takeDue("a", lifetime + 1), map.viewOf("a")]).toEqual([false, view]);
    map.hear("a", view, lifetime + 1);
    expect(map.takeDue("a", lifetime + lifetime)).toBe(false);
  });

  test("ends with an answer that tells of no shards", () => {
    const map = new SpreadMap();
    map.hear("a", STILL, 0);
    map.hear("a", null, 1);
    expect([map.viewOf("a"), map.takeDue("a", 100_000)]).toEqual([null, false]);
  });

  test("is kept of 10,000 queues", () => {
    const map = new SpreadMap();
    for (let queue = 0; queue <= 10_000; queue++) map.hear(`${queue}`, STILL, 0);
    expect([map.viewOf("0"), map.viewOf("1")]).toEqual([null, STILL]);
  });
});

describe("a claim begins", () => {
  const DRAWN = 2;
  const starts = (map: SpreadMap, now: number, count: number): readonly number[] =>
    Array.from({ length: count }, () => map.takeStart("a", now, () => DRAWN));

  test("at the home of a queue of which nothing is known, otherwise at an object that is drawn", () => {
    const map = new SpreadMap();
    map.noteReady("a", 1);
    map.noteSilent("a", DRAWN, 0);
    expect(starts(map, 0, 1)).toEqual([0]);
    map.hear("a", STILL, 0);
    expect(starts(map, 0, 1)).toEqual([DRAWN]);
  });

  test("at one of 64 objects that were found for claims that have waited, each for one claim", () => {
    const map = new SpreadMap();
    map.hear("a", STILL, 0);
    for (let object = 1; object <= 65; object++) map.noteReady("a", object);
    map.hear("a", STILL, 1);
    expect(starts(map, 1, 65)).toEqual([...Array.from({ length: 64 }, (_, index) => index + 1), DRAWN]);
  });

  test("at a shard while the queue drains, unless none answers", () => {
    const map = new SpreadMap();
    map.hear("a", DRAINING, 0);
    const start = (draw: (end: number) => number): number => map.takeStart("a", 0, draw);
    expect([start(() => 0), start((end) => end - 1)]).toEqual([1, 7]);
    for (let object = 1; object < DRAINING.objects; object++) map.noteSilent("a", object, 0);
    expect(start(() => 0)).toBe(0);
  });

  test("elsewhere for five seconds after an object has not answered, unless none has", () => {
    const map = new SpreadMap();
    map.hear("a", STILL, 0);
    map.noteSilent("a", DRAWN, 0);
    map.hear("a", STILL, 1);
    expect([starts(map, 4999, 1), starts(map, 5000, 1)]).toEqual([[DRAWN + 1], [DRAWN]]);
    for (let object = 0; object < STILL.objects; object++) map.noteSilent("a", object, 6000);
    expect(starts(map, 6000, 1)).toEqual([DRAWN]);
  });
});

test.each([
  ["without a key, while shards take posts", { needsHome: false }, STILL, true],
  ["with a key, or under a quota of messages", { needsHome: true }, STILL, false],
  ["while the phase changes", { needsHome: false }, MOVING, false],
  ["of a queue of which nothing is known", { needsHome: false }, null, false],
])("posts go to shards or not: %s", (_, { needsHome }, view, isAtShard) => {
  expect(routeOf({ client: "c", needsHome }, view) > 0).toBe(isAtShard);
});

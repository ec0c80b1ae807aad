/** Which queues and topics a meter holds when there are too many. */
import { describe, expect, test } from "vitest";
import { NO_COUNTS, type QueueFigures } from "../../src/domain/figures.ts";
import { Places } from "../../src/objects/meter/places.ts";
import { figuresOf, placeNamed } from "../support/objects/meter.ts";

const NOW = Date.now();
const MAX = 20_000;

/** As many hot places as there may be, with the same figures. */
function fullOf(figures: QueueFigures | null): { readonly places: Places; readonly removed: string[] } {
  const removed: string[] = [];
  const places = new Places(({ place }) => removed.push(place.name));
  for (let index = 0; index < MAX; index++) {
    const queue = places.enter(placeNamed(`q${index}`), NOW)?.queue;
    if (queue === undefined) throw new Error("There is no room.");
    queue.hotUntil = NOW + 600_000;
    if (figures !== null) queue.hear(figures, NOW);
  }
  return { places, removed };
}

describe("a further place", () => {
  test("enters in the place of one that does not exist and never had a message, although it is hot", () => {
    const { places, removed } = fullOf(figuresOf(0, { epoch: null }));
    expect(places.enter(placeNamed("orders"), NOW)).not.toBeNull();
    expect(removed).toEqual(["q0"]);
    expect(places.size).toBe(MAX);
  });

  test.each([
    ["that exist", figuresOf(0)],
    ["that were deleted with messages", figuresOf(0, { epoch: null, counters: { ...NO_COUNTS, posted: 1 } })],
    ["of which nothing was heard yet", null],
  ])("does not enter in the place of hot ones %s", (_, figures) => {
    const { places, removed } = fullOf(figures);
    expect(places.enter(placeNamed("orders"), NOW)).toBeNull();
    expect(removed).toEqual([]);
  });
});

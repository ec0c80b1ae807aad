/** The last hour of queues: where the line ends, and when it began to rise. */
import { expect, test } from "vitest";
import type { PlaceFigures } from "sukkal/client";
import { risesSince, trendOf, trendsOf } from "../../../console/src/state/trends.ts";
import { shop } from "../shop.ts";

const NOW = Date.parse("2030-01-01T12:03:00Z");
const LAST_POINT = Date.parse("2030-01-01T12:00:00Z");
const MIN = 60_000;

function placeWith(trend: readonly (number | null)[], free = 900): PlaceFigures {
  const [place] = shop(NOW).places;
  if (place === undefined) throw new Error("The shop has no queue.");
  return { ...place, messages: { ...place.messages, free }, trend };
}

function since(trend: readonly (number | null)[], free?: number): number | null {
  const place = placeWith(trend, free);
  return risesSince(trendsOf({ ...shop(NOW), places: [place] }), place);
}

test("ends with the figure of now", () => {
  const place = placeWith([null, 1, 2]);
  const trends = trendsOf({ ...shop(NOW), places: [place] });
  expect(trends.at).toBe(LAST_POINT);
  expect(trendOf(trends, place)).toEqual([null, 1, 2, 900]);
});

test("is empty while the past is not known", () => {
  const place = placeWith([null, null]);
  expect(trendOf(trendsOf({ ...shop(NOW), places: [place] }), place)).toEqual([]);
});

test.each([
  ["rises since the last point that was low", [0, 5, 0, 400, 700], LAST_POINT - 10 * MIN],
  ["rises since the last point", [4, 6, 5], LAST_POINT],
  ["has risen for longer", [100, 200, 300], null],
])("%s", (_, trend, expected) => {
  expect(since(trend)).toBe(expected);
});

test("what does not rise has no beginning", () => {
  expect(since([900, 900, 900], 900)).toBeNull();
});

/** The sentences on one queue. */
import { describe, expect, test } from "vitest";
import type { PlaceFigures } from "sukkal/client";
import { isSilent, placeVerdict } from "../../../console/src/verdict/place-verdict.ts";
import { noteOf } from "../../../console/src/verdict/rise-note.ts";
import { THRESHOLDS } from "../../../console/src/verdict/thresholds.ts";
import { fallsBehind } from "../../../console/src/verdict/falls-behind.ts";
import { shop } from "../shop.ts";

const NOW = Date.parse("2030-01-01T12:00:00Z");
const overview = shop(NOW);
const findings = fallsBehind({ overview, seen: new Map(), quotas: null, now: NOW });

/** `silent`, `working`: numbers of consumers. */
function placeOf(silent: number, working: number, more: Partial<PlaceFigures> = {}): PlaceFigures {
  const place = overview.places.find(({ name }) => name === "orders-billing-eu");
  if (place === undefined) throw new Error("The shop has no such queue.");
  const ages = [...Array<number>(silent).fill(THRESHOLDS.silentAfter + 1000), ...Array<number>(working).fill(1000)];
  const consumers = ages.map((age, index) => ({
    client_id: String(index),
    last_asked: new Date(NOW - age).toISOString(),
    claimed_per_minute: 0,
    deleted_per_minute: 0,
  }));
  return { ...place, consumers, ...more };
}

function sentenceOn(place: PlaceFigures): string | undefined {
  return placeVerdict({ findings, place, risesSince: null, ttl: 3600, now: NOW })?.sentence;
}

describe("who takes the messages", () => {
  const pace = "6.1 a second of 38.2 that are posted";
  test.each([
    [4, 1, `Four of five consumers have stopped asking; the last one deletes ${pace}.`],
    [1, 2, `One of three consumers has stopped asking; the other two delete ${pace}.`],
    [2, 0, "Both consumers have stopped asking."],
    [3, 0, "All three consumers have stopped asking."],
    [1, 0, "Its consumer has stopped asking."],
    [0, 1, `Its consumer deletes ${pace}.`],
    [0, 2, `Its two consumers delete ${pace}.`],
    [0, 0, `Its consumers delete ${pace}.`],
  ])("%i silent, %i not", (silent, working, expected) => {
    expect(sentenceOn(placeOf(silent, working))).toBe(expected);
  });

  test("nobody may, while claims are paused", () => {
    expect(sentenceOn(placeOf(1, 0, { paused: ["claims"] }))).toBe("Its claims are paused.");
  });
});

test("since when, by the past, and what happens next", () => {
  const since = NOW - 42 * 60_000;
  const verdict = placeVerdict({ findings, place: placeOf(4, 1), risesSince: since, ttl: 3600, now: NOW });
  expect(verdict?.head).toMatch(/^Falls behind since \d\d:\d\d\.$/);
  expect(verdict?.more).toMatch(
    /^At this pace about 1,893 more wait each minute\. From about \d\d:\d\d the oldest reach/,
  );
  expect(verdict?.more).toContain("their ttl, by default 1 h, and are gone");
});

describe("beside the instant at which free messages began to grow", () => {
  const silentFor = THRESHOLDS.silentAfter + 1000;
  test.each([
    [4, silentFor, "four consumers stop asking"],
    [1, silentFor, "one consumer stops asking"],
    [0, silentFor, "free messages begin to grow"],
    // They stopped long after.
    [4, silentFor + 120_001, "free messages begin to grow"],
  ])("%i silent, %i ms before now", (silent, ago, expected) => {
    const { consumers = [] } = placeOf(silent, 1);
    expect(noteOf(NOW - ago, consumers, NOW).text).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${expected}$`));
  });
});

test("what is well has none", () => {
  expect(placeVerdict({ findings: [], place: placeOf(0, 1), risesSince: null, ttl: null, now: NOW })).toBeNull();
});

test("other findings are their own sentences", () => {
  const finding = {
    severity: "watch",
    subject: "orders",
    sentence: "holds 950 of the 1,000 messages that its quota allows: 95 %.",
    route: { page: "quotas" },
    since: null,
    rank: 0,
  } as const;
  const verdict = placeVerdict({ findings: [finding], place: placeOf(0, 1), risesSince: null, ttl: null, now: NOW });
  expect(verdict).toEqual({
    severity: "watch",
    head: "Holds 950 of the 1,000 messages that its quota allows.",
    sentence: "95 %.",
    more: null,
  });
});

test("a consumer is silent when it has not asked for longer than a claim may wait", () => {
  const isQuiet = (age: number | null, held = 0): boolean => {
    const at = age === null ? null : new Date(NOW - age).toISOString();
    return isSilent({ client_id: "", last_asked: at, claimed_per_minute: null, deleted_per_minute: null, held }, NOW);
  };
  expect([isQuiet(THRESHOLDS.silentAfter), isQuiet(THRESHOLDS.silentAfter + 1)]).toEqual([false, true]);
  expect([isQuiet(null), isQuiet(null, 1)]).toEqual([true, false]);
});

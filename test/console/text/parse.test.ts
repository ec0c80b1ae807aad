/** What readers may type for durations, sizes and counts. */
import { describe, expect, test } from "vitest";
import { byteLimit } from "../../../console/src/text/bytes.ts";
import { setDuration } from "../../../console/src/text/durations.ts";
import { parseBytes, parseCount, parseDuration } from "../../../console/src/text/parse.ts";

describe("durations", () => {
  test.each([
    ["3600", 3600],
    ["1 h", 3600],
    ["1h", 3600],
    ["1 h 30 min", 5400],
    ["90m", 5400],
    ["90", 90],
    ["90 s", 90],
    ["1d", 86_400],
    ["2 days", 172_800],
    ["1 week", 604_800],
    ["1 hour 1 minute 1 second", 3661],
    ["14 D", 1_209_600],
    [" 20 s ", 20],
    ["none", 0],
    ["0", 0],
  ])("%j are %d s", (text, value) => expect(parseDuration(text)).toBe(value));

  test.each(["", "h", "1 fortnight", "1.5 h", "-1", "1 h x", "99999999999999999999", "99999999999999999999 d"])(
    "%j is none",
    (text) => expect(parseDuration(text)).toBeNull(),
  );

  test.each([0, 1, 59, 60, 3661, 86_400, 1_209_600])("%d s can be typed as they are shown", (value) => {
    expect(parseDuration(setDuration(value))).toBe(value);
  });
});

describe("sizes", () => {
  test.each([
    ["262144", 262_144],
    ["256 KiB", 262_144],
    ["8GB", 8_000_000_000],
    ["1,001 B", 1001],
  ])("%j are %d bytes", (text, value) => expect(parseBytes(text)).toBe(value));

  test.each(["", "KiB", "1 X", "1.5 MB", "-1"])("%j is none", (text) => expect(parseBytes(text)).toBeNull());

  test.each([1, 1001, 262_144, 8_000_000_000])("%d bytes can be typed as they are shown", (value) => {
    expect(parseBytes(byteLimit(value))).toBe(value);
  });
});

describe("counts", () => {
  test.each([
    ["1,000", 1000],
    ["0", 0],
  ])("%j is %d", (text, value) => expect(parseCount(text)).toBe(value));

  test.each(["", "3 s", "-1", "many"])("%j is none", (text) => expect(parseCount(text)).toBeNull());
});

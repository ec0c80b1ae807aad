/** How counts, rates, bytes and figures that are not known are written. */
import { describe, expect, test } from "vitest";
import { amount, least, most } from "../../../console/src/text/amounts.ts";
import { byteLimit, bytes } from "../../../console/src/text/bytes.ts";
import { change, count, exact, percent, rate } from "../../../console/src/text/numbers.ts";
import { capital, counted, inWords } from "../../../console/src/text/words.ts";

describe("numbers", () => {
  test.each([
    [0, "0"],
    [999, "999"],
    [81_780, "81,780"],
    [999_999, "999,999"],
    [1_000_000, "1.00 M"],
    [1_244_000, "1.24 M"],
    [9_994_999, "9.99 M"],
    [12_440_000, "12.4 M"],
    [124_400_000, "124 M"],
    [3_200_000_000, "3.20 G"],
    [4e12, "4.00 T"],
  ])("the count %d is %s", (value, text) => expect(count(value)).toBe(text));

  test.each([
    [0, "0"],
    [0.001, "under 0.01"],
    [0.01, "0.01"],
    [0.09, "0.09"],
    [0.6, "0.60"],
    [0.994, "0.99"],
    [0.995, "1.0"],
    [6.1, "6.1"],
    [38.24, "38.2"],
    [99.94, "99.9"],
    [99.95, "100"],
    [306, "306"],
    [12_345.6, "12,346"],
  ])("the rate %d is %s", (value, text) => expect(rate(value)).toBe(text));

  test.each([
    [1926, "+1,926"],
    [0.4, "0"],
    [0.5, "+1"],
    [-0.4, "0"],
    [-41, "-41"],
    [-2_000_000, "-2.00 M"],
  ])("the change %d is %s", (value, text) => expect(change(value)).toBe(text));

  test.each([
    [8, 1000, "0.8 %"],
    [93, 100, "93 %"],
    [999, 1000, "99 %"],
    [1000, 1000, "100 %"],
    [0, 7, "0 %"],
    [2, 10_000, "under 0.1 %"],
    [5, 10_000, "0.1 %"],
    [0, 10_000, "0 %"],
  ])("%d of %d are %s", (part, whole, text) => expect(percent(part, whole)).toBe(text));

  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [28_672, "28.7 kB"],
    [62_300_000, "62.3 MB"],
    [999_949, "999.9 kB"],
    [999_950, "1.0 MB"],
    [8e9, "8.0 GB"],
  ])("%d bytes are %s", (value, text) => expect(bytes(value)).toBe(text));

  test.each([
    [262_144, "256 KiB"],
    [1_073_741_824, "1 GiB"],
    [8e9, "8 GB"],
    [1000, "1 kB"],
    [1001, "1,001 B"],
    [0, "0 B"],
  ])("a limit of %d bytes is %s", (value, text) => expect(byteLimit(value)).toBe(text));
});

test.each([
  [7, "7", 7, 7],
  [0, "0", 0, 0],
  [{ min: 3, max: 1204 }, "≤ 1,204", 3, 1204],
  [{ min: 12 }, "≥ 12", 12, null],
  [null, "?", 0, null],
] as const)("the figure %j is %s, at least %d and at most %s", (value, text, min, max) => {
  expect([amount(value, exact), least(value), most(value)]).toEqual([text, min, max]);
});

test("small numbers and nouns are words", () => {
  expect([0, 1, 10, 11, 1318].map(inWords)).toEqual(["no", "one", "ten", "11", "1,318"]);
  expect(capital("three")).toBe("Three");
  expect([counted(1, "message"), counted(3438, "message"), counted(0, "reply", "replies")]).toEqual([
    "1 message",
    "3,438 messages",
    "0 replies",
  ]);
});

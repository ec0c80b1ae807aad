/** Instants as ISO 8601 texts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatInstant, parseInstant } from "../../src/domain/instant.ts";
import { toEpochMs } from "../../src/domain/time.ts";

/** The first and the last second with a year of four digits. */
const FIRST = Date.parse("0001-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59Z");

describe("reading", () => {
  test.each([
    ["2030-01-01T00:00:00", "2030-01-01T00:00:00", "without a zone it is UTC"],
    ["2030-01-01T00:00:00Z", "2030-01-01T00:00:00", "Z is UTC"],
    ["2030-01-01t00:00:00z", "2030-01-01T00:00:00", "in lower case too"],
    ["2030-01-01", "2030-01-01T00:00:00", "a date is its midnight"],
    ["2030-01-01 12:30:45", "2030-01-01T12:30:45", "a blank stands for the T"],
    ["2030-01-01T12:30", "2030-01-01T12:30:00", "seconds may be left out"],
    ["2030-01-01T12", "2030-01-01T12:00:00", "minutes too"],
    ["2030-02", "2030-02-01T00:00:00", "a month is its first day"],
    ["2030-2", "2030-02-01T00:00:00", "a month of one digit"],
    ["2030-1-2", "2030-01-02T00:00:00", "a day of one digit"],
    ["2030-1-2T03:04:5Z", "2030-01-02T03:04:05", "a second of one digit"],
    ["20300102T030405Z", "2030-01-02T03:04:05", "the basic format"],
    ["20300102T030405", "2030-01-02T03:04:05", "the basic format without a zone"],
    ["20300102T0304", "2030-01-02T03:04:00", "the basic format without seconds"],
    ["20300102 03:04:05.6+0100", "2030-01-02T02:04:05", "half the basic format"],
    ["2030-01-01T12:30:45.999999", "2030-01-01T12:30:45", "a fraction is dropped, not rounded"],
    ["2030-01-01T12:30:45.9Z", "2030-01-01T12:30:45", "a fraction before a zone"],
    ["2030-01-01T12:30:45,9", "2030-01-01T12:30:45", "a fraction behind a comma"],
    ["2030-01-01T02:00:00+02:00", "2030-01-01T00:00:00", "an offset to the east"],
    ["2029-12-31T18:30:00-05:30", "2030-01-01T00:00:00", "an offset to the west"],
    ["2030-01-01T02:00:00+0200", "2030-01-01T00:00:00", "an offset without its colon"],
    ["2030-01-01T02:00:00+02", "2030-01-01T00:00:00", "an offset of hours"],
    ["2030-01-01T02:00:00 +02:00", "2030-01-01T00:00:00", "an offset behind a blank"],
    ["2028-02-29T00:00:00", "2028-02-29T00:00:00", "a leap day"],
    ["  2030-01-01T00:00:00  ", "2030-01-01T00:00:00", "blanks around it"],
    ["9999-12-31T23:59:59", "9999-12-31T23:59:59", "the last second of four digits"],
    ["0001-01-01T00:00:00", "0001-01-01T00:00:00", "the first year"],
  ])("%j is %s: %s", (text, instant) => {
    const parsed = parseInstant(text);
    expect(parsed === null ? null : formatInstant(parsed)).toBe(instant);
  });

  test.each([
    ["", "nothing"],
    ["0", "digits"],
    ["5", "digits"],
    ["2030", "digits"],
    ["20300101", "digits"],
    ["203001", "digits"],
    ["20300101T", "no time behind the T"],
    ["203001-01", "a dash too few"],
    ["2030-0101", "another dash too few"],
    ["2030-01T00:00:00", "no day before the T"],
    ["2030-", "no month behind the dash"],
    ["2030-1-", "no day behind the dash"],
    ["2030-001-01", "a month of three digits"],
    ["2030-01-001", "a day of three digits"],
    ["2030-01-01T1", "an hour of one digit"],
    ["2030-01-01T01:1:01", "a minute of one digit"],
    ["203011T000000", "single digits without dashes"],
    ["20301301T000000Z", "a 13th month without dashes"],
    ["2030-02-30", "the 30th of February"],
    ["2029-02-29", "a leap day of another year"],
    ["2030-13-01", "a 13th month"],
    ["2030-00-01", "month 0"],
    ["2030-01-00", "day 0"],
    ["2030-01-32", "a 32nd day"],
    ["2030-01-01T24:00:00", "hour 24"],
    ["2030-01-01T00:60:00", "minute 60"],
    ["2030-01-01T00:00:60", "second 60"],
    ["2030-01-01T00:00:00+24:00", "an offset of a day"],
    ["2030-01-01T00:00:00+00:60", "an offset of 60 minutes"],
    ["2030-01-01T", "no time behind the T"],
    ["2030-01-01Z", "a date with a zone"],
    ["2030-01-01T00:00:00.", "no digits behind the point"],
    ["2030-01-01T00:00:00 UTC", "a zone by name"],
    ["0000-01-01T00:00:00", "year 0"],
    ["9999-12-31T23:59:59-00:01", "later than four digits can write, in UTC"],
    ["0001-01-01T00:00:00+00:01", "earlier than year 1, in UTC"],
    ["-2030-01-01T00:00:00", "a sign"],
    ["+12030-01-01T00:00:00", "a year of five digits"],
    ["2030-01-01T00:00:00\u0000", "a NUL"],
    ["٢٠٣٠-٠١-٠١", "other digits"],
    ["tomorrow", "a word"],
  ])("%j is none: %s", (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  test("takes no longer for a hostile text", () => {
    const start = performance.now();
    expect(parseInstant(`2030-01-01T00:00:00.${"1".repeat(100_000)}x`)).toBeNull();
    expect(parseInstant(`2030-01-01T00:00:00${" ".repeat(100_000)}x`)).toBeNull();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

test("what is written is read as the same second", () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST, max: LAST }), (ms) => {
      const text = formatInstant(toEpochMs(ms));
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      expect(parseInstant(text)).toBe(Math.floor(ms / 1000) * 1000);
      expect(parseInstant(`${text}Z`)).toBe(parseInstant(text));
    }),
  );
});

test("an offset moves the instant by just that much", () => {
  const offset = fc.record({ sign: fc.constantFrom(1, -1), hours: fc.nat(23), minutes: fc.nat(59) });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), offset, (second, { sign, hours, minutes }) => {
      const local = formatInstant(toEpochMs((second + sign * (hours * 60 + minutes) * 60) * 1000));
      const digits = [hours, minutes].map((part) => String(part).padStart(2, "0")).join(":");
      expect(parseInstant(`${local}${sign < 0 ? "-" : "+"}${digits}`)).toBe(second * 1000);
    }),
  );
});

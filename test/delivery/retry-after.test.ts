/** The header Retry-After of receivers (RFC 9110, 10.2.3). */
import { expect, test } from "vitest";
import { parseRetryAfter } from "../../src/delivery/retry-after.ts";
import { RETRY_DELAY_MAX } from "../../src/domain/retry.ts";
import { toEpochMs } from "../../src/domain/time.ts";

const NOW = toEpochMs(Date.UTC(1994, 10, 6, 8, 48, 37));

test.each([
  ["seconds", "120", 120],
  ["no time", "0", 0],
  ["blanks around", " 5 ", 5],
  ["a day", String(RETRY_DELAY_MAX), RETRY_DELAY_MAX],
  ["more than a day", String(RETRY_DELAY_MAX + 1), RETRY_DELAY_MAX],
  ["more than any number", "9".repeat(400), RETRY_DELAY_MAX],
  ["a date", "Sun, 06 Nov 1994 08:49:37 GMT", 60],
  ["a date of RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", 60],
  ["a date of asctime", "Sun Nov  6 08:49:37 1994", 60],
  ["a date in the past", "Sun, 06 Nov 1994 08:47:37 GMT", 0],
  ["a date in a week", "Sun, 13 Nov 1994 08:49:37 GMT", RETRY_DELAY_MAX],
  ["nothing", null, null],
  ["an empty value", "", null],
  ["a negative number", "-1", null],
  ["a fraction", "1.5", null],
  ["a word", "soon", null],
  ["a day without a date", "Monday", null],
  ["a date of another form", "1994-11-06T08:49:37Z", null],
  ["a sentence that a parser could take for a date", "in 7", null],
])("%s", (_, text, seconds) => {
  expect(parseRetryAfter(text, NOW)).toBe(seconds);
});

test("a part of a second is rounded up, so that no call is too early", () => {
  expect(parseRetryAfter("Sun, 06 Nov 1994 08:48:39 GMT", toEpochMs(NOW + 1))).toBe(2);
});

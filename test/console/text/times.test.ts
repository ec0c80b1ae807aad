/** How durations and instants are written. */
import { describe, expect, test } from "vitest";
import { briefDuration, duration, setDuration } from "../../../console/src/text/durations.ts";
import { distance, instant, machineTime, minute, since } from "../../../console/src/text/instants.ts";

const [S, MIN, H, D] = [1000, 60_000, 3_600_000, 86_400_000] as const;

describe("durations", () => {
  test.each([
    [-1, "under 1 s", "under 1 s"],
    [0, "under 1 s", "under 1 s"],
    [999, "under 1 s", "under 1 s"],
    [S, "1 s", "1 s"],
    [59_999, "59 s", "59 s"],
    [MIN, "1 min 00 s", "1 min"],
    [35 * MIN + 43 * S, "35 min 43 s", "35 min"],
    [H - 1, "59 min 59 s", "59 min"],
    [H, "1 h 00 min", "1 h 00 min"],
    [11 * H + 2 * MIN, "11 h 02 min", "11 h 02 min"],
    [D - 1, "23 h 59 min", "23 h 59 min"],
    [13 * D + 22 * H, "13 d 22 h", "13 d 22 h"],
    [3 * D + 4 * H, "3 d 4 h", "3 d 4 h"],
    [2000 * D, "2,000 d 0 h", "2,000 d 0 h"],
  ])("%d ms are %s, or %s", (ms, text, brief) => expect([duration(ms), briefDuration(ms)]).toEqual([text, brief]));

  test.each([
    [0, "none"],
    [10, "10 s"],
    [3600, "1 h"],
    [5400, "1 h 30 min"],
    [1_209_600, "14 d"],
    [90_061, "1 d 1 h 1 min 1 s"],
  ])("%d s as a setting are %s", (seconds, text) => expect(setDuration(seconds)).toBe(text));
});

describe("instants", () => {
  // Without a zone: that of the browser, as the console has it.
  const now = new Date("2026-11-27T03:12:08").getTime();

  test.each([
    ["2026-11-27T03:14:20", "03:14:20", "03:14", "in 2 min 12 s", "since 03:14, under 1 s"],
    ["2026-11-27T02:29:40", "02:29:40", "02:29", "42 min ago", "since 02:29, 42 min"],
    ["2026-11-27T00:00:00", "00:00:00", "00:00", "3 h 12 min ago", "since 00:00, 3 h 12 min"],
    ["2026-11-26T23:59:59", "26 Nov, 23:59:59", "26 Nov, 23:59", "3 h 12 min ago", "since 26 Nov, 23:59, 3 h 12 min"],
    [
      "2025-11-27T03:12:08",
      "27 Nov 2025, 03:12:08",
      "27 Nov 2025, 03:12",
      "365 d 0 h ago",
      "since 27 Nov 2025, 03:12, 365 d 0 h",
    ],
    ["2026-11-27T03:12:08.999", "03:12:08", "03:12", "now", "since 03:12, under 1 s"],
  ])("%s", (text, ...expected) => {
    const at = new Date(text).getTime();
    expect([instant(at, now), minute(at, now), distance(at, now), since(at, now)]).toEqual(expected);
  });

  test("programs read them without milliseconds", () => {
    expect(machineTime(Date.UTC(2026, 10, 27, 3, 12, 8, 7))).toBe("2026-11-27T03:12:08Z");
  });
});

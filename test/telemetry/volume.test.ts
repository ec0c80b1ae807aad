/** The limit of the log's volume: lines per event, project and window. The clock is a number. */
import { expect, test } from "vitest";
import { LINES_MAX, LogVolume, PROJECT_LINES_MAX, WINDOW_MS } from "../../src/telemetry/volume.ts";

const NOW = 1_893_456_000_000;

/** The number of lines that are admitted, of `count`. */
function admitted(volume: LogVolume, event: string, count: number, project: string | null, now = NOW): number {
  return Array.from({ length: count }, () => volume.admits(event, project, now)).filter(Boolean).length;
}

test("an event has a number of lines in a window, other events have their own", () => {
  const volume = new LogVolume();
  expect(admitted(volume, "fault", LINES_MAX, null)).toBe(LINES_MAX);
  expect(volume.hasSuppressed).toBe(false);
  expect(admitted(volume, "fault", 5, null)).toBe(0);
  expect(volume.hasSuppressed).toBe(true);
  expect(admitted(volume, "warning", 1, null)).toBe(1);
});

test("a project leaves lines to others, which leave none when all are used", () => {
  const volume = new LogVolume();
  expect(admitted(volume, "fault", LINES_MAX, "loud")).toBe(PROJECT_LINES_MAX);
  expect(admitted(volume, "fault", 10, "quiet")).toBe(10);
  expect(admitted(volume, "fault", LINES_MAX, "another")).toBe(LINES_MAX - PROJECT_LINES_MAX - 10);
  expect(admitted(volume, "fault", 1, null)).toBe(0);
});

test("a window ends by the clock, and what was left out is told once", () => {
  const volume = new LogVolume();
  admitted(volume, "fault", LINES_MAX + 7, null);
  admitted(volume, "request", 3, null);
  expect(volume.takeSuppressed(NOW + WINDOW_MS - 1)).toEqual([]);
  expect(volume.hasSuppressed).toBe(true);
  expect(volume.takeSuppressed(NOW + WINDOW_MS)).toEqual([{ of: "fault", since: NOW, count: 7 }]);
  expect(volume.hasSuppressed).toBe(false);
  expect(volume.takeSuppressed(NOW + WINDOW_MS)).toEqual([]);
  expect(admitted(volume, "fault", LINES_MAX + 1, null, NOW + WINDOW_MS)).toBe(LINES_MAX);
});

test("a line of the next window does not forget what was left out in the last", () => {
  const volume = new LogVolume();
  admitted(volume, "fault", LINES_MAX + 7, null);
  expect(volume.admits("fault", null, NOW + WINDOW_MS)).toBe(true);
  expect(volume.takeSuppressed(NOW + WINDOW_MS)).toEqual([{ of: "fault", since: NOW, count: 7 }]);
});

test("a clock that is set back ends a window too", () => {
  const volume = new LogVolume();
  admitted(volume, "fault", LINES_MAX + 1, null);
  expect(volume.admits("fault", null, NOW - 3_600_000)).toBe(true);
});

test("a stack is new once in a window", () => {
  const volume = new LogVolume();
  expect(["a", "b", "a"].map((stack) => volume.isNewStack(stack, NOW))).toEqual([true, true, false]);
  expect(volume.isNewStack("a", NOW + WINDOW_MS - 1)).toBe(false);
  expect(volume.isNewStack("a", NOW + WINDOW_MS)).toBe(true);
});

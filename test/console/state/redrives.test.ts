/** What follows from the numbers of a redrive. */
import { expect, test } from "vitest";
import type { Redrive } from "sukkal/client";
import { isHeldUp, progressOf, redriveTitle } from "../../../console/src/state/redrives.ts";

const START = Date.parse("2030-01-01T00:00:00Z");

function redrive(changes: Partial<Redrive> = {}): Redrive {
  return {
    status: "running",
    moved: 100,
    remaining: 300,
    target: null,
    max_messages: null,
    messages_per_second: null,
    started_at: "2030-01-01T00:00:00Z",
    finished_at: null,
    ...changes,
  };
}

test("a running one has a pace, and a time that is left at it", () => {
  expect(progressOf(redrive(), START + 10_000)).toEqual({ total: 400, pace: 10, took: 10_000, left: 30_000 });
});

test("the burst at its start is not its pace", () => {
  expect(progressOf(redrive({ messages_per_second: 50 }), START + 1000)).toMatchObject({ pace: 50, left: 6000 });
});

test("one that has moved nothing has no pace, and nobody knows how long it takes", () => {
  expect(progressOf(redrive({ moved: 0 }), START)).toEqual({ total: 300, pace: null, took: 1000, left: null });
});

test("one that is over keeps how long it took", () => {
  const over = redrive({ status: "done", moved: 400, remaining: 0, finished_at: "2030-01-01T00:00:20Z" });
  expect(progressOf(over, START + 99_000)).toEqual({ total: 400, pace: 20, took: 20_000, left: null });
});

test("is held up after 15 s without a change, while it runs", () => {
  expect(isHeldUp(redrive(), START, START + 14_999)).toBe(false);
  expect(isHeldUp(redrive(), START, START + 15_000)).toBe(true);
  expect(isHeldUp(redrive({ status: "done" }), START, START + 15_000)).toBe(false);
});

test.each([
  [redrive(), "100 of 400 are back at their sources"],
  [redrive({ target: "again" }), "100 of 400 are in again"],
  [redrive({ status: "done", remaining: 0 }), "done, 100 messages are back at their sources"],
  [redrive({ status: "canceled", moved: 1, target: "again" }), "cancelled, 1 message is in again"],
])("%j", (state, title) => {
  expect(redriveTitle(state)).toBe(title);
});

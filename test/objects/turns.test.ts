/** Turns of background work: one at a time within a project, in order. */
import { expect, test } from "vitest";
import type { ProjectId } from "../../src/domain/id.ts";
import { Turns } from "../../src/objects/delivery/turns.ts";

const A = "a" as ProjectId;
const B = "b" as ProjectId;

test("a single object of a project gets its turn at once", () => {
  const turns = new Turns();
  expect([turns.tryTake(A, 1000), turns.tryTake(B, 1000), turns.tryTake(A, 1020)]).toEqual([0, 0, 0]);
});

test("objects of one project get turns one after the other, without delaying other projects", () => {
  const turns = new Turns();
  expect(Array.from({ length: 4 }, () => turns.tryTake(A, 1000))).toEqual([0, 20, 40, 60]);
  expect(turns.tryTake(B, 1000)).toBe(0);
});

test("a turn that is given back is the next one's", () => {
  const turns = new Turns();
  for (let each = 0; each < 4; each++) turns.tryTake(A, 1000);
  for (let each = 0; each < 3; each++) turns.giveBack(A, turns.intervalOf(A));
  expect(turns.tryTake(A, 1000)).toBe(20);
});

test("turns that were long when they were taken are given back whole", () => {
  const turns = new Turns();
  turns.tryTake(A, 1000);
  turns.recordDuration(A, 200);
  const taken = Array.from({ length: 30 }, () => ({ wait: turns.tryTake(A, 1001), interval: turns.intervalOf(A) }));
  expect(taken.at(-1)?.wait).toBeGreaterThan(29_000);
  expect(turns.tryTake(A, 2000)).toBe(0);
  turns.recordDuration(A, 0);
  for (const { interval } of taken) turns.giveBack(A, interval);
  expect(turns.tryTake(A, 2001)).toBeLessThanOrEqual(20);
});

test("objects whose timers were late do not get their turns together", () => {
  const turns = new Turns();
  for (let each = 0; each < 4; each++) turns.tryTake(A, 1000);
  const waits = Array.from({ length: 3 }, () => turns.tryTake(A, 2000));
  expect(waits[0]).toBe(0);
  expect(Math.min(...waits.slice(1))).toBeGreaterThanOrEqual(20);
});

test("after a long turn the project pauses four times as long, within bounds", () => {
  const turns = new Turns();
  expect([turns.tryTake(A, 1000), turns.tryTake(B, 1000)]).toEqual([0, 0]);
  turns.recordDuration(A, 50);
  expect([turns.tryTake(A, 1249), turns.tryTake(A, 1250)]).toEqual([1, 0]);
  expect(turns.tryTake(B, 1020)).toBe(0);
  turns.recordDuration(A, 5000);
  expect(turns.tryTake(A, 2250)).toBe(0);
  turns.recordDuration(A, 0);
  expect([turns.tryTake(A, 2269), turns.tryTake(A, 2270)]).toEqual([981, 0]);
});

test("the wait and the number of remembered projects are bounded", () => {
  const turns = new Turns();
  for (let each = 0; each < 5000; each++) expect(turns.tryTake(A, 1000)).toBeLessThanOrEqual(30_000);
  for (let project = 0; project < 5000; project++) turns.tryTake(String(project) as ProjectId, 40_000 + 100 * project);
  expect(turns.size).toBeLessThanOrEqual(1000);
});

/** Turns for work in the background: one after the other within a project, whoever is late. */
import { expect, test } from "vitest";
import type { ProjectId } from "../../src/domain/id.ts";
import { Spread } from "../../src/objects/turns.ts";

const A = "a" as ProjectId;
const B = "b" as ProjectId;

test("a single object of a project gets its turn at once", () => {
  const spread = new Spread();
  expect([spread.take(A, 1000), spread.take(B, 1000), spread.take(A, 1020)]).toEqual([0, 0, 0]);
});

test("objects of one project get turns one after the other, without delaying other projects", () => {
  const spread = new Spread();
  expect(Array.from({ length: 4 }, () => spread.take(A, 1000))).toEqual([0, 20, 40, 60]);
  expect(spread.take(B, 1000)).toBe(0);
});

test("objects whose timers were late do not get their turns together", () => {
  const spread = new Spread();
  for (let each = 0; each < 4; each++) spread.take(A, 1000);
  const waits = Array.from({ length: 3 }, () => spread.take(A, 2000));
  expect(waits[0]).toBe(0);
  expect(Math.min(...waits.slice(1))).toBeGreaterThanOrEqual(20);
});

test("after a long turn the project pauses four times as long, within bounds", () => {
  const spread = new Spread();
  expect([spread.take(A, 1000), spread.take(B, 1000)]).toEqual([0, 0]);
  spread.spent(A, 50);
  expect([spread.take(A, 1249), spread.take(A, 1250)]).toEqual([1, 0]);
  expect(spread.take(B, 1020)).toBe(0);
  spread.spent(A, 5000);
  expect(spread.take(A, 2250)).toBe(0);
  spread.spent(A, 0);
  expect([spread.take(A, 2269), spread.take(A, 2270)]).toEqual([981, 0]);
});

test("the wait and the number of remembered projects are bounded", () => {
  const spread = new Spread();
  for (let each = 0; each < 5000; each++) expect(spread.take(A, 1000)).toBeLessThanOrEqual(30_000);
  for (let project = 0; project < 5000; project++) spread.take(String(project) as ProjectId, 40_000 + 100 * project);
  expect(spread.size).toBeLessThanOrEqual(1000);
});

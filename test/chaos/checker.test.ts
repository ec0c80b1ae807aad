import { expect, test } from "vitest";
import { check, countDuplicates, type Diary } from "./checker.ts";
import type { Fact } from "./diary.ts";

type Handled = "done" | "failed" | "aborted";

/** A delivery of message 1 from `from` to `to`. */
function delivery(from: number, to: number | null, how: Handled = "done"): Fact[] {
  const begun: Fact = { at: from, kind: "begun", id: "one", number: 1 };
  return to === null ? [begun] : [begun, { at: to, kind: "ended", id: "one", how }];
}

function diary(name: string, facts: readonly Fact[], killedAt: number | null = null): Diary {
  return { name, facts, killedAt };
}

const POSTED = new Map([[1, "one"]]);
const settled: Fact = { at: 25, kind: "settled", ids: ["one"] };
const last = diary("last", delivery(100, 110));

const CASES: readonly (readonly [title: string, diaries: readonly Diary[], violations: readonly RegExp[]])[] = [
  ["one delivery", [last], []],
  ["no delivery", [diary("idle", [])], [/lost/]],
  ["a failure only", [diary("a", delivery(10, 20, "failed"))], [/lost/]],
  ["a delivery after a failure", [diary("a", delivery(10, 20, "failed")), last], []],
  ["a delivery after a stop that did not wait", [diary("a", delivery(10, 20, "aborted")), last], []],
  ["a delivery after a kill within the handler", [diary("a", delivery(10, null), 50), last], []],
  ["a delivery after a kill before the deletion", [diary("a", delivery(10, 20), 50), last], []],
  ["a delivery after a deletion", [diary("a", [...delivery(10, 20), settled], 50), last], [/deleted before the kill/]],
  ["a second delivery without a reason", [diary("a", delivery(10, 20)), last], [/although it was handled/]],
  ["a second delivery meanwhile", [diary("a", delivery(10, 150, "failed")), last], [/while it was handled/]],
  ["a delivery before the kill of the other", [diary("a", delivery(10, null), 120), last], [/while it was handled/]],
  ["two deliveries at once of a consumer", [diary("a", delivery(10, null)), last], [/while it was handled/]],
  ["another id", [diary("a", [{ at: 1, kind: "begun", id: "two", number: 1 }], 50), last], [/stored twice/]],
  ["a lost lease", [diary("a", [{ at: 1, kind: "lost", ids: ["one"] }]), last], [/has lost 1 leases/]],
];
test.each(CASES)("%s", (_, diaries, violations) => {
  const found = check(diaries, POSTED);
  expect(found.map((text, index) => (violations[index]?.test(text) === true ? "expected" : text))).toEqual(
    violations.map(() => "expected"),
  );
});

test("counts what was delivered again, and what a kill explains", () => {
  const diaries = [diary("a", delivery(10, 20, "failed")), diary("b", delivery(30, null), 50), last];
  expect(countDuplicates(diaries)).toEqual({ all: 2, byKills: 1 });
});

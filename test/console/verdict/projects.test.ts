/** What needs an operator: each rule on both sides of its threshold, and the order. */
import { describe, expect, test } from "vitest";
import type { MessageCounts, MessageFigures, ProjectUsage } from "sukkal/client";
import { added, type Change } from "../../../console/src/state/changes.ts";
import { verdictOnProjects } from "../../../console/src/verdict/projects.ts";

const NONE = {
  posted: 0,
  adopted: 0,
  claimed: 0,
  released: 0,
  lapsed: 0,
  deleted: 0,
  expired: 0,
  dead_lettered: 0,
  redriven: 0,
};

interface Facts {
  readonly free?: MessageFigures["free"];
  readonly counts?: Partial<MessageCounts>;
  readonly since?: string;
  readonly second?: number;
}

function usage(
  project: string,
  { free = 0, counts = {}, since = "2030-01-01T00:00:00Z", second = 0 }: Facts = {},
): ProjectUsage {
  return {
    project_id: project,
    at: new Date(Date.UTC(2030, 0, 2, 0, 0, second)).toISOString(),
    places: 1,
    unknown: 0,
    unconfirmed: 0,
    messages: { total: free, free, claimed: 0, delayed: 0 },
    waiting_claims: 0,
    bytes: 0,
    counters: { since, exact: true, ...NONE, ...counts },
  };
}

/** What a minute has changed in a project. */
function change(project: string, after: Facts, before: Facts = {}): Change {
  return { usage: usage(project, { ...after, second: 60 }), before: usage(project, before) };
}

describe("a project needs an operator", () => {
  const sentence = (after: Facts, before?: Facts): string | undefined =>
    verdictOnProjects([change("shop", after, before)])[0]?.sentence;

  test.each([
    ["it loses messages", { counts: { expired: 1 } }, {}, "lost 1 message that expired in the last 1 min."],
    ["it gets dead letters", { counts: { dead_lettered: 2 } }, {}, "got 2 dead letters in the last 1 min."],
    ["its free messages grow", { free: 100 }, {}, "has 100 more free messages than 1 min ago."],
  ])("if %s", (_, after, before, expected) => {
    expect(sentence(after, before)).toBe(expected);
  });

  test.each([
    ["nothing has happened", {}, {}],
    ["it has lost messages before", { counts: { expired: 5 } }, { counts: { expired: 5 } }],
    ["its counters have begun anew", { counts: { expired: 5 }, since: "2030-01-02T00:00:00Z" }, {}],
    ["fewer came than matter", { free: 99 }, {}],
    ["nobody knows how many there were", { free: 100 }, { free: null }],
    ["there may have been as many", { free: 200 }, { free: { min: 0, max: 150 } }],
  ] satisfies [string, Facts, Facts][])("but not if %s", (_, after, before) => {
    expect(sentence(after, before)).toBeUndefined();
  });
});

test("those that lose messages come first, then the largest numbers", () => {
  const found = verdictOnProjects([
    change("grows", { free: 900 }),
    change("loses few", { counts: { expired: 1 } }),
    change("loses many", { counts: { expired: 70 } }),
    { usage: usage("new", { counts: { expired: 9 } }), before: null },
  ]);
  expect(found.map(({ subject }) => subject)).toEqual(["loses many", "loses few", "grows"]);
});

test("answers of the last five minutes are kept", () => {
  const all = [0, 60, 299, 301].reduce<readonly ProjectUsage[]>(
    (kept, second) => added(kept, usage("shop", { second })),
    [],
  );
  expect(all.map(({ at }) => at.slice(14, 19))).toEqual(["01:00", "04:59", "05:01"]);
});

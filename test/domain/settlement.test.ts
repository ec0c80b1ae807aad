/** The checks of a settlement that do not depend on the queue: both sides of each limit. */
import { describe, expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { checkSettlement, type Release, type Settlement } from "../../src/domain/settlement.ts";

const { limits } = readConfig({ AUTH_STRATEGY: "none", MAX_MESSAGE_DELAY: "900", MAX_MESSAGES_PER_CLAIM_OR_POP: "20" });

function ids(count: number, prefix = "id"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function release(delay: number, ...names: readonly string[]): Release {
  return { ids: names, delay, isCounted: true };
}

const ACCEPTED: readonly (readonly [string, Settlement])[] = [
  ["one id to delete", { deleted: ids(1), released: [] }],
  ["one id to release", { deleted: [], released: [release(0, "a")] }],
  ["20 ids", { deleted: ids(10), released: [release(0, ...ids(5, "a")), release(30, ...ids(5, "b"))] }],
  ["a delay of 900 s", { deleted: [], released: [release(900, "a")] }],
  ["a release of nothing beside an id", { deleted: ["a"], released: [release(0)] }],
];
const REFUSED: readonly (readonly [string, Settlement, object])[] = [
  ["no id", { deleted: [], released: [release(0)] }, { kind: "out-of-range", quantity: "ids", got: 0 }],
  ["21 ids", { deleted: ids(20), released: [release(0, "a")] }, { kind: "out-of-range", quantity: "ids", got: 21 }],
  ["a delay of 901 s", { deleted: [], released: [release(901, "a")] }, { quantity: "message delay", max: 900 }],
  ["a delay of -1 s", { deleted: [], released: [release(-1, "a")] }, { quantity: "message delay", min: 0 }],
  ["an id twice to delete", { deleted: ["a", "a"], released: [] }, { kind: "document-invalid" }],
  ["an id to delete and to release", { deleted: ["a"], released: [release(0, "a")] }, { kind: "document-invalid" }],
  [
    "an id in two releases",
    { deleted: [], released: [release(0, "a"), release(9, "a")] },
    { kind: "document-invalid" },
  ],
];

describe("a settlement", () => {
  test.each(ACCEPTED)("of %s is accepted", (_, settlement) => {
    expect(checkSettlement(settlement, limits)).toBeNull();
  });

  test.each(REFUSED)("of %s is refused", (_, settlement, failure) => {
    expect(checkSettlement(settlement, limits)).toMatchObject(failure);
  });
});

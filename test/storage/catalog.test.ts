/** How a metadata filter compares; what a list keeps is a scenario of test/api/queue-list.test.ts. */
import { expect, test } from "vitest";
import type { JsonText } from "../../src/domain/json.ts";
import { matcherOf } from "../../src/storage/project/catalog.ts";

const INT64_MAX = "9223372036854775807";

test.each([
  ["7", "7", true],
  ["007", "7", true],
  ["-007", "-7", true],
  ["-7", "7", false],
  ["0", "-0", true],
  ["-000", "0", true],
  ["00", "0", true],
  [INT64_MAX, INT64_MAX, true],
  [INT64_MAX, "9223372036854775806", false],
  ["1".repeat(60_000), "1", false],
  [`${"0".repeat(60_000)}1`, "1", true],
  ["1", "1.0", true],
  ["1", "1.5", false],
  ["1", '"1"', false],
  ["1", "true", false],
  ["1.5", "1.5", false],
  ["a", '"a"', true],
  ["a", '"b"', false],
  ["é", '"\\u00e9"', true],
])("the filter %s equals the stored %s: %j", (value, stored, expected) => {
  expect(matcherOf(value)(stored as JsonText)).toBe(expected);
});

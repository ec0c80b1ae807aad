/** Settings that are valid, but that an operator should know something about. */
import { expect, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { warningsOf } from "../../src/config/warnings.ts";

const warnings = (settings: Readonly<Record<string, string>>): readonly string[] =>
  warningsOf(readConfig({ AUTH_STRATEGY: "keys", ADMIN_API_KEY: `sk_admin_${"0".repeat(64)}`, ...settings }));

test("a service without authentication is for development and trusted networks", () => {
  expect(warnings({})).toEqual([]);
  expect(warnings({ AUTH_STRATEGY: "none" })).toEqual([expect.stringMatching(/^AUTH_STRATEGY=none trusts/)]);
});

test("SPREAD_ALWAYS that spreads no queue is told, with the setting to change", () => {
  expect(warnings({ SPREAD_ALWAYS: "true", SHARDS: "4" })).toEqual([]);
  expect(warnings({ SPREAD_ALWAYS: "true" })).toEqual([expect.stringMatching(/^SPREAD_ALWAYS .*: set SHARDS to 4 or/)]);
  expect(warnings({ SPREAD_ALWAYS: "true", SHARDS: "4", QUEUE_ORDER: "fifo" })).toEqual([
    expect.stringMatching(/^SPREAD_ALWAYS .*: unset QUEUE_ORDER/),
  ]);
});

/** The principals that pass each rule, by default and by the operator's rules. */
import { describe, expect, test } from "vitest";
import { coversQueue, isAllowed, isOperator, type Principal } from "../../src/auth/policy.ts";
import { MONITOR } from "../../src/auth/principal.ts";
import { isRule, RULES, type Rule } from "../../src/domain/policy.ts";
import { readConfig } from "../../src/config/config.ts";
import { toProjectId } from "../../src/domain/id.ts";
import { OPERATIONS } from "../../src/operations/table.ts";

function principal(parts: Partial<Principal>): Principal {
  return { project: toProjectId("p"), user: null, roles: [], proof: "keystone", queuePrefix: "", ...parts };
}

/** All kinds of principals, in the order of the columns below. */
const PEOPLE = {
  reader: principal({ roles: ["reader"] }),
  nobody: principal({ roles: [] }),
  signed: principal({ roles: [], proof: "signed-url" }),
  member: principal({ roles: ["member", "reader"] }),
  other: principal({ roles: ["billing"] }),
  keyAdmin: principal({ roles: ["reader", "member", "admin"], proof: "key" }),
  admin: principal({ roles: ["admin", "member"] }),
  operator: principal({ roles: ["admin"], proof: "key", project: null }),
  trusted: principal({ roles: ["admin"], proof: "headers" }),
  // Authentication accepts it for the metrics only, whatever else it would pass.
  monitor: MONITOR,
} as const;

const EVERYONE = "reader nobody signed member other keyAdmin admin operator trusted monitor";
const WRITERS = "nobody signed member other keyAdmin admin operator trusted";
const ACCOUNTS = "reader nobody member other keyAdmin admin operator trusted monitor";
const OWNERS = "nobody member other keyAdmin admin operator trusted";
const ADMINS = "keyAdmin admin operator trusted";
const OPERATORS = "admin operator trusted";
const MONITORS = "admin operator trusted monitor";

const WHO: Readonly<Record<string, string>> = {
  "queues:get_all": EVERYONE,
  "queues:create": WRITERS,
  "queues:get": EVERYONE,
  "queues:update": WRITERS,
  "queues:delete": WRITERS,
  "queues:stats": EVERYONE,
  "queues:share": WRITERS,
  "queues:purge": WRITERS,
  "messages:get_all": EVERYONE,
  "messages:create": WRITERS,
  "messages:get": EVERYONE,
  "messages:delete": WRITERS,
  "messages:delete_all": WRITERS,
  "claims:create": WRITERS,
  "claims:get": EVERYONE,
  "claims:update": WRITERS,
  "claims:delete": WRITERS,
  "subscription:get_all": EVERYONE,
  "subscription:create": WRITERS,
  "subscription:get": EVERYONE,
  "subscription:update": WRITERS,
  "subscription:delete": WRITERS,
  "subscription:confirm": WRITERS,
  "deliveries:get_all": ACCOUNTS,
  "subscription:redeliver": OWNERS,
  "subscription:renew_secret": OWNERS,
  "subscription:test": OWNERS,
  "topics:get_all": EVERYONE,
  "topics:create": WRITERS,
  "topics:get": EVERYONE,
  "topics:update": WRITERS,
  "topics:delete": WRITERS,
  "topics:stats": EVERYONE,
  "topics:purge": WRITERS,
  "ping:get": EVERYONE,
  "health:get": ADMINS,
  "pools:get_all": OPERATORS,
  "pools:create": OPERATORS,
  "pools:get": OPERATORS,
  "pools:update": OPERATORS,
  "pools:delete": OPERATORS,
  "flavors:get_all": EVERYONE,
  "flavors:create": OPERATORS,
  "flavors:get": EVERYONE,
  "flavors:update": OPERATORS,
  "flavors:delete": OPERATORS,
  "keys:get_all": ADMINS,
  "keys:create": ADMINS,
  "keys:get": ADMINS,
  "keys:delete": ADMINS,
  "quotas:get": EVERYONE,
  "service:get": EVERYONE,
  "quotas:update": OPERATORS,
  "quotas:delete": OPERATORS,
  "overview:get": ACCOUNTS,
  "series:get": ACCOUNTS,
  "usage:get": ADMINS,
  "projects:get_all": OPERATORS,
  "metrics:get": MONITORS,
};

function passing(rule: Rule, overrides: ReadonlyMap<Rule, readonly string[]> = new Map()): string {
  return Object.entries(PEOPLE)
    .filter(([, person]) => isAllowed(person, rule, overrides))
    .map(([name]) => name)
    .join(" ");
}

describe("by default", () => {
  test.each(Object.entries(WHO))("%s is for %s", (rule, people) => {
    expect(isRule(rule) ? passing(rule) : "no rule").toBe(people);
  });

  test("these are all the rules, and every operation has one of them", () => {
    expect(Object.keys(RULES).toSorted()).toEqual(Object.keys(WHO).toSorted());
    const used = Object.values(OPERATIONS).map(({ policy }) => policy ?? "none");
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(WHO).toSorted());
  });

  test("a caller whose only role is reader may only read", () => {
    const forReaders = Object.keys(WHO).filter((rule) => isRule(rule) && isAllowed(PEOPLE.reader, rule, new Map()));
    for (const rule of forReaders) expect(rule).toMatch(/:(?:get|get_all|stats)$/);
  });

  test("the role reader beside another one restricts nothing", () => {
    expect(isAllowed(principal({ roles: ["reader", "billing"] }), "queues:create", new Map())).toBe(true);
    expect(isAllowed(principal({ roles: ["reader", "reader"] }), "queues:create", new Map())).toBe(false);
  });
});

describe("POLICY_RULES", () => {
  const overriding = (rules: object) =>
    readConfig({ AUTH_STRATEGY: "none", POLICY_RULES: JSON.stringify(rules) }).policyRules;

  test.each([
    [["admin"], ADMINS],
    [["ADMIN"], ADMINS],
    [["billing", "reader"], "reader member other keyAdmin monitor"],
    [["*"], EVERYONE],
    [["billing", "*"], EVERYONE],
    [[], ""],
    [["adm"], ""],
  ])("queues:create for %j is for: %s", (roles, people) => {
    expect(passing("queues:create", overriding({ "queues:create": roles }))).toBe(people);
  });

  test("can permit more than the default, or less", () => {
    expect(passing("health:get", overriding({ "health:get": ["member"] }))).toBe("member keyAdmin admin");
  });

  test("leave the other rules as they are", () => {
    const overrides = overriding({ "queues:create": [], "keys:create": ["*"] });
    for (const [rule, people] of Object.entries(WHO)) {
      if (isRule(rule) && !overrides.has(rule)) expect(passing(rule, overrides), rule).toBe(people);
    }
  });
});

describe("an operator", () => {
  test.each([
    ["admin of Keystone, of some project", PEOPLE.admin, true],
    ["admin of Keystone, of no project", principal({ roles: ["admin"], project: null }), true],
    ["admin by unauthenticated headers", PEOPLE.trusted, true],
    ["who has the operator's key", PEOPLE.operator, true],
    ["admin by a project's key", PEOPLE.keyAdmin, false],
    ["member", PEOPLE.member, false],
    ["who has a signed URL", PEOPLE.signed, false],
    ["of no project and without roles", principal({ project: null }), false],
  ])("is an %s: %#", (_, person, expected) => {
    expect(isOperator(person)).toBe(expected);
  });
});

test.each([
  ["", "orders", true],
  ["orders", "orders", true],
  ["orders", "orders-new", true],
  ["orders", "order", false],
  ["orders", "Orders", false],
  ["orders.", "ordersx", false],
  ["o", "", false],
])("with the prefix %j the queue %j is there: %j", (queuePrefix, queue, expected) => {
  expect(coversQueue(principal({ queuePrefix }), queue)).toBe(expected);
});

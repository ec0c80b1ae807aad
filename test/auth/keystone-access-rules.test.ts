/** Access rules of application credentials, as keystonemiddleware reads them (its `_path_matches`). */
import { describe, expect, test } from "vitest";
import { admitsRequest } from "../../src/auth/keystone-access-rules.ts";

const rule = (path: string, method = "GET", service = "messaging") => ({ service, method, path });
const QUEUES = { method: "GET", path: "/v2/queues" };

describe("a path", () => {
  test.each([
    ["/v2/queues", "/v2/queues", true],
    ["/v2/queues", "/v2/queues/", false],
    ["/v2/queues", "/v2/queues/jobs", false],
    ["/v2/queues", "/x/v2/queues", false],
    ["/v2/queues", "/v2/Queues", false],
    ["/v2/queues/", "/v2/queues/", true],
    ["/v2/queues/*", "/v2/queues/jobs", true],
    ["/v2/queues/*", "/v2/queues/", false],
    ["/v2/queues/*", "/v2/queues/jobs/messages", false],
    ["/v2/queues/*", "/v2/queues/jobs/", false],
    ["/v2/queues/*/messages", "/v2/queues/jobs/messages", true],
    ["/v2/queues/*/messages", "/v2/queues/jobs/claims", false],
    ["/v2/queues/*/messages", "/v2/queues/a/b/messages", false],
    ["/v2/queues/*/messages", "/v2/queues//messages", false],
    ["/v2/queues/{queue}", "/v2/queues/jobs", true],
    ["/v2/queues/{queue}", "/v2/queues/jobs/messages", false],
    ["/v2/queues/{queue}/messages/{id}", "/v2/queues/jobs/messages/1", true],
    ["/v2/queues/{queue}/messages/{id}", "/v2/queues/jobs/messages/", false],
    ["/v2/queues/{}", "/v2/queues/jobs", true],
    ["/v2/queues/jobs-*", "/v2/queues/jobs-a", true],
    ["/v2/queues/jobs-*", "/v2/queues/jobs-", false],
    ["/v2/queues/*-jobs", "/v2/queues/a-b-jobs", true],
    ["/v2/queues/*-jobs", "/v2/queues/a-jobsx", false],
    ["/v2/*/*", "/v2/queues/jobs", true],
    ["/v2/*/*", "/v2/queues", false],
    ["/v2/**", "/v2/queues/jobs/messages/1", true],
    ["/v2/**", "/v2/", true],
    ["/v2/**", "/v2", false],
    ["/v2/**/messages", "/v2/queues/jobs/messages", true],
    ["/v2/**/messages", "/v2/queues/jobs/messages/1", false],
    ["**", "/v2/queues", true],
    ["**", "", true],
    ["/v2/queues/a.b", "/v2/queues/a.b", true],
    ["/v2/queues/a.b", "/v2/queues/axb", false],
    ["/v2/queues/a+", "/v2/queues/aa", false],
    ["/v2/queues/(a|b)", "/v2/queues/a", false],
    ["/v2/queues/[ab]", "/v2/queues/a", false],
    ["/v2/queues/a$", "/v2/queues/a", false],
    ["/v2/queues/{a", "/v2/queues/b", false],
    ["/v2/queues/%6a", "/v2/queues/j", false],
    ["/v2/queues/*", "/v2/queues/jobs%2Fmessages", true],
    ["", "/v2/queues", false],
    ["", "", true],
  ])("%j admits %j: %j", (pattern, path, expected) => {
    expect(admitsRequest([rule(pattern)], { method: "GET", path })).toBe(expected);
  });

  test.each([
    [512, true],
    [513, false],
  ])("of %d characters is looked at: %j", (length, expected) => {
    expect(admitsRequest([rule("**")], { method: "GET", path: "/".padEnd(length, "x") })).toBe(expected);
  });

  test("is matched in little time, whatever the pattern", () => {
    const start = performance.now();
    const path = `/${"a".repeat(511)}`;
    for (const pattern of ["**a".repeat(80), "*a".repeat(100), "**".repeat(100)]) {
      admitsRequest([rule(`/${pattern}b`)], { method: "GET", path });
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("a rule is about", () => {
  test.each([
    ["messaging", true],
    ["message", true],
    ["Messaging", false],
    ["messaging-websocket", false],
    ["compute", false],
    ["", false],
  ])("the service %j: %j", (service, expected) => {
    expect(admitsRequest([rule("/v2/queues", "GET", service)], QUEUES)).toBe(expected);
  });

  test.each([
    ["GET", true],
    ["get", false],
    ["POST", false],
    ["*", false],
  ])("the method %j: %j", (method, expected) => {
    expect(admitsRequest([rule("/v2/queues", method)], QUEUES)).toBe(expected);
  });
});

test("without rules everything is admitted, by an empty list nothing, by several what one of them admits", () => {
  expect(admitsRequest(null, QUEUES)).toBe(true);
  expect(admitsRequest([], QUEUES)).toBe(false);
  expect(admitsRequest([rule("/v2/ping"), rule("/v2/queues", "POST"), rule("/v2/queues")], QUEUES)).toBe(true);
  expect(admitsRequest([rule("/v2/queues", "POST"), rule("/v2/ping", "GET")], QUEUES)).toBe(false);
});

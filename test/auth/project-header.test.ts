/** `AUTH_STRATEGY=none`, which trusts the identity headers, and the policy rules. */
import { expect, test } from "vitest";
import { isAllowed } from "../../src/auth/policy.ts";
import { readProjectHeader } from "../../src/auth/project-header.ts";
import { unwrap } from "../../src/domain/refusal.ts";

test.each([
  [{ "X-Project-ID": "a", "X-Tenant-ID": "b", "X-Tenant": "c" }, "a"],
  [{ "X-Tenant-ID": "b", "X-Tenant": "c" }, "b"],
  [{ "X-Tenant": "c" }, "c"],
  [{ "X-Project-ID": "a/b?c" }, "a/b?c"],
])("%j is project %s", (headers, project) => {
  expect(unwrap(readProjectHeader(new Headers(headers as Record<string, string>))).project).toBe(project);
});

test("a missing project and an empty one have different errors", () => {
  expect(readProjectHeader(new Headers())).toMatchObject({ failure: { kind: "project-missing" } });
  const empty = new Headers({ "X-Project-ID": "", "X-Tenant-ID": "b" });
  expect(readProjectHeader(empty)).toMatchObject({ failure: { kind: "project-empty" } });
});

test.each([
  ["admin", true],
  ["member, ADMIN", true],
  ["administrator", false],
  ["", false],
  [null, false],
])("with the roles %j the health may be read: %s", (roles, allowed) => {
  const headers = new Headers({ "X-Project-ID": "p" });
  if (roles !== null) headers.set("X-Roles", roles);
  const principal = unwrap(readProjectHeader(headers));
  expect(isAllowed(principal, "health:get", new Map())).toBe(allowed);
  expect(isAllowed(principal, "queues:create", new Map())).toBe(true);
});

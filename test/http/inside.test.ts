/** The principal of a request from inside the service with `AUTH_STRATEGY=none`. */
import { expect, test } from "vitest";
import type { Principal } from "../../src/auth/principal.ts";
import { readConfig } from "../../src/config/config.ts";
import { toProjectId } from "../../src/domain/id.ts";
import { checkCaller } from "../../src/http/header-checks.ts";

const CONFIG = readConfig({ AUTH_STRATEGY: "none" });
const HEADERS = new Headers({
  "Client-ID": "3381af92-2b9e-11e3-b191-71861300734c",
  "X-Project-ID": "shop",
  "X-Roles": "admin",
  "X-User-Id": "root",
});
const [SHOP, BANK] = [toProjectId("shop"), toProjectId("bank")];

function whoIs(who: { readonly proven?: Principal; readonly inside?: typeof SHOP }): Principal {
  return checkCaller(HEADERS, CONFIG, { proven: null, inside: null, ...who }).principal;
}

test("with AUTH_STRATEGY=none a request from outside is of the project in its headers", () => {
  expect(whoIs({})).toMatchObject({ project: SHOP, user: "root", roles: ["admin"] });
});

test("a request from inside is of the subscription's project, without roles", () => {
  expect(whoIs({ inside: SHOP })).toMatchObject({ project: SHOP, user: null, roles: [] });
});

test("a request from inside cannot name another project", () => {
  expect(() => whoIs({ inside: BANK })).toThrow(expect.objectContaining({ failure: { kind: "not-authorized" } }));
});

test("a credential counts from inside as from outside", () => {
  const proven: Principal = { project: BANK, user: "bob", roles: ["member"], proof: "keystone", queuePrefix: "" };
  expect(whoIs({ proven, inside: SHOP })).toEqual(proven);
});

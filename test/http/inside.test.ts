/** Who makes a request that comes from inside, where nobody has proven anything. */
import { expect, test } from "vitest";
import type { Principal } from "../../src/auth/principal.ts";
import { readConfig } from "../../src/config/config.ts";
import { toProjectId } from "../../src/domain/id.ts";
import { checkCaller } from "../../src/http/gate.ts";

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

test("from outside the headers are believed", () => {
  expect(whoIs({})).toMatchObject({ project: SHOP, user: "root", roles: ["admin"] });
});

test("from inside it is nobody in particular, of the project of the subscription", () => {
  expect(whoIs({ inside: SHOP })).toMatchObject({ project: SHOP, user: null, roles: [] });
});

test("from inside it is nobody of another project", () => {
  expect(() => whoIs({ inside: BANK })).toThrow(expect.objectContaining({ failure: { kind: "not-authorized" } }));
});

test("from inside what is proven counts, as from outside", () => {
  const proven: Principal = { project: BANK, user: "bob", roles: ["member"], proof: "keystone", queuePrefix: "" };
  expect(whoIs({ proven, inside: SHOP })).toEqual(proven);
});

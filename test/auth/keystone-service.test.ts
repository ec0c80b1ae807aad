/**
 * The service as a client of Keystone: its own token, the headers of its requests, and the scopes and access rules it enforces.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { clientWith, freshProject } from "../support/drivers/authenticated-client.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { APPLICATION_CREDENTIAL, KeystoneStandIn, type IssuedToken } from "../support/fakes/keystone.ts";
import { ACCESS_SETTINGS, startService, type Service } from "../support/drivers/service.ts";
import type { Project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const CHALLENGE = 'Keystone uri="http://keystone.test/identity"';
const NO_USER = { KEYSTONE_USERNAME: "", KEYSTONE_PASSWORD: "", KEYSTONE_PROJECT: "" };
const APPLICATION = {
  ...NO_USER,
  KEYSTONE_APPLICATION_CREDENTIAL_ID: APPLICATION_CREDENTIAL.id,
  KEYSTONE_APPLICATION_CREDENTIAL_SECRET: APPLICATION_CREDENTIAL.secret,
};

let keystone: KeystoneStandIn;

beforeEach(() => {
  keystone = new KeystoneStandIn();
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function start(settings: Readonly<Record<string, string>> = {}): Service {
  return startService({ ...ACCESS_SETTINGS, AUTH_STRATEGY: "keystone", ...settings }, keystone.binding);
}

/** A client with a token of a project. Its role is member by default. */
function user(service: Service, token: IssuedToken = {}): Project {
  return clientWith(service, { "X-Auth-Token": keystone.issue({ project: freshProject(), ...token }) });
}

/** A client whose token belongs to no project. */
function outsider(service: Service, roles: readonly string[]): Project {
  return clientWith(service, { "X-Auth-Token": keystone.issue({ roles }) });
}

describe("the service's own token", () => {
  test("is requested once, and renewed a minute before it expires", async () => {
    const service = start();
    await user(service).queueNames();
    clock.advance({ seconds: 3539 });
    await user(service).queueNames();
    expect(keystone.requests.filter((request) => request === "POST")).toHaveLength(1);
    clock.advance({ seconds: 1 });
    await user(service).queueNames();
    expect(keystone.requests.filter((request) => request === "POST")).toHaveLength(2);
  });

  test("is renewed after a revocation, and no request fails", async () => {
    const service = start();
    await user(service).queueNames();
    keystone.forgetServiceTokens();
    keystone.requests.length = 0;
    await user(service).queueNames();
    expect(keystone.requests.map((request) => request.split(" ")[0])).toEqual(["GET", "POST", "GET"]);
  });

  test.each([
    ["by user and password", {}],
    ["by application credential", APPLICATION],
  ])("is requested %s", async (_, settings) => {
    expect(await user(start(settings)).send("GET", "/v2/queues")).toAnswer(200);
    expect(keystone.requests[0]).toBe("POST");
  });

  test.each([
    ["password", { KEYSTONE_PASSWORD: "wrong" }],
    ["user", { KEYSTONE_USERNAME: "wrong" }],
    ["project", { KEYSTONE_PROJECT: "wrong" }],
    ["domain", { KEYSTONE_USER_DOMAIN: "wrong" }],
    ["application credential", { ...APPLICATION, KEYSTONE_APPLICATION_CREDENTIAL_SECRET: "wrong" }],
  ])("cannot be had with a wrong %s, which clients see as 503", async (_, settings) => {
    const service = start(settings);
    expect(await user(service).send("GET", "/v2/queues")).toRefuse(503, "Service temporarily unavailable");
    const unknown = clientWith(service, { "X-Auth-Token": "gAAAAAunknown" });
    expect(await unknown.send("GET", "/v2/queues")).toRefuse(503, "Service temporarily unavailable");
  });

  test("is not requested again for 30 s after a refusal, because Keystone locks accounts", async () => {
    const service = start({ KEYSTONE_PASSWORD: "wrong" });
    for (let request = 0; request < 3; request++) expect(await user(service).send("GET", "/v2/queues")).toAnswer(503);
    expect(keystone.requests).toEqual(["POST"]);
    clock.advance({ seconds: 30 });
    expect(await user(service).send("GET", "/v2/queues")).toAnswer(503);
    expect(keystone.requests).toEqual(["POST", "POST"]);
  });

  test("is not needed when each token is validated with itself", async () => {
    const service = start(NO_USER);
    const token = keystone.issue({ project: freshProject() });
    expect(await clientWith(service, { "X-Auth-Token": token }).send("GET", "/v2/queues")).toAnswer(200);
    const unknown = clientWith(service, { "X-Auth-Token": "gAAAAAunknown" });
    expect(await unknown.send("GET", "/v2/queues")).toDemand(CHALLENGE);
    expect(keystone.requests).toEqual([`GET ${token}`, "GET gAAAAAunknown"]);
    expect(keystone.seen[0]?.get("X-Auth-Token")).toBe(token);
    keystone.outage = "unreachable";
    expect(await user(service).send("GET", "/v2/queues")).toAnswer(503);
  });
});

describe("a request to Keystone", () => {
  test("goes to one place, with no token in the URL, and follows no redirect", async () => {
    const service = start({ KEYSTONE_URL: "http://keystone.test/identity/v3/" });
    await user(service).queueNames();
    expect(keystone.asked).toEqual(
      ["POST", "GET"].map(() => ({
        url: "http://keystone.test/identity/v3/auth/tokens?nocatalog",
        redirect: "manual",
      })),
    );
  });

  test("carries the two tokens and no other header of the client", async () => {
    const token = keystone.issue({ project: freshProject() });
    const alice = clientWith(start(), { "X-Auth-Token": token, "X-Secret": "hidden", Cookie: "hidden" });
    await alice.queueNames();
    const [issue, question] = keystone.seen;
    expect([...(issue?.keys() ?? [])]).toEqual(["content-type"]);
    expect(Object.fromEntries(question ?? [])).toEqual({
      "openstack-identity-access-rules": "1.0",
      "x-auth-token": expect.stringMatching(/^service-/),
      "x-subject-token": token,
    });
  });
});

describe("an application credential's access rules", () => {
  const rule = (method: string, path: string, service = "messaging") => ({ service, method, path });

  test("decide what its token may do, also when the token is cached", async () => {
    const accessRules = [rule("GET", "/v2/queues"), rule("POST", "/v2/queues/*/messages")];
    const alice = user(start(), { accessRules });
    const body = { messages: [{ body: 1 }] };
    expect(await alice.send("GET", "/v2/queues?limit=1")).toAnswer(200);
    expect(await alice.send("POST", "/v2/queues/jobs/messages", { body })).toAnswer(201);
    for (const [method, path] of [
      ["PUT", "/v2/queues/jobs"],
      ["GET", "/v2/queues/jobs/messages"],
      ["GET", "/v2/queues/"],
      ["GET", "/v2/nothing"],
      ["POST", "/v2/queues/jobs/messages/"],
      ["POST", "/v2/queues/jobs/%6dessages"],
    ] as const) {
      expect(await alice.send(method, path), path).toDemand(CHALLENGE);
    }
    expect(keystone.requests).toHaveLength(2);
  });

  test.each([
    ["no rule", [], 401],
    ["a rule of another service", [rule("GET", "/v2/queues", "compute")], 401],
    ["a rule of another method", [rule("PUT", "/v2/queues")], 401],
    ["a rule for everything", [rule("GET", "/**")], 200],
    ["a rule of the alias", [rule("GET", "/v2/queues", "message")], 200],
  ])("with %s: %#", async (_, accessRules, status) => {
    expect(await user(start(), { accessRules }).send("GET", "/v2/queues")).toAnswer(status);
  });
});

describe("a token of a domain or the system", () => {
  const QUEUES: readonly (readonly [string, string])[] = [
    ["GET", "/v2/queues"],
    ["PUT", "/v2/queues/jobs"],
    ["GET", "/v2/queues/jobs/messages"],
    ["POST", "/v2/queues/jobs/messages"],
    ["POST", "/v2/queues/jobs/claims"],
    ["POST", "/v2/queues/jobs/share"],
    ["GET", "/v2/ping"],
    ["GET", "/v2/"],
  ];

  test.each(QUEUES)("has no queues, whatever its roles and the client's headers: %s %s", async (method, path) => {
    const service = start();
    for (const roles of [["admin"], ["member"], []]) {
      expect(await outsider(service, roles).send(method, path)).toRefuse(403, "Not authorized");
    }
  });

  test("administers the service with role admin", async () => {
    const service = start({ AUTH_STRATEGY: "keystone,keys" });
    const admin = outsider(service, ["admin"]);
    const quotas = `/v2/quotas/${freshProject()}`;
    expect(await admin.send("GET", "/v2/health")).toAnswer(200);
    expect(await admin.send("PUT", quotas, { body: { queues: 1 } })).toAnswer(204);
    expect(await admin.send("GET", quotas)).toAnswer(200);
    expect(await admin.send("POST", "/v2/keys", { body: { project_id: freshProject() } })).toAnswer(201);
  });

  test("may do nothing without role admin", async () => {
    const service = start({ AUTH_STRATEGY: "keystone,keys" });
    const member = outsider(service, ["member"]);
    const quotas = `/v2/quotas/${freshProject()}`;
    expect(await member.send("GET", "/v2/health")).toRefuse(403);
    expect(await member.send("PUT", quotas, { body: { queues: 1 } })).toRefuse(403);
    expect(await member.send("GET", quotas)).toRefuse(403);
    expect(await member.send("GET", "/v2/keys")).toRefuse(403);
    expect(await member.send("POST", "/v2/keys", { body: { project_id: freshProject() } })).toRefuse(403);
  });
});

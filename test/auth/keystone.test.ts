/** Tokens of Keystone, with a fake Keystone. */
import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from "vitest";
import { clientWith, freshProject } from "../support/drivers/authenticated-client.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { KeystoneStandIn, type IssuedToken } from "../support/fakes/keystone.ts";
import { ACCESS_SETTINGS, startService, type Service } from "../support/drivers/service.ts";
import type { Project } from "../support/drivers/zaqar-client.ts";

freezeClock();

const CHALLENGE = 'Keystone uri="http://keystone.test/identity"';

let keystone: KeystoneStandIn;
let service: Service;
let faults: MockInstance<typeof console.error>;

beforeEach(() => {
  keystone = new KeystoneStandIn();
  service = start();
  faults = vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function start(settings: Readonly<Record<string, string>> = {}): Service {
  return startService({ ...ACCESS_SETTINGS, AUTH_STRATEGY: "keystone", ...settings }, keystone.binding);
}

/** A client with the token. */
function holder(token: string, at = service): Project {
  return clientWith(at, { "X-Auth-Token": token });
}

/** A client with a token of a project. Its role is member by default. */
function user(token: IssuedToken = {}): Project {
  return holder(keystone.issue({ project: freshProject(), ...token }));
}

/** The number of token validations by Keystone, and of tokens that the service has got for itself. */
function asked(): { readonly about: number; readonly own: number } {
  const own = keystone.requests.filter((request) => request === "POST").length;
  return { about: keystone.requests.length - own, own };
}

describe("a token", () => {
  test("stands for its project, whatever project the client names", async () => {
    const project = freshProject();
    const alice = user({ project });
    await alice.queue("orders");
    expect(await user({ project }).queueNames()).toEqual(["orders"]);
    expect(await user({ project: alice.id }).queueNames()).toEqual([]);
  });

  test("stands for its roles, whatever roles the client names", async () => {
    const headers = { "X-Roles": "admin", "X-Role": "admin", "X-Is-Admin-Project": "True", "X-User-Id": "root" };
    const reader = user({ roles: ["Reader"] });
    expect(await reader.send("GET", "/v2/queues", { headers })).toAnswer(200);
    expect(await reader.send("PUT", "/v2/queues/orders", { headers })).toRefuse(403, "Not authorized");
    const member = user({ roles: ["member", "reader"] });
    expect(await member.send("PUT", "/v2/queues/orders", { headers })).toAnswer(201);
    expect(await member.send("GET", "/v2/health", { headers })).toRefuse(403, "Not authorized");
    expect(await user({ roles: ["Admin"] }).send("GET", "/v2/health")).toAnswer(200);
  });

  test("makes the project's header unnecessary, but not the client's", async () => {
    expect(await user().send("GET", "/v2/queues", { project: null })).toAnswer(200);
    expect(await user().send("GET", "/v2/queues", { project: "" })).toAnswer(200);
    expect(await user().send("GET", "/v2/queues", { client: null })).toRefuse(400, "Missing header value");
  });

  test("of a trust carries the trust's project", async () => {
    const project = freshProject();
    await user({ project, user: "trustee", trustor: "alice" }).queue("orders");
    expect(await user({ project }).queueNames()).toEqual(["orders"]);
  });
});

describe("a request is refused with", () => {
  test.each([
    ["no token", {}],
    ["an empty one", { "X-Auth-Token": "" }],
    ["one of blanks", { "X-Auth-Token": "  " }],
    [
      "headers that AUTH_STRATEGY=none would trust",
      { "X-Roles": "admin", "X-Identity-Status": "Confirmed", "X-User-Id": "alice" },
    ],
    ["an API key, where none are accepted", { "X-Auth-Token": `sk_0123456789abcdef.p_${"0".repeat(64)}` }],
    ["the operator's key, where none is accepted", { "X-Auth-Token": ACCESS_SETTINGS.ADMIN_API_KEY }],
    ["EXTRA-SPEC", { "EXTRA-SPEC": "messagecode:1" }],
    ["an empty signature", { "URL-Signature": "" }],
    ["a password", { Authorization: "Basic YWxpY2U6c2VjcmV0" }],
  ])("%s, without a call to Keystone", async (_, headers) => {
    const answer = await clientWith(service, headers).send("GET", "/v2/queues");
    expect(answer).toDemand(CHALLENGE);
    expect(keystone.requests).toEqual([]);
  });

  test("a token that Keystone does not know", async () => {
    expect(await holder("gAAAAAunknown").send("GET", "/v2/queues")).toDemand(CHALLENGE);
    expect(asked()).toEqual({ about: 1, own: 1 });
  });

  test("a good token as Bearer, or beside another credential", async () => {
    const token = keystone.issue({ project: freshProject() });
    for (const headers of [
      { Authorization: `Bearer ${token}` },
      { "X-Auth-Token": token, Authorization: `Bearer ${token}` },
      { "X-Auth-Token": token, Authorization: "Basic YWxpY2U6c2VjcmV0" },
      { "X-Auth-Token": token, "URL-Signature": "0".repeat(64) },
    ]) {
      expect(await clientWith(service, headers).send("GET", "/v2/queues")).toDemand(CHALLENGE);
    }
  });
});

describe("without a token", () => {
  const paths = ["/v2/queues", "/v2/nothing", "/nothing", "/v2", "//", "/v2/queues/a%20b", "/v1/queues", "/index.html"];

  test.each(paths)("%s is 401, with or without the other headers", async (path) => {
    expect(await clientWith(service, {}).send("GET", path)).toDemand(CHALLENGE);
    expect(await clientWith(service, {}).send("DELETE", path, { client: null, project: null })).toDemand(CHALLENGE);
    expect(await clientWith(service, {}).send("OPTIONS", path)).toDemand(CHALLENGE);
  });

  test("a 401 is JSON whatever the client accepts", async () => {
    expect(await clientWith(service, { Accept: "text/html" }).send("GET", "/v2/queues")).toDemand(CHALLENGE);
  });

  test.each([{}, { "X-Auth-Token": "gAAAAAunknown" }, { Authorization: "Basic x" }])(
    "/ is open to anybody: %j",
    async (headers) => {
      expect(await clientWith(service, headers).send("GET", "/")).toAnswer(300);
      expect(await clientWith(service, headers).send("GET", "/?x=1")).toAnswer(300);
      expect(keystone.requests).toEqual([]);
    },
  );

  test.each([["/nothing"], ["/v2/nothing"], ["/v2"]])("but with one %s is 404", async (path) => {
    expect(await user().send("GET", path)).toRefuse(404, "404 Not Found");
  });

  test("the 401 names API keys where they are accepted too", async () => {
    const both = start({ AUTH_STRATEGY: "keystone,keys" });
    expect(await clientWith(both, {}).send("GET", "/v2/queues")).toDemand(`${CHALLENGE}, Bearer realm="sukkal"`);
  });
});

describe("Keystone's answer is cached", () => {
  test("for 300 seconds", async () => {
    const alice = user();
    for (const seconds of [0, 1, 298]) {
      clock.advance({ seconds });
      expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
    }
    expect(asked()).toEqual({ about: 1, own: 1 });
    clock.advance({ seconds: 1 });
    expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
    expect(asked()).toEqual({ about: 2, own: 1 });
  });

  test("so that a revoked token is refused after 300 s at most", async () => {
    const token = keystone.issue({ project: freshProject() });
    const alice = holder(token);
    expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
    keystone.revoke(token);
    clock.advance({ seconds: 300 });
    expect(await alice.send("GET", "/v2/queues")).toDemand(CHALLENGE);
  });

  test("no longer than the token is valid", async () => {
    const alice = user({ expiresAt: Date.now() + 100_000 });
    expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
    clock.advance({ seconds: 99 });
    expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
    clock.advance({ seconds: 1 });
    expect(await alice.send("GET", "/v2/queues")).toDemand(CHALLENGE);
  });

  test("no longer than that even if Keystone cannot be reached then", async () => {
    const alice = user({ expiresAt: Date.now() + 100_000 });
    expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
    keystone.outage = "unreachable";
    clock.advance({ seconds: 100 });
    expect((await alice.send("GET", "/v2/queues")).status).not.toBe(200);
  });

  test("for 30 seconds when it is a refusal", async () => {
    const stranger = holder("gAAAAAunknown");
    for (const seconds of [0, 29]) {
      clock.advance({ seconds });
      expect(await stranger.send("GET", "/v2/queues")).toDemand(CHALLENGE);
    }
    expect(asked().about).toBe(1);
    clock.advance({ seconds: 1 });
    expect(await stranger.send("GET", "/v2/queues")).toDemand(CHALLENGE);
    expect(asked().about).toBe(2);
  });

  test("per token", async () => {
    const project = freshProject();
    for (const holderOfOne of [user({ project }), user({ project })]) await holderOfOne.queueNames();
    expect(asked()).toEqual({ about: 2, own: 1 });
  });

  test("per token also where two have the same end, and a third one with it is refused", async () => {
    const end = `_${crypto.randomUUID()}`;
    const userOf = (name: string): Project =>
      holder(keystone.issue({ project: freshProject() }, `gAAAAAB-${name}${end}`));
    const [alice, bob] = [userOf("alice"), userOf("bob")];
    await alice.queue("hers");
    await bob.queue("his");
    for (let round = 0; round < 2; round++) {
      expect(await alice.queueNames()).toEqual(["hers"]);
      expect(await bob.queueNames()).toEqual(["his"]);
      expect(await holder(`gAAAAAB-carol${end}`).send("GET", "/v2/queues")).toDemand(CHALLENGE);
    }
  });
});

describe("concurrent requests", () => {
  /** A token validation that Keystone has not answered yet. */
  async function held(): Promise<() => void> {
    await user().queueNames();
    keystone.requests.length = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    keystone.gate = promise;
    return resolve;
  }

  test("with the same token ask Keystone once", async () => {
    const alice = user();
    const release = await held();
    const answers = [1, 2, 3].map(() => alice.send("GET", "/v2/queues"));
    await vi.waitFor(() => expect(asked().about).toBe(1));
    release();
    for (const answer of await Promise.all(answers)) expect(answer).toAnswer(200);
    expect(asked()).toEqual({ about: 1, own: 0 });
  });

  test("with the same token do not depend on the client that came first", async () => {
    const alice = user();
    const release = await held();
    const leaving = new AbortController();
    const first = alice.send("GET", "/v2/queues", { signal: leaving.signal }).catch(() => null);
    await vi.waitFor(() => expect(asked().about).toBe(1));
    const second = alice.send("GET", "/v2/queues");
    leaving.abort();
    release();
    expect(await second).toAnswer(200);
    await first;
    expect(asked()).toEqual({ about: 1, own: 0 });
  });

  test("with the same token fail together, and the next request asks again", async () => {
    const alice = user();
    const release = await held();
    keystone.outage = "unreachable";
    const answers = [1, 2].map(() => alice.send("GET", "/v2/queues"));
    await vi.waitFor(() => expect(asked().about).toBe(1));
    release();
    for (const answer of await Promise.all(answers)) expect(answer).toAnswer(503);
    keystone.outage = null;
    expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
  });

  test("with different tokens need one token of the service", async () => {
    const users = [1, 2, 3, 4, 5].map(() => user());
    await Promise.all(users.map((someone) => someone.queueNames()));
    expect(asked()).toEqual({ about: 5, own: 1 });
  });
});

/** A valid document. */
const GOOD = '{"token": {"user": {"id": "a"}, "project": {"id": "p"}, "expires_at": "2999-01-01T00:00:00Z"}}';

describe("when Keystone fails", () => {
  test.each([
    ["is unreachable", "unreachable"],
    ["answers 500", 500],
    ["answers 503", 503],
    ["answers 429", 429],
    ["answers 400", 400],
    ["answers 203", { status: 203, text: "" }],
    ["redirects", 302],
    ["answers with a page", 200],
    ["answers with nothing", { status: 200, text: "" }],
    ["answers with another document", { status: 200, text: '{"token": {"user": {"id": "alice"}}}' }],
    ["answers with an unreadable expiry", { status: 200, text: '{"token": {"user": {"id": "a"}, "expires_at": "x"}}' }],
    ["answers without end", { status: 200, text: GOOD.padEnd(1_048_577) }],
    ["refuses the service", 401],
    ["forbids the service to ask", 403],
  ] as const)("because it %s, a new token gets a 503 in the API's format", async (_, outage) => {
    const alice = user();
    const token = keystone.issue({ project: freshProject() });
    expect(await alice.send("GET", "/v2/queues")).toAnswer(200);
    keystone.outage = outage;
    const answer = await holder(token).send("GET", "/v2/queues");
    expect(answer).toRefuse(503, "Service temporarily unavailable");
    expect(answer.text).not.toContain("Keystone");
    expect(await alice.send("GET", "/v2/queues"), "what is remembered still counts").toAnswer(200);
    expect(await clientWith(service, {}).send("GET", "/v2/queues"), "no token is still no token").toDemand(CHALLENGE);
    expect(await clientWith(service, {}).send("GET", "/")).toAnswer(300);
    keystone.outage = null;
    // Only refused credentials of the service are not tried again for a while.
    if (outage === 401) clock.advance({ seconds: 30 });
    expect(await holder(token).send("GET", "/v2/queues"), "it is not remembered").toAnswer(200);
    expect(faults).toHaveBeenCalled();
    expect(JSON.stringify(faults.mock.calls)).not.toContain(token);
  });
});

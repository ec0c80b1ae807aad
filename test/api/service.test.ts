/** `GET /v2/service`: what the service is, what it permits, and who asks. */
import { beforeEach, describe, expect, test } from "vitest";
import compatibility from "../../docs/COMPATIBILITY.md?raw";
import { version } from "../../package.json";
import { VARIABLES } from "../../src/config/settings.ts";
import { EXTENSIONS } from "../../src/operations/service.ts";
import { freezeClock } from "../support/clock.ts";
import { bearer, holder, makeKey, operator, startWithKeys } from "../support/drivers/api-keys.ts";
import { clientWith, freshProject } from "../support/drivers/authenticated-client.ts";
import { ACCESS_SETTINGS, startService } from "../support/drivers/service.ts";
import { connect } from "../support/drivers/web-socket.ts";
import { project, type Project } from "../support/drivers/zaqar-client.ts";
import { KeystoneStandIn } from "../support/fakes/keystone.ts";

freezeClock();

interface Description {
  readonly extensions: readonly string[];
  readonly limits: Readonly<Record<string, number | null>>;
  readonly quotas: Readonly<Record<string, number>> | null;
  readonly caller: Readonly<Record<string, unknown>>;
}

async function describeTo(client: Project): Promise<Description> {
  const answer = await client.send("GET", "/v2/service");
  expect(answer).toAnswer(200);
  return answer.json as Description;
}

const RULES = expect.any(Array) as unknown;
const NOBODY = {
  user: null,
  roles: [],
  rules: RULES,
  queue_prefix: "",
  proof: "headers",
  expires_at: null,
  key: null,
};

test("the description has these members, and is not to be stored", async () => {
  const client = project();
  const answer = await client.send("GET", "/v2/service");
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  expect(answer.json).toEqual({
    version,
    extensions: expect.any(Array) as unknown,
    limits: expect.any(Object) as unknown,
    quotas: {
      queues: -1,
      messages_per_queue: -1,
      bytes_per_queue: 8_000_000_000,
      subscriptions_per_queue: 10_000,
      requests_per_second: -1,
    },
    caller: { project: client.id, ...NOBODY },
    time: new Date().toISOString(),
  });
});

test("frames get the same", async () => {
  const socket = await connect();
  const described = await describeTo(project());
  const { body, headers } = await socket.ask("service_get");
  expect(headers).toEqual({ status: 200 });
  const caller = { ...described.caller, project: socket.headers["X-Project-ID"] };
  // The time of an object never decreases, and other tests have moved the clock.
  expect(body).toEqual({ ...described, caller, time: expect.stringMatching(/^\d{4}-.*Z$/) as string });
});

describe("limits", () => {
  const MINIMA = ["min_message_ttl", "min_claim_ttl", "min_claim_grace"];
  const SETTINGS = {
    MAX_MESSAGE_TTL: "3601",
    MAX_CLAIM_WAIT: "0",
    WEBSOCKET_MAX_FRAME: "1024",
    SIGNED_URL_TTL_MAX: "60",
  };

  test("have the names of their settings, which are numbers", async () => {
    const { limits } = await describeTo(project());
    const numbers = VARIABLES.filter(({ range }) => range !== undefined).map(({ name }) => name.toLowerCase());
    for (const name of Object.keys(limits)) expect([...numbers, ...MINIMA]).toContain(name);
    expect(limits).toMatchObject({
      min_message_ttl: 60,
      min_claim_ttl: 60,
      min_claim_grace: 60,
      max_message_ttl: 1_209_600,
      max_messages_per_claim_or_pop: 20,
      max_claim_wait: 20,
      websocket_max_frame: 1_114_112,
      max_subscriptions_per_page: 20,
    });
    expect(limits).not.toHaveProperty("claim_answer_pause");
  });

  test("are those that the operator has set", async () => {
    const changed = clientWith(startService({ AUTH_STRATEGY: "none", ...SETTINGS }), {});
    expect(await describeTo(changed)).toMatchObject({
      limits: { max_message_ttl: 3601, max_claim_wait: 0, websocket_max_frame: 1024, signed_url_ttl_max: 60 },
    });
    expect((await describeTo(project())).limits["signed_url_ttl_max"]).toBeNull();
  });
});

test("quotas are those of the caller's project", async () => {
  const client = project();
  const body = { queues: 5 };
  const headers = { "X-Roles": "admin" };
  expect(await client.send("PUT", `/v2/quotas/${client.id}`, { body, headers })).toAnswer(204);
  expect((await describeTo(client)).quotas).toMatchObject({ queues: 5, messages_per_queue: -1 });
  expect((await describeTo(project())).quotas).toMatchObject({ queues: -1 });
});

describe("extensions", () => {
  test("are those of docs/COMPATIBILITY.md", () => {
    const [, section = ""] = compatibility.split("\n### The service\n");
    const names = [...(section.split("\n### ")[0] ?? "").matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name = ""]) => name);
    expect(names.toSorted()).toEqual(Object.keys(EXTENSIONS).toSorted());
  });

  test.each<readonly [name: string, settings: Readonly<Record<string, string>>, has: boolean]>([
    ["claim-wait", { MAX_CLAIM_WAIT: "1" }, true],
    ["claim-wait", { MAX_CLAIM_WAIT: "0" }, false],
    ["api-keys", {}, false],
    ["claim-settle", {}, true],
    ["documents", { DOCS: "false" }, false],
    ["documents", {}, true],
  ])("%s with %j: %s", async (name, settings, has) => {
    const client = clientWith(startService({ AUTH_STRATEGY: "none", ...settings }), {});
    expect((await describeTo(client)).extensions.includes(name)).toBe(has);
  });
});

describe("the caller", () => {
  let keystone: KeystoneStandIn;

  beforeEach(() => {
    keystone = new KeystoneStandIn();
  });

  test("of trusted headers is what they say", async () => {
    const client = project();
    const headers = { "X-User-Id": "alice", "X-Roles": "Admin, reader" };
    const answer = await client.send("GET", "/v2/service", { headers });
    expect((answer.json as Description).caller).toEqual({
      ...NOBODY,
      project: client.id,
      user: "alice",
      roles: ["admin", "reader"],
    });
  });

  test("with an API key has its id, project, prefix and end", async () => {
    const service = startWithKeys();
    const expires_at = "2100-01-01T00:00:00Z";
    const key = await makeKey(service, { roles: ["reader"], queue_prefix: "a-", expires_at });
    const described = await describeTo(holder(service, key));
    expect(described.extensions).toContain("api-keys");
    expect(described.caller).toEqual({
      project: key.project_id,
      user: null,
      roles: ["reader"],
      rules: RULES,
      queue_prefix: "a-",
      proof: "key",
      expires_at: "2100-01-01T00:00:00.000Z",
      key: key.id,
    });
    const forever = await makeKey(service);
    expect((await describeTo(holder(service, forever))).caller).toMatchObject({ expires_at: null, key: forever.id });
  });

  test("passes the rules by which the service decides", async () => {
    const service = startWithKeys({ POLICY_RULES: '{"messages:create": ["reader"], "queues:create": []}' });
    const rulesOf = async (role: string): Promise<readonly string[]> => {
      const { caller } = await describeTo(holder(service, await makeKey(service, { roles: [role] })));
      return caller["rules"] as readonly string[];
    };
    const [reader, member, admin] = await Promise.all(["reader", "member", "admin"].map(rulesOf));
    expect(reader).toEqual(expect.arrayContaining(["messages:create", "messages:get", "service:get"]));
    expect(reader).not.toContain("messages:delete");
    expect(member).toContain("messages:delete");
    expect(member).not.toContain("queues:create");
    expect(member).not.toContain("keys:create");
    expect(admin).toContain("keys:create");
    expect(admin).not.toContain("projects:get_all");
  });

  test("with the operator's key has neither project nor quotas", async () => {
    const described = await describeTo(operator(startWithKeys()));
    expect(described.quotas).toBeNull();
    expect(described.caller).toMatchObject({ project: null, user: "admin", roles: ["admin"], proof: "key", key: null });
  });

  test("with a token of Keystone has its user and end", async () => {
    const service = startService({ ...ACCESS_SETTINGS, AUTH_STRATEGY: "keystone" }, keystone.binding);
    const id = freshProject();
    const token = keystone.issue({ project: id, roles: ["member"] });
    const { caller } = await describeTo(clientWith(service, { "X-Auth-Token": token }));
    expect(caller).toMatchObject({ project: id, roles: ["member"], proof: "keystone", key: null });
    expect(caller["user"]).toEqual(expect.any(String));
    expect(Date.parse(String(caller["expires_at"]))).toBeGreaterThan(Date.now());
  });

  test("without a credential is refused", async () => {
    expect(await clientWith(startWithKeys(), {}).send("GET", "/v2/service")).toAnswer(401);
  });

  test("sees no secret of the service", async () => {
    const service = startWithKeys({ MESSAGE_ENCRYPTION_KEY: "a key of thirty-two bytes at least" });
    const key = await makeKey(service, { roles: ["admin"] });
    const { text } = await clientWith(service, bearer(key.key), key.project_id).send("GET", "/v2/service");
    const secrets = [ACCESS_SETTINGS.ADMIN_API_KEY, ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY, key.key, "thirty-two"];
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
});

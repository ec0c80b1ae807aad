/** Pre-signed URLs: the documents of `share`, and what the signatures permit. */
import { describe, expect, test } from "vitest";
import { UrlSigner } from "../../src/auth/signed-url.ts";
import { toProjectId } from "../../src/domain/id.ts";
import { parseInstant } from "../../src/domain/instant.ts";
import type { EpochMs } from "../../src/domain/time.ts";
import { clock, freezeClock } from "../support/clock.ts";
import { ACCESS_SETTINGS, startService, type Service } from "../support/drivers/service.ts";

freezeClock();

const CLIENT = "3381af922b9e11e3b19171861300734c";
const KEY = ACCESS_SETTINGS.SIGNED_URL_SECRET_KEY;

/** A service with a signing key that trusts the identity headers. */
function signing(settings: Readonly<Record<string, string>> = {}): Service {
  return startService({ AUTH_STRATEGY: "none", SIGNED_URL_SECRET_KEY: KEY, ...settings });
}

interface Grant {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  readonly expires: string;
  readonly signature: string;
}

async function send(
  service: Service,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<Response> {
  const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
  const length = text === null ? {} : { "Content-Length": String(text.length) };
  const init = { method, headers: { "Client-ID": CLIENT, ...length, ...headers } };
  return service.fetch(new Request(`http://zaqar.test${path}`, text === null ? init : { ...init, body: text }));
}

async function share(service: Service, project: string, body: unknown = {}): Promise<Grant> {
  const response = await send(service, "POST", "/v2/queues/sq/share", { "X-Project-ID": project }, body);
  expect(response.status).toBe(200);
  return (await response.json()) as Grant;
}

function headersOf(grant: Grant): Record<string, string> {
  return {
    "URL-Signature": grant.signature,
    "URL-Expires": grant.expires,
    "URL-Methods": grant.methods.join(","),
    "URL-Paths": grant.paths.join(","),
    "X-Project-ID": grant.project,
  };
}

async function patchGeneration(service: Service, project: string, op: string, value?: unknown): Promise<void> {
  const headers = {
    "X-Project-ID": project,
    "Content-Type": "application/openstack-messaging-v2.0-json-patch",
  };
  const change = [{ op, path: "/metadata/_signing_generation", value }];
  expect((await send(service, "PATCH", "/v2/queues/sq", headers, change)).status).toBe(200);
}

const LIST = "/v2/queues/sq/messages";

describe("a signature is upstream's, byte for byte", () => {
  const VECTORS = [
    [
      "test",
      ["claims", "messages"],
      "sq",
      ["DELETE", "GET", "POST"],
      "2030-01-01T00:00:00",
      "3c90cab37ba7f9cd57fb52752622351e75b41acfb37f2b729e6d0909f7b83c07",
    ],
    [
      "topsecret",
      ["messages"],
      "q",
      ["POST", "GET"],
      "2030-01-01T00:00:00",
      "452698c6861481f1b48d45e7431a7679e452368ee97319456695272360764383",
    ],
    [
      "topsecret",
      ["subscriptions", "messages"],
      "q",
      ["GET"],
      "2030-01-01T02:00:00+02:00",
      "2634abe9e8b00f7dc401f69e7ec1f1c586c0eedae01ba7ff4723d771e3e05120",
    ],
  ] as const;

  test.each(VECTORS)(
    "key %s, %j of queue %s, %j until %s",
    async (key, resources, queue, methods, expires, expected) => {
      const grant = {
        paths: resources.map((resource) => `/v2/queues/${queue}/${resource}`),
        methods,
        project: toProjectId("p1"),
        expiresAt: parseInstant(expires) as EpochMs,
      };
      expect(await new UrlSigner([key]).sign(grant, null)).toBe(expected);
    },
  );

  test.each(["20300101T000000Z", "2030-01", "2030-1-1", "2030-01-01T01:00:00+01"])(
    "however it spells the instant: %s",
    async (expires) => {
      const canonical = "2030-01-01T00:00:00";
      const service = signing({ SIGNED_URL_SECRET_KEY: "test" });
      const grant = await share(service, "p1", { expires });
      expect(grant).toEqual(await share(service, "p1", { expires: canonical }));
      expect(grant.expires).toBe(canonical);
    },
  );

  test("also over the wire, with paths and methods sorted", async () => {
    const body = { paths: ["messages", "claims"], methods: ["POST", "GET", "DELETE"], expires: "2030-01-01T00:00:00" };
    const grant = await share(signing({ SIGNED_URL_SECRET_KEY: "test" }), "p1", body);
    expect(grant).toEqual({
      paths: ["/v2/queues/sq/claims", LIST],
      methods: ["DELETE", "GET", "POST"],
      project: "p1",
      expires: "2030-01-01T00:00:00",
      signature: "3c90cab37ba7f9cd57fb52752622351e75b41acfb37f2b729e6d0909f7b83c07",
    });
  });
});

describe("share", () => {
  test("with an empty document grants reading messages for a day", async () => {
    const grant = await share(signing(), "p");
    expect(grant).toMatchObject({ paths: [LIST], methods: ["GET"], project: "p" });
    expect(grant.expires).toBe(new Date(Date.now() + 86_400_000).toISOString().slice(0, 19));
  });

  test.each([
    [{ project_id: "p" }, "Invalid API request"],
    [{ paths: ["stats"] }, "Invalid API request"],
    [{ paths: "messages" }, "Invalid API request"],
    [{ paths: [["messages"]] }, "Invalid API request"],
    [{ methods: "GET" }, "Invalid API request"],
    [{ methods: [1] }, "Invalid API request"],
    [{ expires: "2001-01-01T00:00:00" }, "Invalid API request"],
    [{ expires: "2030" }, "Invalid API request"],
    [{ expires: 5 }, "Invalid API request"],
    [{ expires: true }, "Invalid API request"],
    [{ expires: "soon" }, "Invalid API request"],
    [[], "Invalid request body"],
    ["{", "Invalid request body"],
    [undefined, "Invalid request body"],
  ])("%j is 400 %s", async (body, title) => {
    const response = await send(signing(), "POST", "/v2/queues/sq/share", { "X-Project-ID": "p" }, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ title, description: expect.any(String) });
  });

  test("without a key is 400", async () => {
    const service = startService({ AUTH_STRATEGY: "none" });
    const response = await send(service, "POST", "/v2/queues/sq/share", { "X-Project-ID": "p" }, {});
    expect(await response.json()).toMatchObject({ title: "Invalid API request" });
  });

  test("is limited to SIGNED_URL_TTL_MAX, on both sides of it", async () => {
    const service = signing({ SIGNED_URL_TTL_MAX: "60" });
    const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();
    expect((await share(service, "p", { expires: at(60) })).signature).toHaveLength(64);
    const longer = await send(service, "POST", "/v2/queues/sq/share", { "X-Project-ID": "p" }, { expires: at(61) });
    expect(longer.status).toBe(400);
  });
});

describe("a signed URL", () => {
  const ALL = { methods: ["GET", "POST", "DELETE"] };

  test("gives access to what it covers, and no role", async () => {
    const service = signing({ ADMIN_MODE: "true" });
    const signed = headersOf(await share(service, crypto.randomUUID(), ALL));
    const posted = await send(service, "POST", LIST, signed, { messages: [{ body: 1 }] });
    expect(posted.status).toBe(201);
    const { resources } = (await posted.json()) as { resources: readonly string[] };
    expect((await send(service, "GET", resources[0] ?? "", signed)).status).toBe(200);
    expect((await send(service, "GET", "/v2/health", { ...signed, "X-Roles": "admin" })).status).toBe(404);
  });

  const TAMPERED: readonly [string, string, string, Readonly<Record<string, string>>][] = [
    ["another method", "PUT", LIST, {}],
    ["a queue whose name begins alike", "GET", "/v2/queues/sqx/messages", {}],
    ["a path that begins alike", "GET", `${LIST}x`, {}],
    ["another resource", "GET", "/v2/queues/sq/stats", {}],
    ["a way out by dots, encoded", "GET", `${LIST}/%2e%2e/stats`, {}],
    ["a slash, encoded", "GET", "/v2/queues/sq%2Fmessages", {}],
    ["a letter, encoded", "GET", "/v2/queues/sq/%6Dessages", {}],
    ["a doubled slash", "GET", "/v2/queues/sq//messages", {}],
    ["an expression", "GET", "/v2/queues/other/messages", { "URL-Paths": "/v2/queues/.*" }],
    ["another project", "GET", LIST, { "X-Project-ID": "other" }],
    ["no project", "GET", LIST, { "X-Project-ID": "" }],
    ["a later end", "GET", LIST, { "URL-Expires": "2999-01-01T00:00:00" }],
    ["an end that is no time", "GET", LIST, { "URL-Expires": "soon" }],
    ["more methods", "PUT", LIST, { "URL-Methods": "DELETE,GET,POST,PUT" }],
    ["methods with blanks", "GET", LIST, { "URL-Methods": "DELETE, GET, POST" }],
    ["no signature of ours", "GET", LIST, { "URL-Signature": "0".repeat(64) }],
  ];

  test.each(TAMPERED)("gives no access to %s: a bare 404, before Client-ID", async (_, method, path, changes) => {
    const service = signing();
    const signed = headersOf(await share(service, "p", ALL));
    const response = await send(service, method, path, { ...signed, ...changes, "Client-ID": "nonsense" });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ title: "404 Not Found", code: "route-unknown" });
  });

  test("is compared in full, and in lower case", async () => {
    const service = signing();
    const grant = await share(service, "p", ALL);
    for (const signature of [grant.signature.toUpperCase(), grant.signature.slice(0, 63), `${grant.signature}0`]) {
      expect((await send(service, "GET", LIST, { ...headersOf(grant), "URL-Signature": signature })).status).toBe(404);
    }
  });

  test("may come in headers of any case, and covers its path with an empty id", async () => {
    const service = signing();
    const signed = headersOf(await share(service, "p", ALL));
    const shouted = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toUpperCase(), value]));
    expect((await send(service, "GET", LIST, shouted)).status).toBe(200);
    expect((await send(service, "DELETE", `${LIST}/`, signed)).status).toBe(204);
  });

  test("with an empty signature is no credential: the other checks still apply", async () => {
    const keyed = { AUTH_STRATEGY: "keys", SIGNED_URL_SECRET_KEY: KEY };
    const signed = headersOf(await share(signing(), "p", ALL));
    const response = await send(startService(keyed), "GET", LIST, { ...signed, "URL-Signature": "" });
    expect(response.status).toBe(401);
    expect((await send(startService(keyed), "GET", LIST, signed)).status).toBe(200);
  });

  test("still needs a Client-ID", async () => {
    const service = signing();
    const signed = headersOf(await share(service, "p", ALL));
    expect((await send(service, "GET", LIST, { ...signed, "Client-ID": "nonsense" })).status).toBe(400);
  });

  test("is valid with its fields in any order and its expiry in any spelling, until that second", async () => {
    const service = signing();
    const expires = new Date(Date.now() + 60_000).toISOString().slice(0, 19);
    const grant = await share(service, "p", { ...ALL, expires });
    const respelt = { ...headersOf(grant), "URL-Methods": "POST,GET,DELETE", "URL-Expires": `${expires}.5Z` };
    expect((await send(service, "GET", LIST, respelt)).status).toBe(200);
    clock.advance({ ms: 59_999 });
    expect((await send(service, "GET", LIST, headersOf(grant))).status).toBe(200);
    clock.advance({ ms: 1 });
    expect((await send(service, "GET", LIST, headersOf(grant))).status).toBe(404);
  });

  test("signed with the previous key stays valid until that is unset", async () => {
    const grant = await share(signing(), "p", ALL);
    const rotated = { SIGNED_URL_SECRET_KEY: "the next key", SIGNED_URL_PREVIOUS_SECRET_KEY: KEY };
    expect((await send(signing(rotated), "GET", LIST, headersOf(grant))).status).toBe(200);
    const without = signing({ SIGNED_URL_SECRET_KEY: "the next key" });
    expect((await send(without, "GET", LIST, headersOf(grant))).status).toBe(404);
  });
});

describe("a signing generation", () => {
  test("revokes earlier URLs within 60 s, whether it is set, changed or removed; a new URL works at once", async () => {
    const service = signing();
    const project = crypto.randomUUID();
    await send(service, "PUT", "/v2/queues/sq", { "X-Project-ID": project });
    for (const [op, value] of [["add", 1], ["replace", 2], ["remove"]] as const) {
      const earlier = headersOf(await share(service, project));
      expect((await send(service, "GET", LIST, earlier)).status).toBe(200);
      await patchGeneration(service, project, op, value);
      const fresh = headersOf(await share(service, project));
      expect((await send(service, "GET", LIST, fresh)).status).toBe(200);
      clock.advance({ seconds: 60 });
      expect((await send(service, "GET", LIST, earlier)).status).toBe(404);
      expect((await send(service, "GET", LIST, fresh)).status).toBe(200);
    }
  });

  test("outlives its queue: revoked URLs stay revoked", async () => {
    const service = signing();
    const project = crypto.randomUUID();
    const earlier = headersOf(await share(service, project));
    const created = await send(
      service,
      "PUT",
      "/v2/queues/sq",
      { "X-Project-ID": project },
      { _signing_generation: "a" },
    );
    expect(created.status).toBe(201);
    await send(service, "DELETE", "/v2/queues/sq", { "X-Project-ID": project });
    await send(service, "PUT", "/v2/queues/sq", { "X-Project-ID": project });
    clock.advance({ seconds: 60 });
    expect((await send(service, "GET", LIST, earlier)).status).toBe(404);
    expect((await send(service, "GET", LIST, headersOf(await share(service, project)))).status).toBe(200);
  });
});

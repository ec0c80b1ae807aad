/** Cross-origin requests: none unless origins are configured, then exactly upstream's headers (extended contract 4.6). */
import { describe, expect, test } from "vitest";
import { ask, type Reply } from "../support/owner.ts";
import { ACCESS_SETTINGS, startService, type Service } from "../support/service.ts";

const ORIGIN = "https://horizon.example";

function open(origins: string, settings: Readonly<Record<string, string>> = { AUTH_STRATEGY: "none" }): Service {
  return startService({ ...settings, CORS_ALLOWED_ORIGINS: origins });
}

function preflight(service: Service, method: string, names?: string, origin = ORIGIN): Promise<Reply> {
  const headers = { Origin: origin, "Access-Control-Request-Method": method };
  const asked = names === undefined ? headers : { ...headers, "Access-Control-Request-Headers": names };
  return ask(service, "OPTIONS", "/v2/queues/jobs/messages", { headers: asked });
}

function corsHeadersOf({ headers }: Reply): Readonly<Record<string, string>> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
}

describe("a preflight", () => {
  test.each([
    ["POST", "X-Auth-Token, client-ID,Content-Type", "X-Auth-Token,client-ID,Content-Type"],
    ["DELETE", "x-openstack-request-id", "x-openstack-request-id"],
    ["GET", undefined, undefined],
  ])("for %s with %s is granted, without a credential", async (method, names, granted) => {
    const service = open(ORIGIN, { ...ACCESS_SETTINGS, AUTH_STRATEGY: "keys" });
    const reply = await preflight(service, method, names);
    expect(reply.status).toBe(200);
    expect(reply.text).toBe("");
    expect(corsHeadersOf(reply)).toEqual({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-credentials": "true",
      "access-control-max-age": "3600",
      "access-control-allow-methods": method,
      ...(granted === undefined ? {} : { "access-control-allow-headers": granted }),
    });
    expect(reply.headers.get("Vary")).toBe("Origin");
    expect(reply.headers.get("X-OpenStack-Request-Id")).toMatch(/^req-/);
  });

  test.each([
    ["a method that is none of the API's", "TRACE", undefined, ORIGIN],
    ["a method in another case", "get", undefined, ORIGIN],
    ["X-Project-ID", "GET", "X-Project-ID", ORIGIN],
    ["a signature's headers", "GET", "Client-ID, URL-Signature", ORIGIN],
    ["Authorization", "GET", "Authorization", ORIGIN],
    ["another origin", "GET", undefined, "https://horizon.example.evil"],
    ["the origin's other scheme", "GET", undefined, "http://horizon.example"],
    ["no origin of a page", "GET", undefined, "null"],
  ])("for %s is 200 and grants nothing", async (_, method, names, origin) => {
    const reply = await preflight(open(ORIGIN), method, names, origin);
    expect(reply.status).toBe(200);
    expect(corsHeadersOf(reply)).toEqual({});
  });
});

describe("a request", () => {
  const identity = { "X-Project-ID": crypto.randomUUID() };
  const granted = {
    "access-control-allow-origin": ORIGIN,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "X-Auth-Token,X-Subject-Token,X-Service-Token,X-OpenStack-Request-ID",
  };

  test.each([
    ["/v2/queues", 200],
    ["/v2/queues?limit=0", 400],
    ["/v2/nothing", 404],
  ])("to %s from a listed origin, answered with %i, may be read by its page", async (path, status) => {
    const service = open(`https://a.example, ${ORIGIN}`);
    const reply = await ask(service, "GET", path, { headers: { ...identity, Origin: ORIGIN } });
    expect(reply.status).toBe(status);
    expect(corsHeadersOf(reply)).toEqual(granted);
    expect(reply.headers.get("Vary")).toContain("Origin");
  });

  test("that is refused for want of a credential says so to the page", async () => {
    const service = open(ORIGIN, { ...ACCESS_SETTINGS, AUTH_STRATEGY: "keys" });
    const reply = await ask(service, "GET", "/v2/queues", { headers: { Origin: ORIGIN } });
    expect(reply.status).toBe(401);
    expect(corsHeadersOf(reply)).toEqual(granted);
  });

  test("from elsewhere, or from no page, is answered without a word of it", async () => {
    for (const headers of [{ ...identity, Origin: "https://evil.example" }, identity]) {
      const reply = await ask(open(ORIGIN), "GET", "/v2/queues", { headers });
      expect(reply.status).toBe(200);
      expect(corsHeadersOf(reply)).toEqual({});
    }
  });

  test("from anywhere is granted where `*` is listed", async () => {
    const reply = await ask(open("*"), "GET", "/v2/queues", {
      headers: { ...identity, Origin: "https://any.example" },
    });
    expect(corsHeadersOf(reply)["access-control-allow-origin"]).toBe("*");
  });
});

test("without origins there is none of it", async () => {
  const service = startService({ AUTH_STRATEGY: "none" });
  const reply = await preflight(service, "GET");
  expect(corsHeadersOf(reply)).toEqual({});
  expect(reply.headers.get("Allow")).toBe("DELETE, GET, POST, OPTIONS");
});

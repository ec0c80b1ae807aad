/** Cross-origin requests: refused unless origins are configured, and then with upstream's headers and ours. */
import { describe, expect, test } from "vitest";
import { ask, type Reply } from "../support/drivers/project-owner.ts";
import { ACCESS_SETTINGS, startService, type Service } from "../support/drivers/service.ts";

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
    ["GET", "Authorization", "Authorization"],
    ["POST", "x-project-id, prefer, idempotency-key", "x-project-id,prefer,idempotency-key"],
    ["GET", "URL-Signature, URL-Expires, URL-Methods, URL-Paths", "URL-Signature,URL-Expires,URL-Methods,URL-Paths"],
    ["GET", "traceparent,tracestate", "traceparent,tracestate"],
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
    ["a header that nothing reads", "GET", "Client-ID, X-Other", ORIGIN],
    ["what only a queue may say of itself", "GET", "webhook-hops", ORIGIN],
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
    "access-control-expose-headers":
      "X-Auth-Token,X-Subject-Token,X-Service-Token,X-OpenStack-Request-ID," +
      "Accept-Encoding,Allow,Content-Location,Location,Preference-Applied,Retry-After,Sukkal-Notice,WWW-Authenticate",
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

  test("that is refused without a credential can be read by the page", async () => {
    const service = open(ORIGIN, { ...ACCESS_SETTINGS, AUTH_STRATEGY: "keys" });
    const reply = await ask(service, "GET", "/v2/queues", { headers: { Origin: ORIGIN } });
    expect(reply.status).toBe(401);
    expect(corsHeadersOf(reply)).toEqual(granted);
  });

  test("from another origin, or without one, is answered without CORS headers", async () => {
    for (const headers of [{ ...identity, Origin: "https://evil.example" }, identity]) {
      const reply = await ask(open(ORIGIN), "GET", "/v2/queues", { headers });
      expect(reply.status).toBe(200);
      expect(corsHeadersOf(reply)).toEqual({});
      // Otherwise a cache could use this answer for a page that is allowed to read it.
      expect(reply.headers.get("Vary")).toBe("Origin");
    }
  });

  test("that is refused without an Origin keeps the other names in Vary", async () => {
    const reply = await ask(open(ORIGIN), "GET", "/v2/nothing");
    expect(reply.headers.get("Vary")).toBe("Accept, Origin");
  });

  test("from anywhere is granted where `*` is listed", async () => {
    const reply = await ask(open("*"), "GET", "/v2/queues", {
      headers: { ...identity, Origin: "https://any.example" },
    });
    expect(corsHeadersOf(reply)["access-control-allow-origin"]).toBe("*");
  });
});

describe("headers that an operator adds", () => {
  const service = open(ORIGIN, {
    AUTH_STRATEGY: "none",
    CORS_ALLOW_HEADERS: "X-Other, baggage",
    CORS_EXPOSE_HEADERS: "X-Cache,X-Served-By",
  });

  test("may be sent, besides those that always may", async () => {
    const reply = await preflight(service, "GET", "x-other,Baggage,Client-ID");
    expect(reply.headers.get("Access-Control-Allow-Headers")).toBe("x-other,Baggage,Client-ID");
    expect(corsHeadersOf(await preflight(service, "GET", "x-others"))).toEqual({});
  });

  test("may be read, besides those that always may", async () => {
    const reply = await ask(service, "GET", "/v2/queues", { headers: { Origin: ORIGIN, "X-Project-ID": "p" } });
    expect(reply.headers.get("Access-Control-Expose-Headers")).toMatch(
      /^X-Auth-Token,.*,WWW-Authenticate,X-Cache,X-Served-By$/,
    );
  });

  test.each(["X Other", "X-Other;", "X-Other,,baggage", "*\n"])("is refused as %j", (names) => {
    for (const name of ["CORS_ALLOW_HEADERS", "CORS_EXPOSE_HEADERS"]) {
      expect(() => open(ORIGIN, { AUTH_STRATEGY: "none", [name]: names })).toThrow(name);
    }
  });
});

/** Headers that a page can read anyway (Fetch standard), or that only caches and browsers use. */
const READABLE = ["Cache-Control", "Content-Security-Policy", "Content-Type", "Referrer-Policy", "Vary", "Upgrade"];
const SOURCES = Object.values(
  import.meta.glob(
    [
      "../../src/http/**/*.ts",
      "../../src/wire/failures.ts",
      "../../src/auth/{credential,project-header,signed-url}.ts",
      "!../../src/http/middleware/cors.ts",
      // Pages of this origin.
      "!../../src/http/{etag,site}.ts",
    ],
    { query: "?raw", import: "default", eager: true },
  ),
).join("\n");

function namesIn(...patterns: readonly RegExp[]): readonly string[] {
  const names = patterns.flatMap((pattern) => [...SOURCES.matchAll(pattern)].map(([, name = ""]) => name));
  return [...new Set(names)];
}

describe("of the headers in our own sources", () => {
  const service = open(ORIGIN);

  test("a page may send all that a route reads", async () => {
    const read = namesIn(/headers\.get\("([\w-]+)"\)/g, /"(URL-\w+|X-(?:Project|Tenant)[\w-]*)"/g);
    // No page can set these headers.
    const names = read.filter((name) => !["Content-Length", "Expect"].includes(name));
    expect(names).toContain("Idempotency-Key");
    const reply = await preflight(service, "POST", names.join(","));
    expect(reply.headers.get("Access-Control-Allow-Headers")).toBe(names.join(","));
  });

  test("a page may read all that an answer carries", async () => {
    const set = namesIn(/"([A-Z]\w+(?:-\w+)+)": /g, /\{ ([A-Z][a-z]+): /g, /headers\.set\("([\w-]+)"/g);
    const reply = await ask(service, "GET", "/v2/queues", { headers: { Origin: ORIGIN, "X-Project-ID": "p" } });
    const exposed = (reply.headers.get("Access-Control-Expose-Headers") ?? "").toLowerCase().split(",");
    expect(set).toContain("Retry-After");
    expect(set.filter((name) => !exposed.includes(name.toLowerCase()) && !READABLE.includes(name))).toEqual([]);
  });
});

test("without origins no answer has CORS headers", async () => {
  const service = startService({ AUTH_STRATEGY: "none" });
  expect((await ask(service, "GET", "/v2/queues", { headers: { "X-Project-ID": "p" } })).headers.has("Vary")).toBe(
    false,
  );
  const reply = await preflight(service, "GET");
  expect(corsHeadersOf(reply)).toEqual({});
  expect(reply.headers.get("Allow")).toBe("DELETE, GET, POST, OPTIONS");
});

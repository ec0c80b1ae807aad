/** `/docs/`, `/openapi.json` and `/console/`: what is served, how, and that nothing else of the folder is. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config/config.ts";
import type { ObjectBindings } from "../../src/objects/rpc/stubs.ts";
import { defectOf } from "../support/openapi-answers.ts";
import { send } from "../support/drivers/request.ts";
import packageJson from "../../package.json" with { type: "json" };

const bindings = env as unknown as ObjectBindings;

function ask(
  method: string,
  path: string,
  settings: Readonly<Record<string, string>> = {},
  more: Partial<ObjectBindings> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const app = createApp(readConfig({ AUTH_STRATEGY: "none", ...settings }));
  const request = new Request(`http://zaqar.test${path}`, { method, headers: { Accept: "text/html", ...headers } });
  return Promise.resolve(app.fetch(request, { ...bindings, ...more }, createExecutionContext()));
}

const FILES: readonly (readonly [path: string, type: string])[] = [
  ["/openapi.json", "application/json"],
  ["/docs/", "text/html; charset=utf-8"],
  ["/docs/index.html", "text/html; charset=utf-8"],
  ["/docs/api.html", "text/html; charset=utf-8"],
  ["/docs/observe.html", "text/html; charset=utf-8"],
  ["/docs/openapi.json", "application/json"],
  ["/console/", "text/html; charset=utf-8"],
  ["/console/index.html", "text/html; charset=utf-8"],
];

/** The addresses in the page that have names with digests. */
async function filesOf(page: string): Promise<readonly string[]> {
  const text = await (await ask("GET", page)).text();
  return [...text.matchAll(/(?:src|href|data-index)="(?:\.\/)?([\w-]+-[\w-]{8}\.(?!html)\w+)"/g)].map(
    ([, name = ""]) => `${page.replace(/[^/]*$/, "")}${name}`,
  );
}

/** The answer, which has to be as the OpenAPI document says. */
async function received(method: string, path: string, response: Promise<Response>) {
  const { status, headers, ...rest } = await response.then(async (answer) => {
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  });
  expect(defectOf(method, path, { status, headers, ...rest })).toBeNull();
  return { status, headers, ...rest };
}

describe("without any credential", () => {
  test.each(FILES)("%s is served as %s, and loads nothing from elsewhere", async (path, type) => {
    for (const settings of [{}, { AUTH_STRATEGY: "keys" }]) {
      const { status, headers, text } = await received("GET", path, ask("GET", path, settings));
      expect([status, headers.get("Content-Type")]).toEqual([200, type]);
      expect(headers.get("Content-Security-Policy")).toMatch(/^default-src 'self'; .*frame-ancestors 'none'$/);
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
      expect(headers.get("Cache-Control")).toBe("no-cache");
      expect(text).not.toBe("");
      const head = await received("HEAD", path, ask("HEAD", path, settings));
      expect([head.status, head.headers.get("Content-Type"), head.text]).toEqual([200, type, ""]);
    }
  });

  test("the document is one of OpenAPI, of this version of the service", async () => {
    const document = await (await ask("GET", "/openapi.json")).json();
    expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Sukkal", version: packageJson.version } });
  });

  test.each(["docs", "console"])("/%s leads to the page, also behind a proxy with a prefix", async (page) => {
    const { status, headers } = await received("GET", `/${page}`, ask("GET", `/${page}`));
    expect([status, headers.get("Location")]).toEqual([302, `${page}/`]);
  });

  test.each([
    ["/docs/observe", "observe.html"],
    ["/docs/guides-delays", "guides-delays.html"],
    [`/docs/${"a".repeat(80)}`, `${"a".repeat(80)}.html`],
  ])("%s leads to the document, whose name people write without its end", async (path, file) => {
    for (const method of ["GET", "HEAD"]) {
      const { status, headers, text } = await received(method, path, ask(method, path, { AUTH_STRATEGY: "keys" }));
      expect([status, headers.get("Location"), text]).toEqual([302, file, ""]);
    }
  });

  const LOADED = ["image/svg+xml", "text/css; charset=utf-8", "text/javascript; charset=utf-8"];
  test.each([
    ["/console/", LOADED],
    ["/docs/", ["application/json", ...LOADED]],
    ["/docs/api.html", ["application/json", ...LOADED]],
  ])("%s is a page that is asked for each time, and files that never change", async (path, types) => {
    const page = await received("GET", path, ask("GET", path));
    expect(page.headers.get("Cache-Control")).toBe("no-cache");
    const found: string[] = [];
    for (const file of await filesOf(path)) {
      const { status, headers } = await received("GET", file, ask("GET", file, { AUTH_STRATEGY: "keys" }));
      expect([status, headers.get("Cache-Control")]).toEqual([200, "public, max-age=31536000, immutable"]);
      found.push(headers.get("Content-Type") ?? "");
    }
    expect([...new Set(found)].toSorted()).toEqual(types);
  });

  test.each(["/console/", "/docs/", "/docs/observe.html"])(
    "the policy of %s allows neither inline code nor data",
    async (path) => {
      const { headers } = await ask("GET", path);
      expect(headers.get("Content-Security-Policy")).toBe(
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
    },
  );
});

/** The runtime's folder, which tells no digest of a file. */
function folderOf(text: string): Fetcher {
  return { fetch: () => Promise.resolve(new Response(text)) } as unknown as Fetcher;
}

describe("a client that has a file", () => {
  const CHANGING = ["/openapi.json", "/docs/", "/docs/observe.html", "/docs/openapi.json", "/console/"];
  const SERVERS = [
    ["assets", {}],
    ["a folder", { SITE: folderOf('{"a": 1}') }],
  ] as const;
  const CASES = CHANGING.flatMap((path) => SERVERS.map(([what, server]) => [path, what, server] as const));

  test.each(CASES)("is told that %s is as it was, by %s", async (path, _, server) => {
    const asked = (method: string, held: string) => ask(method, path, {}, server, { "If-None-Match": held });
    const whole = await received("GET", path, ask("GET", path, {}, server));
    const tag = whole.headers.get("ETag") ?? "";
    expect(tag).toMatch(/^"[\w-]{20,}"$/);
    for (const method of ["GET", "HEAD"]) {
      for (const held of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
        const { status, headers, text } = await received(method, path, asked(method, held));
        expect([status, headers.get("ETag"), headers.get("Content-Length"), text]).toEqual([304, tag, null, ""]);
        expect(headers.get("Cache-Control")).toBe(whole.headers.get("Cache-Control"));
      }
      for (const held of ['"other"', tag.slice(1, -1), ""])
        expect((await received(method, path, asked(method, held))).status).toBe(200);
    }
    expect((await asked("GET", '"other"')).headers.get("ETag")).toBe(tag);
  });

  test("gets it when it has changed", async () => {
    const { headers } = await ask("GET", "/docs/", {}, { SITE: folderOf('{"a": 1}') });
    const held = { "If-None-Match": headers.get("ETag") ?? "" };
    const changed = await ask("GET", "/docs/", {}, { SITE: folderOf('{"a": 2}') }, held);
    expect([changed.status, await changed.text()]).toEqual([200, '{"a": 2}']);
  });
});

describe("everything else", () => {
  const OTHERS = [
    "/docs/OBSERVE.md",
    "/docs/package.json",
    "/docs/page.js",
    "/docs/swagger-ui-bundle.js.LICENSE.txt",
    "/docs/observe/",
    "/docs/observe.htm",
    "/docs/%2e%2e%2fopenapi.json",
    "/docs/a/page.js",
    `/docs/${"a".repeat(81)}.html`,
    `/docs/${"a".repeat(81)}`,
    "/console/index",
    "/console/page.js",
    "/console/%2e%2e%2fdocs%2fpage.js",
    "/console/a/index-abcdefgh.js",
    "/console/index-abcdefgh.js.map",
    "/console/index-abcdefg.js",
    `/console/${"a".repeat(41)}-abcdefgh.js`,
  ];
  test.each([...OTHERS, "/docs/index.html%00", "/docs/%6fbserve.md"])("%s is not served", async (path) => {
    expect((await received("GET", path, ask("GET", path))).status).toBe(404);
    expect((await ask("GET", path, { AUTH_STRATEGY: "keys" })).status).toBe(401);
  });

  test("a file of another build is not there, which is no fault", async () => {
    const others = ["/console/index-abcdefgh.js", "/docs/site-abcdefgh.css", "/docs/gone.html"];
    for (const [method, text] of [
      ["GET", /<h1>There is no such page<\/h1>/],
      ["HEAD", /^$/],
    ] as const) {
      const gone = await received(method, "/docs/gone.html", ask(method, "/docs/gone.html"));
      expect([gone.status, gone.headers.get("Content-Type")]).toEqual([404, "text/html; charset=utf-8"]);
      expect(gone.text).toMatch(text);
    }
    const program = await received("GET", "/docs/gone.html", ask("GET", "/docs/gone.html", {}, {}, { Accept: "*/*" }));
    expect([program.status, program.headers.get("Content-Type")]).toEqual([404, "application/json"]);
    for (const path of [...others, `/console/${"a".repeat(40)}-abcdefgh.js`])
      expect((await received("GET", path, ask("GET", path, { AUTH_STRATEGY: "keys" }))).status).toBe(404);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s is no method of it", async (method) => {
    for (const path of [
      "/openapi.json",
      "/docs",
      "/docs/",
      "/docs/index.html",
      "/console",
      "/console/",
      "/console/a.js",
    ]) {
      const response = await ask(method, path);
      expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    }
  });
});

test.each([
  ["DOCS", (path: string) => !path.startsWith("/console")],
  ["CONSOLE", (path: string) => path.startsWith("/console")],
] as const)("%s=false removes its paths, which are as unknown as others, and no others", async (name, isRemoved) => {
  for (const path of [...FILES.map(([file]) => file), "/docs", "/console"]) {
    const served = path === "/docs" || path === "/console" ? 302 : 200;
    const off = { [name]: "false" };
    expect((await ask("GET", path, off)).status, path).toBe(isRemoved(path) ? 404 : served);
    expect((await ask("GET", path, { ...off, AUTH_STRATEGY: "keys" })).status, path).toBe(
      isRemoved(path) ? 401 : served,
    );
  }
});

test("a deployment without the files answers 404, and one whose files are missing 503", async () => {
  const { SITE: _, ...without } = bindings;
  const app = createApp(readConfig({ AUTH_STRATEGY: "none" }));
  const SITE = { fetch: () => Promise.resolve(new Response(null, { status: 404 })) } as unknown as Fetcher;
  for (const path of ["/openapi.json", "/docs/", "/console/"]) {
    const request = new Request(`http://zaqar.test${path}`);
    expect((await app.fetch(request, without, createExecutionContext())).status).toBe(404);
    expect((await ask("GET", path, {}, { SITE })).status).toBe(503);
  }
});

test("the Worker serves it", async () => {
  expect((await send("GET", "/openapi.json")).status).toBe(200);
});

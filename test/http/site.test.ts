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
): Promise<Response> {
  const app = createApp(readConfig({ AUTH_STRATEGY: "none", ...settings }));
  const request = new Request(`http://zaqar.test${path}`, { method, headers: { Accept: "text/html" } });
  return Promise.resolve(app.fetch(request, { ...bindings, ...more }, createExecutionContext()));
}

const FILES: readonly (readonly [path: string, type: string])[] = [
  ["/openapi.json", "application/json"],
  ["/docs/", "text/html; charset=utf-8"],
  ["/docs/index.html", "text/html; charset=utf-8"],
  ["/docs/api.html", "text/html; charset=utf-8"],
  ["/docs/observe.html", "text/html; charset=utf-8"],
  ["/docs/openapi.json", "application/json"],
  ["/docs/page.js", "text/javascript; charset=utf-8"],
  ["/docs/page.css", "text/css; charset=utf-8"],
  ["/docs/swagger-ui.css", "text/css; charset=utf-8"],
  ["/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
  ["/console/", "text/html; charset=utf-8"],
  ["/console/index.html", "text/html; charset=utf-8"],
];

/** The addresses in the page that have names with digests. */
async function filesOf(page: string): Promise<readonly string[]> {
  const text = await (await ask("GET", page)).text();
  return [...text.matchAll(/(?:src|href|data-index)="(?:\.\/)?([\w-]+-[\w-]{8}\.(?!html)\w+)"/g)].map(
    ([, name = ""]) => `${page}${name}`,
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

  const LOADED = ["image/svg+xml", "text/css; charset=utf-8", "text/javascript; charset=utf-8"];
  test.each([
    ["/console/", LOADED],
    ["/docs/", ["application/json", ...LOADED]],
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

describe("everything else", () => {
  const OTHERS = [
    "/docs/OBSERVE.md",
    "/docs/package.json",
    "/docs/page.js.map",
    "/docs/.",
    "/docs/%2e%2e%2fopenapi.json",
    "/docs/a/page.js",
    `/docs/${"a".repeat(81)}.html`,
    "/console/page.js",
    "/console/%2e%2e%2fdocs%2fpage.js",
    "/console/a/index-abcdefgh.js",
    "/console/index-abcdefgh.js.map",
    "/console/index-abcdefg.js",
    `/console/${"a".repeat(41)}-abcdefgh.js`,
  ];
  test.each([...OTHERS, "/docs/toString", "/docs/page.js%00"])("%s is not served", async (path) => {
    const target = path === "/docs/." ? "/docs/x" : path;
    expect((await received("GET", target, ask("GET", target))).status).toBe(404);
    expect((await ask("GET", target, { AUTH_STRATEGY: "keys" })).status).toBe(401);
  });

  test("a file of another build is not there, which is no fault", async () => {
    const others = ["/console/index-abcdefgh.js", "/docs/site-abcdefgh.css", "/docs/gone.html"];
    for (const path of [...others, `/console/${"a".repeat(40)}-abcdefgh.js`])
      expect((await received("GET", path, ask("GET", path, { AUTH_STRATEGY: "keys" }))).status).toBe(404);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s is no method of it", async (method) => {
    for (const path of [
      "/openapi.json",
      "/docs",
      "/docs/",
      "/docs/page.js",
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

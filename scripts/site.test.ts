/** `/docs/`, `/openapi.json` and `/console/` as `npm start` and as wrangler serve them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Start } from "./started.ts";
import { ROOT, WRANGLER } from "./wrangler.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-site-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const DOCUMENT = readFileSync(join(ROOT, "docs/openapi.json"), "utf8");

/** What every server of the site answers. */
async function checkSite(origin: string): Promise<void> {
  const document = await fetch(`${origin}/openapi.json`);
  assert.deepEqual([document.status, document.headers.get("content-type")], [200, "application/json"]);
  assert.equal(await document.text(), DOCUMENT);
  const page = await fetch(`${origin}/docs`);
  assert.deepEqual([page.url, page.headers.get("content-type")], [`${origin}/docs/`, "text/html; charset=utf-8"]);
  const head = await fetch(`${origin}/docs/observe.html`, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  const headers = { "If-None-Match": page.headers.get("etag") ?? "none" };
  const again = await fetch(`${origin}/docs/`, { headers });
  assert.deepEqual([again.status, again.headers.get("etag")], [304, headers["If-None-Match"]]);
  const console = await fetch(`${origin}/console`);
  assert.deepEqual(
    [console.url, console.headers.get("content-type")],
    [`${origin}/console/`, "text/html; charset=utf-8"],
  );
  for (const [, name = ""] of (await console.text()).matchAll(/(?:src|href)="\.\/([^"]+)"/g))
    assert.equal((await fetch(`${origin}/console/${name}`)).status, 200, name);
  assert.equal((await fetch(`${origin}/`)).status, 300, "the site shadows a route of the API");
}

test("npm start serves it, and says where", async () => {
  const start = new Start({ DATA_DIR: join(folder, "data") });
  await start.ready();
  const origin = `http://127.0.0.1:${start.port}`;
  await start.says(new RegExp(`^The console is on ${origin}/console/\\.$`, "m"));
  await start.says(new RegExp(`^The documents are on ${origin}/docs/\\.$`, "m"));
  await start.says(new RegExp(`^The API is described on ${origin}/docs/api\\.html\\.$`, "m"));
  await checkSite(origin);
  // A client that does not normalise paths.
  for (const path of [
    "/docs/../openapi.json",
    "/docs/../../package.json",
    "/docs/..%2f..%2fpackage.json",
    "/console/../openapi.json",
  ]) {
    assert.equal((await receive(start.port, path)).status, 404, path);
  }
  await checkCompression(start.port);
  assert.equal(await start.end("SIGTERM"), 0);
});

/** Files in both forms. A tag is of one of them. */
async function checkCompression(port: number): Promise<void> {
  const index = /search-[\w-]{8}\.json/.exec((await receive(port, "/docs/")).body.toString())?.[0];
  for (const path of ["/docs/", "/openapi.json", "/console/", `/docs/${index}`]) {
    const plain = await receive(port, path);
    for (const encodings of ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, br"]) {
      const { status, headers, body } = await receive(port, path, { "Accept-Encoding": encodings });
      assert.deepEqual([status, headers["content-encoding"], headers.vary], [200, undefined, "Accept-Encoding"]);
      assert.deepEqual(body, plain.body);
    }
    for (const encodings of ["gzip", "br, GZIP;q=0.5", "gzip, deflate, br, zstd"]) {
      const { status, headers, body } = await receive(port, path, { "Accept-Encoding": encodings });
      assert.deepEqual([status, headers["content-encoding"], headers.vary], [200, "gzip", "Accept-Encoding"]);
      assert.equal(headers["content-type"], plain.headers["content-type"]);
      assert.ok(body.length < plain.body.length);
      assert.deepEqual(gunzipSync(body), plain.body);
    }
    const packed = { "Accept-Encoding": "gzip" };
    const { headers, body } = await receive(port, path, packed, "HEAD");
    assert.deepEqual([headers["content-encoding"], body.length], ["gzip", 0]);
    if (headers.etag === undefined) continue;
    assert.notEqual(headers.etag, plain.headers.etag);
    const held = await receive(port, path, { ...packed, "If-None-Match": headers.etag });
    assert.deepEqual(
      [held.status, held.headers.etag, held.headers.vary, held.body.length],
      [304, headers.etag, "Accept-Encoding", 0],
    );
    const other = await receive(port, path, { "If-None-Match": headers.etag });
    assert.deepEqual([other.status, other.body], [200, plain.body]);
  }
}

test("npm start with DOCS=false and CONSOLE=false serves none of it, and says nothing", async () => {
  const start = new Start({ DATA_DIR: join(folder, "data"), DOCS: "false", CONSOLE: "false" });
  const output = await start.ready();
  for (const path of ["/openapi.json", "/docs", "/docs/", "/console", "/console/"])
    assert.equal((await receive(start.port, path)).status, 404, path);
  assert.equal(await start.end("SIGTERM"), 0);
  assert.doesNotMatch(output + start.output, /docs|console/);
});

test("wrangler serves it as an asset, after the Worker", { timeout: 120_000 }, async () => {
  const args = ["dev", "--port", "0", "--var", "AUTH_STRATEGY:none", "--persist-to", join(folder, "wrangler")];
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      CI: "true",
      NO_COLOR: "1",
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ready = Promise.withResolvers<string>();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += String(chunk);
      const [, origin] = /Ready on (http:\/\/127\.0\.0\.1:\d+)/.exec(output) ?? [];
      if (origin !== undefined) ready.resolve(origin);
    });
  }
  child.once("exit", () => ready.reject(new Error(output)));
  try {
    const origin = await ready.promise;
    await checkSite(origin);
  } finally {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The answer to a request with exactly this path, as it was on the wire. */
async function receive(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Received> {
  const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  return { status: response.statusCode, headers: response.headers, body };
}

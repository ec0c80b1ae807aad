/**
 * The client in every runtime that it promises: this Node, the Node of the system, Deno, Bun, workerd and Chromium. All run the same
 * bundle of scenarios against the same service.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { startServer, type TestServer } from "sukkal/testing";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { Site } from "../examples/site.ts";
import { SCENARIOS } from "./scenarios.ts";

const scratch = makeScratch("client");
const DENO = "2.9.6";
const BUN = "1.4.5";
/** Bytes of the minified client after gzip. */
const CLIENT_BYTES_MAX = 8 * 1024;
const run = promisify(execFile);

let site: Site;
let server: TestServer;

before(async () => {
  site = await Site.serve(scratch.path);
  server = await startServer({ server: ROOT, settings: { CORS_ALLOWED_ORIGINS: site.origin } });
  const entry = join(scratch.path, "entry.ts");
  writeFileSync(entry, `export { runScenarios } from ${JSON.stringify(join(ROOT, "test/client/run-scenarios.ts"))};`);
  await build({ ...BUNDLED, entryPoints: [entry], outfile: join(scratch.path, "scenarios.mjs") });
  writeFileSync(join(scratch.path, "index.html"), "<!doctype html><title>client</title>");
  // Prints the failures as JSON.
  writeFileSync(
    join(scratch.path, "main.mjs"),
    `import { runScenarios } from "./scenarios.mjs";
     const [url, project] = (globalThis.Deno?.args ?? process.argv.slice(2));
     console.log(JSON.stringify(await runScenarios({ url, project })));`,
  );
});

after(async () => {
  await site[Symbol.asyncDispose]();
  await server.stop();
  scratch.remove();
});

const BUNDLED = {
  bundle: true,
  format: "esm",
  platform: "neutral",
  conditions: ["sukkal-source"],
  absWorkingDir: ROOT,
} as const;

async function runBy(program: string, ...flags: readonly string[]): Promise<void> {
  const project = program.replaceAll(/\W/g, "-");
  const { stdout } = await run(program, [...flags, join(scratch.path, "main.mjs"), server.url, project], {
    timeout: 60_000,
  });
  assert.deepEqual(JSON.parse(stdout), []);
}

test("in this Node", () => runBy(process.execPath));

test("in Node 20, or the one of the system", async () => {
  const [system] = execFileSync("which", ["-a", "node"], { encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && !path.includes("node_modules"));
  assert.ok(system !== undefined, "there is no Node but that of this repository");
  await runBy(system);
});

test("in Deno and Bun", async () => {
  const folder = join(scratch.path, "runtimes");
  mkdirSync(folder);
  await run("npm", [
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--prefix",
    folder,
    `deno@${DENO}`,
    `bun@${BUN}`,
  ]);
  const bin = join(folder, "node_modules", ".bin");
  await runBy(join(bin, "deno"), "run", "--allow-net");
  await runBy(join(bin, "bun"));
});

test("in workerd", async () => {
  await using worker = new Miniflare({
    modules: [
      {
        type: "ESModule",
        path: "worker.mjs",
        contents: `import { runScenarios } from "./scenarios.mjs";
          export default { fetch: async (request) => Response.json(await runScenarios(await request.json())) };`,
      },
      { type: "ESModule", path: "scenarios.mjs", contents: readFileSync(join(scratch.path, "scenarios.mjs"), "utf8") },
    ],
    compatibilityDate: "2026-10-23",
    telemetry: { enabled: false },
  });
  const body = JSON.stringify({ url: server.url, project: "workerd" });
  const answer = await worker.dispatchFetch("http://worker.test", { method: "POST", body });
  assert.deepEqual(await answer.json(), []);
});

test("in Chromium, from another origin", async () => {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium" });
  try {
    const page = await browser.newPage();
    await page.goto(site.origin);
    const failures = await page.evaluate(async (url) => {
      // The module of the site, which only the browser can import.
      const { runScenarios } = (await import("/scenarios.mjs" as string)) as typeof import("./run-scenarios.ts");
      return runScenarios({ url, project: "chromium" });
    }, server.url);
    assert.deepEqual(failures, []);
  } finally {
    await browser.close();
  }
});

test("the client is small", async () => {
  const { outputFiles } = await build({
    ...BUNDLED,
    minify: true,
    write: false,
    entryPoints: [join(ROOT, "packages/sukkal/src/client.ts")],
  });
  const bytes = gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
  assert.ok(bytes <= CLIENT_BYTES_MAX, `${bytes} bytes`);
  assert.ok(SCENARIOS.length > 0);
});

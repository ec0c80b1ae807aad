/**
 * The client in every runtime that it promises: this Node, the Node of the system, Deno, Bun, workerd and Chromium. All run the same
 * bundle of scenarios against the same service.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { startServer, type TestServer } from "sukkal/testing";
import { makeScratch } from "../../bench/scratch.ts";
import { Workerd } from "../../bench/workerd.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { Site } from "../examples/site.ts";
import type { runScenarios as RunScenarios } from "./run-scenarios.ts";
import { SCENARIOS } from "./scenarios.ts";

const scratch = makeScratch("client");
const DENO = "2.9.6";
const BUN = "1.4.5";
/** Bytes of the minified client after gzip. */
const CLIENT_BYTES_MAX = 8 * 1024;
const run = promisify(execFile);

let runs = 0;
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
  format: "esm" as const,
  platform: "neutral" as const,
  conditions: ["sukkal-source"],
  absWorkingDir: ROOT,
};

async function runBy(program: string, ...flags: readonly string[]): Promise<void> {
  const { stdout, stderr } = await run(
    program,
    [...flags, join(scratch.path, "main.mjs"), server.url, `${basename(program)}-${runs++}`],
    {
      timeout: 60_000,
    },
  );
  assert.doesNotMatch(stderr, /Warning/);
  assert.deepEqual(JSON.parse(stdout), []);
}

test("in this Node", () => runBy(process.execPath));

/** A Node that npm did not install: the oldest that the client promises, where this is tested. */
function systemNode(): string {
  const [system] = execFileSync("which", ["-a", "node"], { encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && !path.includes("node_modules"));
  assert.ok(system !== undefined, "there is no Node but that of this repository");
  return system;
}

test("in Node 20, or the one of the system", () => runBy(systemNode()));

test("Node 20, or the one of the system, starts a service for tests, by the Node that is installed with it", async () => {
  const outfile = join(scratch.path, "testing.mjs");
  await build({ ...BUNDLED, platform: "node", entryPoints: [join(ROOT, "packages/sukkal/src/testing.ts")], outfile });
  const program = `
    import { startServer } from "./testing.mjs";
    const service = await startServer({ server: process.argv[2] });
    console.log((await fetch(service.url + "/healthz")).status);
    await service.stop();`;
  writeFileSync(join(scratch.path, "start.mjs"), program);
  // Without npm, which would put the installed Node into the path.
  const { stdout } = await run(systemNode(), [join(scratch.path, "start.mjs"), ROOT], { timeout: 60_000 });
  assert.equal(stdout.trim(), "200");
});

test("a service that is not installed is missed with a hint", async () => {
  const options = { name: "Error", message: /`server` has to name a checkout/ };
  await assert.rejects(startServer({ server: scratch.path }), options);
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

const WORKER = `
import { runScenarios } from "./scenarios.mjs";
export default { fetch: async (request) => Response.json(await runScenarios(await request.json())) };`;

const WORKERD_CONFIG = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "client", worker = (
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "scenarios.mjs", esModule = embed "scenarios.mjs"),
      ],
      compatibilityDate = "2026-10-23",
    )),
    (name = "disk", disk = (path = "data", writable = true)),
    # The service is on this machine.
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "client")],
);`;

test("in workerd", async () => {
  writeFileSync(join(scratch.path, "worker.mjs"), WORKER);
  writeFileSync(join(scratch.path, "config.capnp"), WORKERD_CONFIG);
  const workerd = await Workerd.start({
    config: join(scratch.path, "config.capnp"),
    dataDir: join(scratch.path, "data"),
  });
  try {
    const body = JSON.stringify({ url: server.url, project: "workerd" });
    const answer = await fetch(`http://127.0.0.1:${workerd.port}`, { method: "POST", body });
    assert.deepEqual(await answer.json(), []);
  } finally {
    await workerd.end("SIGKILL");
  }
});

test("in Chromium, from another origin", async () => {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium" });
  try {
    const page = await browser.newPage();
    await page.goto(site.origin);
    const failures = await page.evaluate(
      async ({ url, module }) => {
        // The module of the site, which only the browser can import.
        const { runScenarios } = (await import(module)) as { readonly runScenarios: typeof RunScenarios };
        return runScenarios({ url, project: "chromium" });
      },
      { url: server.url, module: "/scenarios.mjs" },
    );
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
    outdir: scratch.path,
    entryPoints: [join(ROOT, "packages/sukkal/src/client.ts")],
  });
  const bytes = gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
  assert.ok(bytes <= CLIENT_BYTES_MAX, `${bytes} bytes`);
  assert.ok(SCENARIOS.length > 0);
});

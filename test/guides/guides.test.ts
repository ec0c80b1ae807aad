/**
 * The guides of docs/guides and docs/start: each runs with a service of its own, as its first lines start it. Commands print what the
 * guide shows, files that its reader saves are well typed and run, and lines of examples are those of the examples.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test, type TestContext } from "node:test";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";
import { ROOT } from "../../scripts/wrangler.ts";
import { checkTranscripts } from "../cli/transcript-runner.ts";
import { Keystone } from "../clients/keystone.ts";
import { hasModule, PYTHON } from "../clients/python.ts";
import { WRANGLER_SETTINGS } from "../examples/example.ts";
import { freePort } from "../examples/free-port.ts";
import { contains, readGuide, type Guide } from "./guide.ts";

const PORT = "8787";
/** Programs and Workers use the client as it is here, without the build with which their reader begins. */
const VARIABLES = { NODE_OPTIONS: "--conditions=sukkal-source", ...WRANGLER_SETTINGS };
/** A guide that names it is for a cloud, whose Keystone has this port. */
const CLOUD = "OS_CLOUD";
const KEYSTONE_PORT = "5000";
const LIMITS_MS = { test: 230_000, commands: 200_000 };

const scratch = makeScratch("guides");
after(() => scratch.remove());

/** A part of the names of the guides to run; all without it. */
const { GUIDE = "" } = process.env;

const documents = ["docs/start", "docs/guides"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
);

describe("guides", { concurrency: 2 }, () => {
  for (const document of documents.filter((path) => path.includes(GUIDE))) {
    test(document, { timeout: LIMITS_MS.test }, async (t) => {
      const text = readFileSync(join(ROOT, document), "utf8");
      const guide = readGuide(text);
      checkExcerpts(guide);
      const folder = join(scratch.path, document.replaceAll(/\W+/g, "-"));
      const isInCloud = text.includes(CLOUD);
      const ports = await portsOf(text);
      if (isInCloud) ports.push(await startKeystone(t, folder));
      prepare(folder, guide, ports);
      // In a cloud the catalogue names the service.
      const env = { ...VARIABLES, ...(isInCloud ? {} : { SUKKAL_URL: `http://127.0.0.1:${actual(PORT, ports)}` }) };
      for (const { settings, text: part } of guide.parts) {
        const environment = { ...settingsOf(settings, ports), PORT: actual(PORT, ports) };
        const server = await Server.start({ dataDir: join(folder, "data"), environment });
        t.after(() => server.stop());
        await checkTranscripts(t, { text: part, servers: ports, folder, env, timeoutMs: LIMITS_MS.commands });
        await server.stop();
      }
    });
  }
});

/** A port of the document, and one that is free. */
interface Port {
  readonly documented: string;
  readonly url: string;
}

async function portsOf(text: string): Promise<Port[]> {
  const documented = new Set([PORT, ...Array.from(text.matchAll(/\b127\.0\.0\.1:(\d+)/g), ([, port = ""]) => port)]);
  documented.delete(KEYSTONE_PORT);
  return await Promise.all(
    Array.from(documented, async (port) => ({ documented: port, url: String(await freePort()) })),
  );
}

function actual(text: string, ports: readonly Port[]): string {
  return ports.reduce((replaced, { documented, url }) => replaced.replaceAll(documented, url), text);
}

/** Starts a Keystone whose administrator the commands are, and returns its port. */
async function startKeystone(t: TestContext, folder: string): Promise<Port> {
  assert.ok(
    hasModule("keystone") && hasModule("openstackclient"),
    "apt-get install $(npm run test:clients -- --missing)",
  );
  mkdirSync(join(folder, ".keystone"), { recursive: true });
  const keystone = await Keystone.start(join(folder, ".keystone"));
  t.after(() => keystone.stop());
  const { url, environment } = keystone;
  const names = {
    user_domain_name: "Default",
    project_domain_name: "Default",
    username: "admin",
    project_name: "admin",
  };
  const auth = { ...names, auth_url: url, password: environment["KEYSTONE_ADMIN_PASSWORD"] };
  const clouds = { admin: { auth, region_name: "RegionOne" } };
  writeFileSync(join(folder, "clouds.yaml"), JSON.stringify({ clouds }));
  return { documented: KEYSTONE_PORT, url: new URL(url).port };
}

function checkExcerpts({ excerpts, examples }: Guide): void {
  const programs = examples.map((path) => readFileSync(join(ROOT, path), "utf8"));
  for (const excerpt of excerpts) {
    const isFound = programs.some((program) => contains(program, excerpt));
    assert.ok(isFound, `neither a file to save, nor lines of an example to which the guide links:\n${excerpt}`);
  }
}

/** Makes the folder of the reader, who is in a checkout. It is below this one, whose packages its programs find. */
function prepare(folder: string, { files }: Guide, ports: readonly Port[]): void {
  mkdirSync(join(folder, ".bin"), { recursive: true });
  symlinkSync(process.execPath, join(folder, ".bin/node"));
  symlinkSync(PYTHON, join(folder, ".bin/python3"));
  symlinkSync(join(ROOT, "examples"), join(folder, "examples"));
  for (const { name, text } of files) writeFileSync(join(folder, name), actual(text, ports));
  if (files.some(({ name }) => name.endsWith(".py")))
    assert.ok(hasModule("zaqarclient"), "apt-get install python3-zaqarclient");
  if (files.some(({ name }) => name.endsWith(".ts"))) checkTypes(folder);
}

function checkTypes(folder: string): void {
  const compilerOptions = { customConditions: ["sukkal-source"], types: ["node"] };
  const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, include: ["*.ts"], exclude: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, "node_modules/.bin/tsc"), "--project", folder], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
}

/** What the shell makes of the assignments before `npm start`. */
function settingsOf(settings: string, ports: readonly Port[]): Readonly<Record<string, string>> {
  const printed = execFileSync("bash", ["-c", `${actual(settings, ports)} env -0`], { encoding: "utf8" });
  const names = new Set(Array.from(settings.matchAll(/\b([A-Z_]+)=/g), ([, name = ""]) => name));
  const variables = printed.split("\0").map((line): [string, string] => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  });
  return Object.fromEntries(variables.filter(([name]) => names.has(name)));
}

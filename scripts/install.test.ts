/** `npm start` from a read-only production installation, and with a Node that is too old. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { buildIfChanged } from "./build.ts";
import { refuses, shell, Start } from "./started.ts";
import { ROOT } from "./wrangler.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-install-"));
const root = join(folder, "sukkal");
/** The user `nobody`, if this process may change the user. */
const user = process.getuid?.() === 0 ? { uid: 65_534 } : {};

before(async () => {
  chmodSync(folder, 0o777);
  await buildIfChanged();
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly files: string[] };
  for (const name of ["package.json", ...files.filter((file) => !file.startsWith("!"))])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  install();
});

after(() => {
  execFileSync("chmod", ["-R", "u+w", folder]);
  rmSync(folder, { recursive: true, force: true });
});

/** Installs only the runtime dependencies, as `npm ci --omit=dev` does. */
function install(): void {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  const { dependencies } = JSON.parse(text) as { readonly dependencies: Readonly<Record<string, string>> };
  for (const name of Object.keys(dependencies)) {
    const path = join("node_modules", name);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(root, path));
  }
}

test("serves an existing bundle without a home folder, and writes only to its data folder", async () => {
  execFileSync("chmod", ["-R", "a-w,a+rX", root]);
  const start = new Start(
    { DATA_DIR: join(folder, "data"), HOME: undefined, NODE_ENV: "production" },
    { root, ...user },
  );
  const [post] = (await start.ready()).match(/curl .*/g) ?? [];
  assert.match(shell(post), /^\{"resources":/);
  assert.equal(await start.end("SIGTERM"), 0);
});

test("explains how to build when the bundle does not match the sources and esbuild is missing", async () => {
  execFileSync("chmod", ["-R", "u+w", root]);
  appendFileSync(join(root, "src/index.ts"), "\n// Changed.\n");
  await refuses({ DATA_DIR: join(folder, "data") }, /npm ci --include=dev && npm run build/, { root, ...user });
});

test("the deployment check names a package of wrangler that is missing, without a stack", () => {
  symlinkSync(join(ROOT, "node_modules/smol-toml"), join(root, "node_modules/smol-toml"));
  cpSync(join(ROOT, "node_modules/wrangler"), join(root, "node_modules/wrangler"), { recursive: true });
  const script = join(root, "scripts/deploy-check.ts");
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  assert.equal(status, 1);
  const [, missing, ...rest] = stderr.split("\n");
  assert.equal(missing, "The bundle was not checked: esbuild is not installed. Run npm ci --include=dev.");
  assert.deepEqual(rest, [""]);
});

test("keeps its scripts as compiled", () => {
  const cache = join(folder, "compiled");
  const command = [join(ROOT, "scripts/run.cjs"), "start", "--version"];
  execFileSync(process.execPath, command, { env: { NODE_COMPILE_CACHE: cache } });
  const [version = ""] = readdirSync(cache);
  assert.ok(readdirSync(join(cache, version)).length > 1);
});

test("prints that Node is too old when it has no support for TypeScript", () => {
  // This option makes a new Node behave like an old one.
  const command = ["--no-experimental-strip-types", join(ROOT, "scripts/run.cjs"), "start"];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^Node [\d.]+ cannot run Sukkal: it needs Node 22\.18 or newer\./);
});

/** `npm start` from an installation that nobody can write to, made for production, and by a Node that is too old. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { build } from "./build.ts";
import { refuses, shell, Start } from "./started.ts";
import { ROOT } from "./wrangler.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-install-"));
const root = join(folder, "sukkal");
/** Nobody's, where this process may be somebody else. */
const user = process.getuid?.() === 0 ? { uid: 65_534 } : {};

before(async () => {
  chmodSync(folder, 0o777);
  await build();
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly files: string[] };
  for (const name of ["package.json", ...files.filter((file) => !file.startsWith("!"))])
    cpSync(join(ROOT, name), join(root, name), { recursive: true });
  install();
});

after(() => {
  execFileSync("chmod", ["-R", "u+w", folder]);
  rmSync(folder, { recursive: true, force: true });
});

/** What `npm ci --omit=dev` leaves. */
function install(): void {
  const text = readFileSync(join(ROOT, "package.json"), "utf8");
  const { dependencies } = JSON.parse(text) as { readonly dependencies: Readonly<Record<string, string>> };
  for (const name of Object.keys(dependencies)) {
    const path = join("node_modules", name);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(root, path));
  }
}

test("serves a bundle that was built before, without a home, and writes to its data folder only", async () => {
  execFileSync("chmod", ["-R", "a-w,a+rX", root]);
  const start = new Start(
    { DATA_DIR: join(folder, "data"), HOME: undefined, NODE_ENV: "production" },
    { root, ...user },
  );
  const [post] = (await start.ready()).match(/curl .*/g) ?? [];
  assert.match(shell(post), /^\{"resources":/);
  assert.equal(await start.end("SIGTERM"), 0);
});

test("says how to build a bundle of other sources where nothing can", async () => {
  execFileSync("chmod", ["-R", "u+w", root]);
  appendFileSync(join(root, "src/index.ts"), "\n// Changed.\n");
  await refuses({ DATA_DIR: join(folder, "data") }, /npm ci --include=dev && npm run build/, { root, ...user });
});

test("a Node without types says that it is too old", () => {
  // A Node that was told to know none is like one that never did.
  const command = ["--no-experimental-strip-types", join(ROOT, "scripts/run.cjs"), "start"];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /^Node [\d.]+ cannot run Sukkal, 22\.18 or newer can\./);
});

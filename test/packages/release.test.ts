/** `npm run release`, in a copy of this repository with a history of its own. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { makeScratch } from "../../bench/scratch.ts";
import { ROOT } from "../../scripts/wrangler.ts";

const scratch = makeScratch("release");
const copy = join(scratch.path, "copy");
const ENVIRONMENT = {
  ...process.env,
  GIT_AUTHOR_NAME: "Test",
  GIT_AUTHOR_EMAIL: "test@example.com",
  GIT_COMMITTER_NAME: "Test",
  GIT_COMMITTER_EMAIL: "test@example.com",
};

before(() => {
  const options = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const files = execFileSync("git", options, { cwd: ROOT, encoding: "utf8" }).split("\0");
  for (const file of files.filter((path) => path !== "" && existsSync(join(ROOT, path))))
    cpSync(join(ROOT, file), join(copy, file));
  for (const folder of ["node_modules", "packages/sukkal/node_modules"])
    if (existsSync(join(ROOT, folder))) symlinkSync(join(ROOT, folder), join(copy, folder));
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--all");
  git("commit", "--quiet", "--message", "the state of the tree");
  git("tag", "before");
});

beforeEach(() => {
  git("checkout", "--quiet", "-B", "main", "before");
  for (const tag of git("tag", "--list", "v*").split("\n").filter(Boolean)) git("tag", "--delete", tag);
});

after(() => scratch.remove());

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: copy, env: ENVIRONMENT, encoding: "utf8" }).trim();
}

interface Answer {
  readonly status: number | null;
  readonly output: string;
}

function release(...args: readonly string[]): Answer {
  const command = ["run", "--silent", "release", "--", ...args];
  const { status, stdout, stderr } = spawnSync("npm", command, { cwd: copy, env: ENVIRONMENT, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

function read(path: string): string {
  return readFileSync(join(copy, path), "utf8");
}

/** Asserts that nothing was changed and tagged. */
function isUntouched(): void {
  assert.equal(git("status", "--porcelain"), "");
  assert.equal(git("rev-parse", "HEAD"), git("rev-parse", "before"));
  assert.equal(git("tag", "--list", "v*"), "");
}

test("a dry run names what it would change, and changes nothing", () => {
  const { status, output } = release("77.8.9", "--dry-run");
  assert.equal(status, 0, output);
  for (const path of [
    "package.json",
    "packages/sukkal-server/package.json",
    "package-lock.json",
    "CHANGELOG.md",
    "docs/openapi.json",
  ])
    assert.match(output, new RegExp(`^  ${path}$`, "m"));
  assert.match(output, /check it by typecheck, lint, test, and be the tag v77\.8\.9/);
  isUntouched();
});

test("a release is a commit, a tag and files with digests, and publishes nothing", () => {
  const { version: old } = JSON.parse(read("package.json")) as { readonly version: string };
  const { status, output } = release("77.8.9", "--checks", "");
  assert.equal(status, 0, output);
  assert.equal(git("log", "-1", "--format=%s"), "chore(release): 77.8.9");
  assert.equal(git("rev-parse", "v77.8.9^{commit}"), git("rev-parse", "HEAD"));
  assert.equal(git("status", "--porcelain"), "");
  for (const path of ["package.json", "packages/sukkal/package.json", "packages/sukkal-server/package.json"])
    assert.match(read(path), /^ {2}"version": "77\.8\.9",$/m);
  assert.equal(read("package-lock.json").split('"version": "77.8.9"').length, 5);
  assert.ok(!read("docs/openapi.json").includes(`"version": "${old}"`));
  assert.match(read("CHANGELOG.md"), /^## Unreleased\n\n## 77\.8\.9 - \d{4}-\d\d-\d\d\n\n### /m);

  const folder = join(copy, "dist/release");
  const tarballs = ["sukkal-77.8.9.tgz", "sukkal-server-77.8.9.tgz"];
  const files = ["SHA256SUMS", ...tarballs, "sukkal.cdx.json", "sukkal-server.cdx.json"];
  assert.deepEqual(readdirSync(folder).toSorted(), files.toSorted());
  execFileSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: folder });
  for (const name of tarballs) assert.match(output, new RegExp(`^  npm publish dist/release/${name}$`, "m"));
  assert.match(output, /Nothing is published/);
});

test("bills of materials name the package and what is in it", () => {
  const sbomOf = (name: string) =>
    JSON.parse(read(`dist/release/${name}.cdx.json`)) as {
      readonly metadata: { readonly component: { readonly purl: string } };
      readonly components: readonly { readonly name: string }[];
    };
  const server = sbomOf("sukkal-server");
  assert.equal(server.metadata.component.purl, "pkg:npm/sukkal-server@77.8.9");
  const names = server.components.map(({ name }) => name);
  for (const name of ["hono", "valibot", "workerd"]) assert.ok(names.includes(name), name);
  assert.ok(sbomOf("sukkal").components.some(({ name }) => name === "@stricli/core"));
});

test("a check that fails leaves everything as it was", () => {
  const { status, output } = release("77.8.9", "--checks", "no-such-script");
  assert.equal(status, 1);
  assert.match(output, /Not released: npm run no-such-script has failed\. No file is changed\.\n$/);
  isUntouched();
});

test("refuses a changed tree, another branch, an existing tag, and versions that are none or not later", () => {
  const refusal = (...args: readonly string[]): string => {
    const { status, output } = release(...args, "--dry-run");
    assert.equal(status, 1, output);
    return output;
  };
  for (const version of ["0.0.1", "1.2", "v1.2.3", "1.2.3-rc.1"]) assert.match(refusal(version), /^Not released: /);
  assert.match(refusal("77.8.9", "--unknown"), /npm run release -- VERSION/);
  git("tag", "v77.8.9");
  assert.match(refusal("77.8.9"), /The tag v77\.8\.9 exists/);
  git("tag", "--delete", "v77.8.9");
  git("checkout", "--quiet", "-B", "other");
  assert.match(refusal("77.8.9"), /this is other/);
  git("checkout", "--quiet", "main");
  writeFileSync(join(copy, "new-file"), "");
  assert.match(refusal("77.8.9"), /not committed/);
  rmSync(join(copy, "new-file"));
});

/**
 * `npm run release -- VERSION [--checks SCRIPTS] [--dry-run]`: states the version everywhere, runs the checks, makes the files of
 * the release in dist/release, commits and tags. It publishes and pushes nothing: it prints the commands.
 *
 * When a step fails, all files are as they were. With --dry-run nothing is changed or run.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Refusal } from "./refusal.ts";
import { makeReleaseFiles, PACKAGES, RELEASE } from "./release-files.ts";
import { ROOT } from "./wrangler.ts";

const USAGE = "npm run release -- VERSION [--checks typecheck,lint,test] [--dry-run]";
const MANIFESTS = ["package.json", ...PACKAGES.map((name) => `packages/${name}/package.json`)];
const LOCK = "package-lock.json";
const CHANGELOG = "CHANGELOG.md";
/** They show the version in examples and transcripts. */
const DOCUMENTS = ["CLI.md", "CLIENT.md", "COMPATIBILITY.md", "SELF-HOSTING.md", "openapi.json"].map(
  (name) => `docs/${name}`,
);

interface Options {
  readonly version: string;
  /** Scripts of package.json. */
  readonly checks: readonly string[];
  readonly isDryRun: boolean;
}

function readOptions(args: string[]): Options {
  const { values, positionals } = parse(args);
  const [version = ""] = positionals;
  if (positionals.length !== 1 || !/^\d+\.\d+\.\d+$/.test(version)) {
    throw new Refusal(`VERSION has to be three numbers, such as 1.2.3: ${USAGE}`);
  }
  const checks = values.checks.split(",").filter((name) => name !== "");
  return { version, checks, isDryRun: values["dry-run"] };
}

function parse(args: string[]) {
  const options = {
    checks: { type: "string", default: "typecheck,lint,test" },
    "dry-run": { type: "boolean", default: false },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : String(error)}: ${USAGE}`);
  }
}

function release({ version, checks, isDryRun }: Options): void {
  checkRepository(version);
  const edits = editsFor(version);
  if (isDryRun) {
    const files = [...edits.keys()].map((path) => `  ${path}`).join("\n");
    return print(
      `Nothing was changed. The release ${version} would change\n\n${files}\n\n` +
        `check it by ${checks.join(", ") || "nothing"}, and be the tag v${version}.`,
    );
  }
  for (const [path, text] of edits) writeFileSync(join(ROOT, path), text);
  let tarballs: readonly string[];
  try {
    for (const name of checks) runCheck(name);
    tarballs = makeReleaseFiles();
  } catch (error) {
    git("checkout", "--quiet", "--", ...edits.keys());
    throw error;
  }
  git("add", "--", ...edits.keys());
  git("commit", "--quiet", "--message", `chore(release): ${version}`);
  git("tag", "--annotate", "--message", `Sukkal ${version}`, `v${version}`);
  print(
    `The release ${version} is committed and tagged, and its files are in ${RELEASE}. Nothing is published. To publish it:\n\n` +
      [`git push origin main v${version}`, ...tarballs.map((name) => `npm publish ${RELEASE}/${name}`)]
        .map((line) => `  ${line}`)
        .join("\n"),
  );
}

function checkRepository(version: string): void {
  if (git("status", "--porcelain") !== "") throw new Refusal("The tree has changes that are not committed.");
  const branch = git("branch", "--show-current");
  if (branch !== "main") throw new Refusal(`A release is made on main, and this is ${branch || "no branch"}.`);
  if (git("tag", "--list", `v${version}`) !== "") throw new Refusal(`The tag v${version} exists.`);
  const current = versionOf("package.json");
  for (const path of MANIFESTS) {
    const other = versionOf(path);
    if (other !== current) throw new Refusal(`${path} has the version ${other}, and package.json ${current}.`);
  }
  if (!isAfter(version, current)) throw new Refusal(`${version} is not after ${current}, the present version.`);
}

/** The new texts of the files that contain the version, by path. */
function editsFor(version: string): ReadonlyMap<string, string> {
  const current = versionOf("package.json");
  const stated = new RegExp(`(?<![\\d.])${current.replaceAll(".", "\\.")}(?!\\.?\\d)`, "g");
  const state = (text: string): string => text.replaceAll(stated, version);
  return new Map([
    ...MANIFESTS.map((path) => [path, withVersion(read(path), version)] as const),
    [LOCK, lockWith(version)],
    [CHANGELOG, changelogWith(version)],
    ...DOCUMENTS.map((path) => [path, state(read(path))] as const).filter(([path, text]) => text !== read(path)),
  ]);
}

function withVersion(manifest: string, version: string): string {
  return manifest.replace(/^ {2}"version": ".*",$/m, `  "version": "${version}",`);
}

function lockWith(version: string): string {
  const lock = JSON.parse(read(LOCK)) as { version: string; packages: Record<string, { version?: string }> };
  lock.version = version;
  for (const path of MANIFESTS) {
    const entry = lock.packages[path.replace(/\/?package\.json$/, "")];
    if (entry === undefined) throw new Refusal(`${LOCK} lacks ${path}. Run npm install.`);
    entry.version = version;
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}

function changelogWith(version: string): string {
  const heading = "## Unreleased\n";
  const [before = "", after = ""] = read(CHANGELOG).split(heading);
  const isEmpty = (after.split(/^## /m)[0] ?? "").trim() === "";
  if (isEmpty) throw new Refusal(`${CHANGELOG} has nothing under "Unreleased".`);
  return `${before}${heading}\n## ${version} - ${new Date().toISOString().slice(0, 10)}\n${after}`;
}

function versionOf(path: string): string {
  return (JSON.parse(read(path)) as { readonly version: string }).version;
}

/** Whether a version follows another one. Both are three numbers. */
function isAfter(version: string, other: string): boolean {
  return version.localeCompare(other, "en", { numeric: true }) > 0;
}

function runCheck(name: string): void {
  print(`npm run ${name}`);
  const { status } = spawnSync("npm", ["run", "--silent", name], { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Refusal(`npm run ${name} has failed. No file is changed.`);
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function git(...args: readonly string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  release(readOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`Not released: ${error.message}\n`);
  process.exitCode = 1;
}

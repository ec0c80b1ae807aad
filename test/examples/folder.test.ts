/** The folder of the examples: what people copy is short, and the README names it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, type Dirent } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { EXAMPLES } from "./example.ts";

const LINES_MAX = 60;
/** A page to look at rather than to copy. */
const LONG = "browser/";

const entries: readonly Dirent[] = readdirSync(EXAMPLES, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => relative(EXAMPLES, join(parentPath, name)));
const programs = files.filter((file) => /\.(?:ts|mjs|js|py|sh|tf)$/.test(file) && !file.startsWith(LONG));

test(`a file has at most ${LINES_MAX} lines`, () => {
  assert.ok(programs.length > 20);
  const long = programs.filter((file) => linesOf(file) > LINES_MAX);
  assert.deepEqual(long, [], "shorten these, or split them by what a reader may want alone");
});

test("the README has a row for each folder", () => {
  const readme = readFileSync(join(EXAMPLES, "README.md"), "utf8");
  const rows = new Set(Array.from(readme.matchAll(/^\| \[([a-z-]+)\]\(\1\//gm), ([, folder]) => folder));
  const folders = entries
    .filter((entry) => entry.isDirectory() && entry.parentPath === EXAMPLES)
    .map(({ name }) => name);
  assert.deepEqual(rows, new Set(folders.filter((name) => !name.startsWith("."))));
});

function linesOf(file: string): number {
  return readFileSync(join(EXAMPLES, file), "utf8").trimEnd().split("\n").length;
}

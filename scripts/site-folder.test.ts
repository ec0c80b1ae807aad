/** Folders of the site: built when they have to be, and without files of other builds. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { makeFolder } from "./site-folder.ts";

const scratch = mkdtempSync(join(tmpdir(), "sukkal-site-folder-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const folder = join(scratch, "site/docs");
const bundle = join(scratch, "sources.sha256");
let builds = 0;

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  builds = 0;
});

/** Makes the folder of a source, and returns its names. */
async function make(source: string): Promise<readonly string[]> {
  await makeFolder(scratch, "docs", source, async () => {
    builds += 1;
    return new Map([
      ["index.html", source],
      [`main-${source}.js`, "script"],
    ]);
  });
  return readdirSync(folder).toSorted();
}

/** Of a source. */
const namesOf = (source: string): readonly string[] =>
  ["index.html", `main-${source}.js`].flatMap((name) => [name, `${name}.gz`]);

test("what has not changed is not built again", async () => {
  await make("a");
  assert.deepEqual([await make("a"), builds], [namesOf("a"), 1]);
});

test("another source replaces the files of the last one", async () => {
  await make("a");
  assert.deepEqual([await make("b"), builds], [namesOf("b"), 2]);
  assert.equal(readFileSync(join(folder, "index.html"), "utf8"), "b");
  assert.equal(gunzipSync(readFileSync(join(folder, "index.html.gz"))).toString(), "b");
});

test("files that no build of this source has made are removed, and missing ones come back", async () => {
  await make("a");
  writeFileSync(join(folder, "stale.html"), "");
  mkdirSync(join(folder, "old"));
  rmSync(join(folder, "main-a.js"));
  assert.deepEqual([await make("a"), builds], [namesOf("a"), 2]);
});

test("a bundle that was built with another site is built again", async () => {
  await make("a");
  writeFileSync(bundle, "");
  await make("a");
  assert.ok(existsSync(bundle));
  await make("b");
  assert.ok(!existsSync(bundle));
});

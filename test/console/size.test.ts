/** What a browser has to load. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { before, test } from "node:test";
import { makeSite } from "../../scripts/site.ts";
import { SITE } from "../../scripts/wrangler.ts";

/** Bytes of the compressed copy. */
const BYTES_MAX: Readonly<Record<string, number>> = { ".js": 45_000, ".css": 12_000, ".svg": 1_000, ".html": 1_000 };
const FOLDER = join(SITE, "console");

before(makeSite);

test("the console is small, and is one file of each type, beside the scripts of charts and of further pages", () => {
  const names = readdirSync(FOLDER).filter((name) => !name.endsWith(".gz"));
  const types = names.filter((name) => !name.startsWith("part-")).map((name) => extname(name));
  assert.deepEqual(types.toSorted(), Object.keys(BYTES_MAX).toSorted());
  assert.equal(names.length, types.length + 2);
  for (const name of names) {
    const bytes = statSync(join(FOLDER, `${name}.gz`)).size;
    assert.ok(bytes < (BYTES_MAX[extname(name)] ?? 0), `${name} has ${bytes} bytes`);
  }
});

test("the page loads files beside it, and contains neither code nor styles", () => {
  const page = readFileSync(join(FOLDER, "index.html"), "utf8");
  for (const [, address = ""] of page.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(address, /^\.\/[\w.-]+$/);
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]*src=)|data:/);
});

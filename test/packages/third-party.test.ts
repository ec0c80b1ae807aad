/** The licences of bundled packages are complete, or the build fails. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { thirdPartyLicences } from "../../scripts/third-party.ts";

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "sukkal-licences-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** A package with these files. Returns the path of a module. */
function makePackage(name: string, license: string, files: Readonly<Record<string, string>> = {}): string {
  const path = join(folder, "node_modules", name);
  mkdirSync(join(path, "dist"), { recursive: true });
  writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "1.2.3", license }));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return join(path, "dist", "index.js");
}

test("a package is named once with its licence and notice, our own files are not", () => {
  const module = makePackage("@owner/tool", "MIT", { "LICENSE.md": "the licence\n", NOTICE: "the notice\n" });
  const text = thirdPartyLicences([module, join(folder, "ours.ts"), module.replace("index", "other")]);
  assert.equal(text, "@owner/tool 1.2.3 (MIT)\n=======================\n\nthe licence\nthe notice\n");
});

test("a package in the folder of another one counts for itself", () => {
  makePackage("outer", "MIT");
  const module = makePackage("outer/node_modules/inner", "MIT", { licence: "the inner licence" });
  assert.match(thirdPartyLicences([module]), /inner licence/);
});

test("a licence that names no owner needs no file of the package", () => {
  assert.match(thirdPartyLicences([makePackage("free", "Apache-2.0")]), /Apache License\s+Version 2\.0/);
});

test("a package without a licence text fails the build", () => {
  const module = makePackage("bare", "MIT", { NOTICE: "no licence" });
  assert.throws(() => thirdPartyLicences([module]), /bare 1\.2\.3 \(MIT\) has no licence text/);
});

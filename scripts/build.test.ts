/** The bundle of `npm run build`, which `npm start` runs. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { buildIfChanged } from "./build.ts";
import { bundleWorker } from "./bundle.ts";
import { DIST, runWrangler } from "./wrangler.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-build-"));
after(() => rmSync(folder, { recursive: true, force: true }));

test("is the bundle that wrangler deploys", async () => {
  await buildIfChanged();
  const { code, output } = await runWrangler(["deploy", "--dry-run", "--outdir", folder]);
  assert.equal(code, 0, output);
  assert.equal(textOf(join(folder, "index.js")), textOf(join(DIST, "index.js")));
});

test("is refused with the place of an error in the sources", async () => {
  const source = join(folder, "source.ts");
  writeFileSync(source, 'export * from "./missing.ts";\n');
  await assert.rejects(bundleWorker(source, join(folder, "out.js")), /source\.ts:1:14: ERROR: .*"\.\/missing\.ts"/);
});

function textOf(path: string): string {
  return readFileSync(path, "utf8");
}

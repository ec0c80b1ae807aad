/**
 * Bundles the Worker into dist/index.js, which config.capnp embeds: by the tool, the entry and the settings that deploy
 * it, so that both ways of running serve the same bytes. Needs no network.
 */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";
import { ROOT, runWrangler } from "./wrangler.ts";

const DIST = join(ROOT, "dist");

/**
 * Silent unless it fails: then it rejects with what the bundler printed. The bundle arrives in one step, because another
 * process may be about to read it.
 */
export async function build(signal?: AbortSignal): Promise<void> {
  const folder = join(DIST, `build-${process.pid}`);
  makeFolder(folder);
  try {
    const { code, output } = await runWrangler(["deploy", "--dry-run", "--outdir", folder], signal);
    if (code !== 0) throw new Refusal(`the bundle could not be built:\n${output}`);
    for (const file of ["index.js", "index.js.map"]) renameSync(join(folder, file), join(DIST, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Refusal(`the bundle cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

/**
 * Bundles the Worker into dist/index.js, which config.capnp embeds: by the tool, the entry and the settings that deploy
 * it, so that both ways of running serve the same bytes. Needs no network.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";
import { ROOT, runWrangler, WRANGLER } from "./wrangler.ts";

const DIST = join(ROOT, "dist");

/** What the bundle was made of, beside it. */
const DIGEST = join(DIST, "sources.sha256");
/** Everything that decides what is in the bundle; the versions of packages are exact in package.json. */
const SOURCES = ["src", "wrangler.toml", "package.json", "tsconfig.json"];

/** Builds unless the bundle is one of these very sources: times of files say nothing in an image or a package. */
export async function buildIfChanged(signal: AbortSignal): Promise<void> {
  const digest = digestOfSources();
  if (digest === readIfThere(DIGEST) && existsSync(join(DIST, "index.js"))) return;
  if (!existsSync(WRANGLER)) {
    throw new Refusal(
      "dist/index.js is not there or is of other sources, and wrangler, which makes it, is not installed: run " +
        "npm ci --include=dev && npm run build once; npm prune --omit=dev takes wrangler away again.",
    );
  }
  await build(signal);
}

/**
 * Silent unless it fails: then it rejects with what the bundler printed. The bundle arrives in one step, because another
 * process may be about to read it.
 */
export async function build(signal?: AbortSignal): Promise<void> {
  const folder = join(DIST, `build-${process.pid}`);
  makeFolder(folder);
  // Of the sources as they were before: what changes meanwhile is built the next time.
  const digest = digestOfSources();
  rmSync(DIGEST, { force: true });
  try {
    const { code, output } = await runWrangler(["deploy", "--dry-run", "--outdir", folder], signal);
    if (code !== 0) throw new Refusal(`the bundle could not be built:\n${output}`);
    for (const file of ["index.js", "index.js.map"]) renameSync(join(folder, file), join(DIST, file));
    writeFileSync(DIGEST, digest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(`the bundle cannot be written: ${why}. Run npm run build once as a user who may write there.`);
  }
}

function digestOfSources(): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const path of filesBelow(source).toSorted()) {
      const content = readFileSync(join(ROOT, path));
      hash.update(`${path.replaceAll("\\", "/")} ${content.length}\n`).update(content);
    }
  }
  return hash.digest("hex");
}

function filesBelow(path: string): string[] {
  if (statSync(join(ROOT, path)).isFile()) return [path];
  return readdirSync(join(ROOT, path)).flatMap((name) => filesBelow(join(path, name)));
}

function readIfThere(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

/**
 * `npm run build`: bundles the Worker into dist/index.js, which config.capnp embeds, and makes dist/site (site.ts). It needs no
 * network. wrangler makes the same bundle for `npm run deploy`, so self-hosted and deployed services run the same code.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";
import { BUNDLE_DIGEST, digestOf, DOCS_SOURCES, readIfExists } from "./source-digest.ts";
import { DIST, ROOT, SITE } from "./wrangler.ts";

const DIGEST = join(DIST, BUNDLE_DIGEST);
/** All files that determine the bundle and the site. package.json pins the exact versions of the packages. */
const SOURCES = ["src", ...DOCS_SOURCES, "packages/sukkal/src", "scripts/bundle.ts", "tsconfig.json"];

/** Builds if the bundle does not match the sources. */
export async function buildIfChanged(): Promise<void> {
  const digest = digestOf(SOURCES);
  if (digest === readIfExists(DIGEST) && existsSync(join(DIST, "index.js")) && existsSync(SITE)) return;
  if (!existsSync(join(ROOT, "node_modules/esbuild"))) {
    throw new Refusal(
      "dist/index.js is missing or does not match the sources, and esbuild, which builds it, is not installed. Run " +
        "npm ci --include=dev && npm run build. Afterwards npm prune --omit=dev removes esbuild again.",
    );
  }
  await build();
}

/**
 * Prints nothing. If it fails, it rejects with the errors of the sources. The new bundle replaces the old one by a rename,
 * because another process may be reading it.
 */
export async function build(): Promise<void> {
  const folder = join(DIST, `build-${process.pid}`);
  makeFolder(folder);
  // Computed before the build, so that a change during the build causes another build.
  const digest = digestOf(SOURCES);
  rmSync(DIGEST, { force: true });
  try {
    // Loaded here, because most starts build nothing.
    const [{ bundleWorker }, { makeSite }] = await Promise.all([import("./bundle.ts"), import("./site.ts")]);
    await Promise.all([bundleWorker("src/index.ts", join(folder, "index.js")), makeSite()]).catch(refuse);
    for (const file of ["index.js", "index.js.map"]) renameSync(join(folder, file), join(DIST, file));
    writeFileSync(DIGEST, digest);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refuse(error: unknown): never {
  throw new Refusal(`The bundle could not be built. ${error instanceof Error ? error.message : String(error)}`);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refusal(`The bundle cannot be written: ${why}. Run npm run build as a user who can write to dist/.`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

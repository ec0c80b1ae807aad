/** Bundles the Worker, and programs for Node: Node runs no TypeScript in node_modules. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./wrangler.ts";

export interface Program {
  /** Paths relative to the root of the repository. */
  readonly from: string;
  readonly to: string;
  /** The oldest version that runs it. */
  readonly node: string;
  /** Imports that stay as they are. */
  readonly external?: readonly string[];
}

/**
 * Bundles a Worker and makes its source map, as wrangler does for a deployment (a test compares the bundles), in a fifth of the
 * time. Paths are relative to the root of the repository, or absolute. Rejects with the errors of the sources.
 */
export async function bundleWorker(from: string, to: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: [from],
    outfile: to,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    sourcemap: true,
    logLevel: "silent",
  });
}

/** Returns the paths of the bundled files. It is not minified, so that stacks in reports of faults can be read. */
export async function bundleProgram({ from, to, node, external = [] }: Program): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [from],
    outfile: to,
    bundle: true,
    platform: "node",
    format: "esm",
    target: `node${node}`,
    external: [...external],
    // For dependencies that are CommonJS.
    banner: {
      js: `import { createRequire as toRequire } from "node:module"; const require = toRequire(import.meta.url);`,
    },
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
  });
  chmodSync(join(ROOT, to), 0o755);
  return Object.keys(metafile.inputs).map((path) => join(ROOT, path));
}

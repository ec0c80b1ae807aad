/**
 * Bundles a Worker of the benchmark, or the service itself, into a separate folder together with the workerd configuration
 * that embeds it. So benchmarks and `npm start` do not overwrite each other's bundles.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { bundleWorker } from "../scripts/bundle.ts";
import { ROOT } from "../scripts/wrangler.ts";

/** Both paths are relative to the checkout. */
export interface Sources {
  readonly entry: string;
  readonly config: string;
}

/** Returns the path of the configuration. */
export async function bundle(sources: Sources, folder: string): Promise<string> {
  const dist = join(folder, "dist");
  mkdirSync(dist, { recursive: true });
  await bundleWorker(sources.entry, join(dist, "index.js"));
  const config = join(folder, basename(sources.config));
  // workerd looks for a folder below its own working folder, and does not start without it.
  const site = join(dist, "site");
  mkdirSync(site, { recursive: true });
  const text = readFileSync(join(ROOT, sources.config), "utf8");
  writeFileSync(config, text.replace('path = "dist/site"', `path = "${site}"`));
  return config;
}

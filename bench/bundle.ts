/**
 * Bundles a Worker of the benchmark, or the service itself, into a separate folder together with the workerd configuration
 * that embeds it. So benchmarks and `npm start` do not overwrite each other's bundles.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "smol-toml";
import { ROOT, runWrangler } from "../scripts/wrangler.ts";

/** Both paths are relative to the checkout. */
export interface Sources {
  readonly entry: string;
  readonly config: string;
}

/** Returns the path of the configuration. */
export async function bundle(sources: Sources, folder: string): Promise<string> {
  const dist = join(folder, "dist");
  mkdirSync(dist, { recursive: true });
  const settings = join(folder, "wrangler.toml");
  writeFileSync(settings, `name = "bundle"\ncompatibility_date = "${compatibilityDate()}"\nsend_metrics = false\n`);
  const options = ["--config", settings, "--dry-run", "--outdir", dist];
  const { code, output } = await runWrangler(["deploy", join(ROOT, sources.entry), ...options]);
  if (code !== 0) throw new Error(`${sources.entry} could not be bundled:\n${output}`);
  renameSync(join(dist, `${basename(sources.entry, ".ts")}.js`), join(dist, "index.js"));
  const config = join(folder, basename(sources.config));
  // workerd looks for a folder below its own working folder, and does not start without it.
  const site = join(dist, "site");
  mkdirSync(site, { recursive: true });
  const text = readFileSync(join(ROOT, sources.config), "utf8");
  writeFileSync(config, text.replace('path = "dist/site"', `path = "${site}"`));
  return config;
}

/** The compatibility date of the service, because the runtime's behaviour depends on it. */
function compatibilityDate(): string {
  const { compatibility_date: date } = parse(readFileSync(join(ROOT, "wrangler.toml"), "utf8"));
  if (typeof date !== "string") throw new Error("wrangler.toml states no compatibility_date");
  return date;
}

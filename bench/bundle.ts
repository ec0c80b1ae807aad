/**
 * Bundles a Worker of the benchmark, or the service itself, into a folder of its own together with the workerd
 * configuration that embeds it: runs do not touch the bundle that `npm start` serves, nor does a build under way touch them.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "smol-toml";

export const ROOT = dirname(import.meta.dirname);

/** Returns the path of the configuration. `entry` and `config` are relative to the checkout. */
export async function bundle(sources: { readonly entry: string; readonly config: string }, folder: string): Promise<string> {
  const dist = join(folder, "dist");
  mkdirSync(dist, { recursive: true });
  const settings = join(folder, "wrangler.toml");
  const date = String(parse(readFileSync(join(ROOT, "wrangler.toml"), "utf8"))["compatibility_date"]);
  writeFileSync(settings, `name = "bundle"\ncompatibility_date = "${date}"\nsend_metrics = false\n`);
  await wrangler(["deploy", join(ROOT, sources.entry), "--config", settings, "--dry-run", "--outdir", dist], folder);
  renameSync(join(dist, `${basename(sources.entry, ".ts")}.js`), join(dist, "index.js"));
  const config = join(folder, basename(sources.config));
  copyFileSync(join(ROOT, sources.config), config);
  return config;
}

async function wrangler(args: readonly string[], folder: string): Promise<void> {
  const child = spawn(process.execPath, [join(ROOT, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    // Nothing is asked, reported or looked up, and no log is left behind.
    env: {
      ...process.env,
      CI: "true",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_WRITE_LOGS: "false",
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`the bundle could not be built:\n${output.trim()}`);
}

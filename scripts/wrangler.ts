/** Runs wrangler as a build tool: without prompts, telemetry, update checks and log files. */
import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";

export const ROOT = dirname(import.meta.dirname);
export const DIST = join(ROOT, "dist");

/** The folder of [assets] in wrangler.toml. */
export const SITE = join(DIST, "site");

export const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

export interface Run {
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly output: string;
}

export async function runWrangler(args: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      CI: "true",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_WRITE_LOGS: "false",
      // The [build] of wrangler.toml calls `node`, which has to be this one: another may be too old.
      PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
      // A build must work without a home folder and must not write to it.
      HOME: join(ROOT, ".wrangler"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, output: output.trim() };
}

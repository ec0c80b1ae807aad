/** Runs wrangler as a program that builds: nothing is asked, reported or looked up, and no log is left behind. */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";

export const ROOT = dirname(import.meta.dirname);

export const WRANGLER = join(ROOT, "node_modules/wrangler/bin/wrangler.js");

export interface Run {
  readonly code: number | null;
  /** Of both streams, for when it fails. */
  readonly output: string;
}

/** Ends early, with a rejection, when the signal aborts. */
export async function runWrangler(args: readonly string[], signal?: AbortSignal): Promise<Run> {
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    env: {
      ...process.env,
      CI: "true",
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_WRITE_LOGS: "false",
      // A build is of nobody's: it needs no home, and writes nothing there.
      HOME: join(ROOT, ".wrangler"),
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...(signal === undefined ? {} : { signal }),
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, output: output.trim() };
}

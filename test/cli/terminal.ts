/** Runs commands in bash on a pseudo terminal, where `sukkal` is the command line of this checkout. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/wrangler.ts";

interface TerminalOptions {
  /** The working and home folder. */
  readonly folder: string;
  readonly columns: number;
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Ends the output of a command. Programs do not print it. */
const END = "\u001E";

/** Runs the commands one after the other, and returns what each has printed. */
export async function runInTerminal(
  commands: readonly string[],
  { folder, columns, timeoutMs, env }: TerminalOptions,
): Promise<readonly string[]> {
  const script = join(folder, ".commands.sh");
  // The next command finds the exit code of the former in `$?`.
  const marked = commands.map((command) => `${command}\n__code=$?; printf '${END}'; (exit $__code)\n`);
  writeFileSync(script, `stty cols ${columns} -echo -onlcr\n${marked.join("")}kill $(jobs -p) 2>/dev/null\n`);
  const child = spawn("script", ["--quiet", "--command", `bash ${script}`, "/dev/null"], {
    cwd: folder,
    env: { PATH: `${installed(folder)}:${process.env["PATH"]}`, HOME: folder, NO_COLOR: "1", TERM: "xterm", ...env },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: timeoutMs,
  });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  await once(child, "close");
  return printed.split(END).slice(0, commands.length);
}

/** A folder with `sukkal`, which is run from its source. */
function installed(folder: string): string {
  const bin = join(folder, ".bin");
  mkdirSync(bin, { recursive: true });
  const main = join(ROOT, "packages/sukkal/src/cli/main.ts");
  writeFileSync(
    join(bin, "sukkal"),
    `#!/bin/sh\nexec '${process.execPath}' --conditions=sukkal-source '${main}' "$@"\n`,
  );
  chmodSync(join(bin, "sukkal"), 0o755);
  return bin;
}

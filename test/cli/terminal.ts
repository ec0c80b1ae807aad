/** Programs on a pseudo terminal, in which `sukkal` is the command line of this checkout. */
import { buildSync } from "esbuild";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../scripts/wrangler.ts";

interface TerminalOptions {
  /** The working and home folder. */
  readonly folder: string;
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Ends the output of a command. Programs do not print it. */
const END = "\u001E";

/** Runs the commands in bash one after the other, on a terminal of so many columns, and returns what each has printed. */
export async function runInTerminal(
  commands: readonly string[],
  { columns, ...options }: TerminalOptions & { readonly columns: number },
): Promise<readonly string[]> {
  const script = join(options.folder, ".commands.sh");
  // The next command finds the exit code of the former in `$?`.
  const marked = commands.map((command) => `${command}\n__code=$?; printf '${END}'; (exit $__code)\n`);
  writeFileSync(script, `stty cols ${columns} -echo -onlcr\n${marked.join("")}kill $(jobs -p) 2>/dev/null\n`);
  const printed = await typeInto(`bash ${script}`, "", options);
  return printed.split(END).slice(0, commands.length);
}

/** Runs a program on a terminal in which somebody types, at once or when it shows `prompt`, and returns what it shows. */
export async function typeInto(
  program: string,
  keys: string,
  { folder, timeoutMs, env, prompt = "" }: TerminalOptions & { readonly prompt?: string },
): Promise<string> {
  const child = spawn("script", ["--quiet", "--command", program, "/dev/null"], {
    cwd: folder,
    env: { PATH: `${installed(folder)}:${process.env["PATH"]}`, HOME: folder, NO_COLOR: "1", TERM: "xterm", ...env },
    stdio: ["pipe", "pipe", "inherit"],
    timeout: timeoutMs,
  });
  let printed = "";
  if (prompt === "") child.stdin.end(keys);
  child.stdout.on("data", (chunk) => {
    printed += String(chunk);
    if (prompt !== "" && printed.includes(prompt) && !child.stdin.writableEnded) child.stdin.end(keys);
  });
  await once(child, "close");
  return printed;
}

/** A folder with `sukkal` in one file, which starts four times faster than its source. */
function installed(folder: string): string {
  const bin = join(folder, ".bin");
  const bundle = join(bin, "sukkal.mjs");
  const options = { bundle: true, platform: "node", format: "esm", target: "node20", logLevel: "warning" } as const;
  // The files of yaml for Node are CommonJS, whose `require` is not part of a module.
  const alias = { yaml: join(ROOT, "node_modules/yaml/browser/index.js") };
  buildSync({ ...options, alias, entryPoints: [join(ROOT, "packages/sukkal/src/cli/main.ts")], outfile: bundle });
  writeFileSync(join(bin, "sukkal"), `#!/bin/sh\nexec '${process.execPath}' '${bundle}' "$@"\n`, { mode: 0o755 });
  return bin;
}

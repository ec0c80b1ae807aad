/** Runs the Python scripts of this folder: finds missing packages, and counts the tests. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { endWithThisProcess } from "../../bench/children.ts";

/** Debian's own Python. Another one on the path would not have Debian's packages. */
export const PYTHON = "/usr/bin/python3";
const SCRIPT_MS_MAX = 180_000;

export function hasModule(module: string): boolean {
  return spawnSync(PYTHON, ["-c", `import ${module}`]).status === 0;
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

export interface Script {
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Only the tests whose names contain one of these. */
  readonly only?: readonly string[];
  /** Others run at the same time, so the output is printed when the script has ended. */
  readonly isBeside?: boolean;
}

/** Prints the output of the script, and counts by unittest's summary. */
export async function runScript({ file, environment, only = [], isBeside = false }: Script): Promise<Tally> {
  const script = [join(import.meta.dirname, file), "--verbose", ...only.flatMap((name) => ["-k", name])];
  const child = spawn(PYTHON, ["-W", "ignore::DeprecationWarning", ...script], {
    stdio: ["ignore", "inherit", "pipe"],
    timeout: SCRIPT_MS_MAX,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...environment },
  });
  child.once(
    "exit",
    endWithThisProcess(() => child.kill()),
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (!isBeside) process.stderr.write(text);
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (isBeside) process.stderr.write(said);
  return tallyOf(said, code);
}

/** `Ran 12 tests in 0.1s`, then `OK` or `FAILED (failures=1, errors=2)`, each possibly with `skipped=3`. */
function tallyOf(said: string, code: number | null): Tally {
  const ran = Number(/^Ran (\d+) tests? in /m.exec(said)?.[1] ?? 0);
  const summary = /^(?:OK|FAILED)(?: \(.*\))?$/m.exec(said)?.[0] ?? "";
  const counted = (what: string): number => Number(new RegExp(`\\b${what}=(\\d+)`).exec(summary)?.[1] ?? 0);
  const failed = counted("failures") + counted("errors") + counted("unexpected successes");
  // A failed set-up of a class or module is an error, but not one of the tests that ran.
  const passed = Math.max(0, ran - failed - counted("skipped"));
  return { passed, failed: code === 0 ? 0 : Math.max(1, failed) };
}

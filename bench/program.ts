/**
 * What the programs of this folder have in common: progress on standard error, an error as one line instead of a stack, and the usage
 * by `--help` and after arguments that are not understood.
 */

/** An argument is wrong. The message says which, and what it can be. */
export class BadArgument extends Error {}

export function report(progress: string): void {
  process.stderr.write(`bench: ${progress}\n`);
}

export async function runProgram(usage: string, main: () => Promise<void>): Promise<void> {
  if (process.argv.includes("--help")) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  try {
    await main();
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
    if (!isAboutArguments(error)) return;
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
  }
}

/** The value of an option that is a number above 0. */
export function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new BadArgument(`--${option} is "${text}": it must be a number above 0.`);
}

function isAboutArguments(error: unknown): boolean {
  return error instanceof BadArgument || String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS_");
}

/** What the programs of this folder have in common: progress on standard error, and an error as one line instead of a stack. */

export function report(progress: string): void {
  process.stderr.write(`bench: ${progress}\n`);
}

export async function runProgram(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}

#!/usr/bin/env node
/** The command `sukkal`: runs a command line and ends the process with its exit code. */
import { runCommandLine } from "./app.ts";
import { EXIT, type Ending } from "./exit-code.ts";

const ending = new AbortController();
const forcing = new AbortController();
const end = (how: Ending): void => ending.abort(how);

process.on("SIGINT", () => {
  // The first asks, the second forces, and the third ends a command that does neither.
  if (forcing.signal.aborted) process.exit(EXIT.interrupted);
  if (ending.signal.aborted) forcing.abort();
  end("interrupted");
});
process.on("SIGTERM", () => end("terminated"));
// The terminal was closed.
process.on("SIGHUP", () => end("terminated"));

let writeFailure: string | null = null;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", ({ code = "" }: NodeJS.ErrnoException) => {
    // The reader of a pipe has ended, such as `head`, or the terminal: there is nobody to write to, and nothing wrong.
    if (code !== "EPIPE" && code !== "EIO") writeFailure = code;
    end("reader-gone");
  });
}

const { stdout, stderr, env, stdin } = process;
const cli = { process: { stdout, stderr, env }, stdin, signal: ending.signal, forced: forcing.signal };
process.exitCode = await runCommandLine(process.argv.slice(2), cli);
// The failure of the last write comes after it.
await new Promise(setImmediate);
if (writeFailure !== null) {
  process.exitCode = EXIT.refused;
  stderr.write(`error: The output could not be written (${String(writeFailure)}).\n`);
}

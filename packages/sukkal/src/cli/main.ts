#!/usr/bin/env node
/** The command `sukkal`: runs a command line and ends the process with its exit code. */
import { runCommandLine } from "./app.ts";
import { EXIT } from "./exit-code.ts";

const interrupting = new AbortController();
process.once("SIGINT", () => interrupting.abort());

// The reader of a pipe has ended, such as `head`: there is nobody to write to, and nothing wrong.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.done);
  throw error;
});

const { stdout, stderr, env, stdin } = process;
const cli = { process: { stdout, stderr, env }, stdin, signal: interrupting.signal };
process.exitCode = await runCommandLine(process.argv.slice(2), cli);

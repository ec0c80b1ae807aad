/** Keys that a command prints, such as one of a password manager. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { EXIT, Failure } from "../exit-code.ts";

const TIMEOUT_MS = 60_000;
/** Characters. No key is longer. */
const OUTPUT_MAX = 10_000;

/**
 * What a shell command prints. Its standard error is that of this process, so that it can say what is wrong, or ask for a
 * password. What it prints to standard output may be a part of the key, and is never repeated.
 */
export async function outputOf(command: string, signal: AbortSignal): Promise<string> {
  // Not in a group of its own: it could not ask on the terminal. So commands that the shell has started may outlive it.
  const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", "pipe", "inherit"] });
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const tooLong = new AbortController();
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
    if (output.length > OUTPUT_MAX) tooLong.abort();
  });
  let code: number | null;
  try {
    const ended = await once(child, "close", { signal: AbortSignal.any([signal, limit, tooLong.signal]) });
    [code] = ended as [number | null];
  } catch (error) {
    if (limit.aborted) throw failure(`was stopped after ${TIMEOUT_MS / 1000} s`);
    throw tooLong.signal.aborted ? failure("prints more than a key") : error;
  } finally {
    // Nothing that it has started keeps this process alive.
    child.kill();
    child.stdout.destroy();
    child.unref();
  }
  if (code !== 0) throw failure(code === null ? "was killed" : `failed with exit code ${code}`);
  if (output.trim() === "") throw failure("printed nothing");
  return output.trim();
}

function failure(what: string): Failure {
  return new Failure(`The key_command of the context ${what}.`, { exitCode: EXIT.notAllowed });
}

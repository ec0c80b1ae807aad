/** Keys that a command prints, such as one of a password manager. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { EXIT, Failure } from "../exit-code.ts";

const TIMEOUT_MS = 60_000;

/**
 * What a shell command prints. Its standard error is that of this process, so that it can say what is wrong, or ask for
 * a password. What it prints to standard output may be a part of the key, and is never repeated.
 */
export async function outputOf(command: string, signal: AbortSignal): Promise<string> {
  const child = spawn("/bin/sh", ["-c", command], {
    timeout: TIMEOUT_MS,
    signal,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  if (code === null) throw failure(`was stopped after ${TIMEOUT_MS / 1000} s`);
  if (code !== 0) throw failure(`failed with exit code ${code}`);
  if (output.trim() === "") throw failure("printed nothing");
  return output.trim();
}

function failure(what: string): Failure {
  return new Failure(`The key_command of the context ${what}.`, { exitCode: EXIT.notAllowed });
}

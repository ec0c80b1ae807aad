/** Runs a shell command for one message. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { pause } from "../../time.ts";
import type { Output } from "../terminal/output.ts";

export interface ProgramExit {
  /** null: a signal has ended it. */
  readonly code: number | null;
  /** Such as `SIGKILL`. */
  readonly signal: string | null;
  readonly milliseconds: number;
}

export interface ProgramOptions {
  /** Standard input. */
  readonly input: string;
  readonly env: NodeJS.ProcessEnv;
  readonly output: Output;
  /** Whether its standard output goes to standard error, because documents are on standard output. */
  readonly isMuted: boolean;
  /** Ends it: SIGTERM, and SIGKILL a few seconds later. */
  readonly signal: AbortSignal;
}

/** Milliseconds between SIGTERM and SIGKILL. */
const KILL_AFTER = 5000;

/**
 * Ends when the program has ended and its output is closed. The program has a process group of its own, so that Ctrl-C
 * does not reach it: what is in work is finished.
 */
export async function runProgram(command: string, options: ProgramOptions): Promise<ProgramExit> {
  const { input, env, output, isMuted, signal } = options;
  const startedAt = performance.now();
  const child = spawn("/bin/sh", ["-c", command], { env, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  // A program that does not read its input may end before all of it is written.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const closed = once(child, "close");
  const over = new AbortController();
  const stop = (): void => void kill(child.pid, over.signal);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    await Promise.all([
      pass(child.stdout, output.programOutput(isMuted ? "stderr" : "stdout")),
      pass(child.stderr, output.programOutput("stderr")),
      closed,
    ]);
    return { code: child.exitCode, signal: child.signalCode, milliseconds: performance.now() - startedAt };
  } finally {
    over.abort();
    signal.removeEventListener("abort", stop);
  }
}

/** A failed write closes the output of the program, which then ends like one whose reader has left. */
async function pass(from: Readable, write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of from) await write(chunk as Uint8Array);
  } catch {
    // The reader of the own output has left, which ends the command in another way.
  }
}

async function kill(pid: number | undefined, over: AbortSignal): Promise<void> {
  if (pid === undefined) return;
  signalGroup(pid, "SIGTERM");
  await pause(KILL_AFTER, over);
  if (!over.aborted) signalGroup(pid, "SIGKILL");
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

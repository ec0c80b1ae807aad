/** Runs command lines in this process, with streams that keep what is printed. */
import { Readable, Writable } from "node:stream";
import { runCommandLine } from "../../packages/sukkal/src/cli/app.ts";
import type { Cli } from "../../packages/sukkal/src/cli/command.ts";
import type { Stream } from "../../packages/sukkal/src/cli/terminal/stream.ts";

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface RunOptions {
  /** Standard input. */
  readonly input?: string;
  /** Standard input is a pipe into which nobody writes. */
  readonly isSilent?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  /** The width of a terminal that both output streams are; by default they are pipes. */
  readonly terminal?: number;
  /** Standard input is a terminal too. */
  readonly isTyped?: boolean;
  /** Aborts as Ctrl-C does. */
  readonly signal?: AbortSignal;
  /** Aborts as the second Ctrl-C does. */
  readonly forced?: AbortSignal;
  /** Called with what is printed, as it is printed. */
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
}

/** Runs `sukkal WORDS…`. No configuration of the user counts. */
export async function sukkal(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const stdout = new Kept(options.terminal, options.onStdout);
  const stderr = new Kept(options.terminal, options.onStderr);
  const env = { SUKKAL_CONFIG: "/dev/null", ...options.env };
  const stdin: Cli["stdin"] = options.isSilent === true ? new Readable({ read() {} }) : readable(options.input);
  if (options.isTyped === true) Object.assign(stdin, { isTTY: true });
  const signal = options.signal ?? new AbortController().signal;
  const forced = options.forced ?? new AbortController().signal;
  const code = await runCommandLine(words, { process: { stdout, stderr, env }, stdin, signal, forced });
  return { stdout: stdout.text, stderr: stderr.text, code };
}

function readable(input: string | undefined): Readable {
  return Readable.from(input === undefined ? [] : [Buffer.from(input)]);
}

export class Kept extends Writable implements Stream {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number;

  private readonly onText: ((text: string) => void) | undefined;

  constructor(columns?: number, onText?: (text: string) => void) {
    super();
    this.onText = onText;
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 80;
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, callback: () => void): void {
    const text = Buffer.from(chunk).toString();
    this.text += text;
    this.onText?.(text);
    callback();
  }
}

/** What a person sees in the end: each line without what was erased. */
export function seen(text: string): string {
  return text
    .split("\n")
    .map((line) => line.split("\r\u001B[K").at(-1))
    .join("\n");
}

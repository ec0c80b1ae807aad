/** What people type: parsers for flags and positional arguments. Their errors are printed after the name of the flag. */
import { createReadStream } from "node:fs";
import { addAbortSignal, type Readable } from "node:stream";
import { EXIT, Failure } from "./exit-code.ts";
import type { Metadata, ReservedMetadata } from "../place-details.ts";
import { proposalsOf } from "./proposals.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A flag without a value. */
export function flag(brief: string): { kind: "boolean"; optional: true; withNegated: false; brief: string } {
  return { kind: "boolean", optional: true, withNegated: false, brief };
}

/** A flag with a value, which may be missing. */
export function valueFlag<T>(parse: (input: string) => T, placeholder: string, brief: string) {
  return { kind: "parsed", parse, optional: true, placeholder, brief } as const;
}

/** The flag of commands that destroy something. */
export const YES = flag("do not ask");

export function text(input: string): string {
  return input;
}

/** Seconds: `90`, `90s`, `5m`, `2h`, `7d`, `2w`. */
export function seconds(input: string): number {
  const [, digits, unit = "s"] = /^(\d+)([smhdw])?$/.exec(input) ?? [];
  if (digits === undefined) throw new SyntaxError(`"${input}" is no duration: write 90, 90s, 5m, 2h or 7d`);
  const value = Number(digits) * (UNITS[unit] ?? 1);
  if (!Number.isSafeInteger(value)) throw new SyntaxError("it is too long");
  return value;
}

/** A name or id. An empty one, such as that of an unset variable, would mean all or the first. */
export function identifier(input: string): string {
  if (input === "") throw new SyntaxError("it is empty");
  return input;
}

/** A whole number from 0. */
export function count(input: string): number {
  if (!/^\d{1,15}$/.test(input)) throw new SyntaxError(`"${input}" is no whole number`);
  return Number(input);
}

/** A whole number from 1. */
export function positive(input: string): number {
  const number = count(input);
  if (number === 0) throw new SyntaxError("it must be at least 1");
  return number;
}

/** The flag that bounds a list or a claim. `otherwise`: what holds without it. */
export function limitFlag(otherwise?: string) {
  return valueFlag(positive, "n", `at most so many${otherwise === undefined ? "" : `; ${otherwise} by default`}`);
}

/** The argument that names a queue. */
export const QUEUE = {
  brief: "name of the queue",
  placeholder: "queue",
  parse: identifier,
  proposeCompletions: proposalsOf("queues"),
} as const;

/** The argument that names a topic. */
export const TOPIC = {
  brief: "name of the topic",
  placeholder: "topic",
  parse: identifier,
  proposeCompletions: proposalsOf("topics"),
} as const;

/** Members of metadata: `name=value`, the value JSON or a text. */
export function toMetadata(pairs: readonly string[]): Metadata {
  return Object.fromEntries(pairs.map(toMember));
}

/** Members of metadata whose values are seconds. */
export const TIMES: ReadonlySet<string> = new Set<keyof ReservedMetadata>([
  "_default_message_ttl",
  "_default_message_delay",
  "_dead_letter_queue_messages_ttl",
]);

function toMember(pair: string): readonly [string, unknown] {
  const at = pair.indexOf("=");
  if (at < 1)
    throw new Failure(`"${pair}" is no member with a value.`, { exitCode: EXIT.usage, hint: "Write NAME=VALUE." });
  const name = pair.slice(0, at);
  const value = pair.slice(at + 1);
  return [name, TIMES.has(name) && /^\d+[smhdw]$/.test(value) ? seconds(value) : jsonOrText(value)];
}

function jsonOrText(input: string): unknown {
  let isExact = true;
  let value: unknown;
  try {
    value = JSON.parse(input, (_, part: unknown) => {
      isExact &&= isExactly(part);
      return part;
    });
  } catch {
    return input;
  }
  if (isExact) return value;
  // It would be stored as another number.
  throw new Failure(`${input} has too many digits for a number.`, {
    exitCode: EXIT.usage,
    hint: `Write '"${input}"' for a text.`,
  });
}

/** Whether a number is the one that was written, as far as that can be seen. */
function isExactly(value: unknown): boolean {
  return (
    typeof value !== "number" || Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
  );
}

/** The text of an argument: `-` is standard input, `@file` a file, anything else itself. Ctrl-C ends the wait for a pipe. */
export async function readArgument(
  argument: string,
  { cli: { stdin }, signal }: { readonly cli: { readonly stdin: Readable }; readonly signal: AbortSignal },
): Promise<string> {
  if (argument === "-") return readAll(addAbortSignal(signal, stdin), "Standard input");
  if (!argument.startsWith("@")) return argument;
  const path = argument.slice(1);
  try {
    return await readAll(createReadStream(path, { signal }), path);
  } catch (error) {
    throw signal.aborted ? error : unreadable(path, error);
  }
}

/** The failure for a file that cannot be opened or read. Other errors stay what they are. */
export function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  return new Failure(`${path} cannot be read (${String(error.code)}).`, { exitCode: EXIT.usage });
}

/** Bytes. Far more than a service accepts, and little enough to hold. */
export const TEXT_MAX = 64 * 1024 * 1024;

async function readAll(stream: AsyncIterable<unknown>, origin: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const part = Buffer.from(chunk as Uint8Array);
    bytes += part.length;
    if (bytes > TEXT_MAX) throw new Failure(`${origin} is longer than 64 MiB.`);
    chunks.push(part);
  }
  return decoded(Buffer.concat(chunks), origin);
}

/** Other bytes would be replaced, and something else than was given would be posted. */
function decoded(bytes: Uint8Array, origin: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(`${origin} is not UTF-8.`);
  }
}

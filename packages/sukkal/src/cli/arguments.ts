/** What people type: parsers for flags and positional arguments. Their errors are printed after the name of the flag. */
import { readFile } from "node:fs/promises";
import { EXIT, Failure } from "./exit-code.ts";
import type { Metadata, ReservedMetadata } from "../place-details.ts";
import { proposalsOf } from "./proposals.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A flag without a value. */
export function flag(brief: string): { kind: "boolean"; optional: true; withNegated: false; brief: string } {
  return { kind: "boolean", optional: true, withNegated: false, brief };
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
  return Number(digits) * (UNITS[unit] ?? 1);
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

/** The argument that names a queue. */
export const QUEUE = {
  brief: "name of the queue",
  placeholder: "queue",
  parse: text,
  proposeCompletions: proposalsOf("queues"),
} as const;

/** The argument that names a topic. */
export const TOPIC = {
  brief: "name of the topic",
  placeholder: "topic",
  parse: text,
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
  const value = parsedOrText(input);
  if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
  // It would be stored as another number.
  throw new Failure(`${input} has too many digits for a number.`, {
    exitCode: EXIT.usage,
    hint: `Write '"${input}"' for a text.`,
  });
}

function parsedOrText(input: string): unknown {
  try {
    return JSON.parse(input) as unknown;
  } catch {
    return input;
  }
}

/** The text of an argument: `-` is standard input, `@file` a file, anything else itself. */
export async function readArgument(argument: string, stdin: AsyncIterable<unknown>): Promise<string> {
  if (argument === "-") return decoded(await readAll(stdin), "Standard input");
  if (!argument.startsWith("@")) return argument;
  const path = argument.slice(1);
  try {
    return decoded(await readFile(path), path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The failure for a file that cannot be opened or read. Other errors stay what they are. */
export function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return error;
  return new Failure(`${path} cannot be read (${String(error.code)}).`, { exitCode: EXIT.usage });
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** Other bytes would be replaced, and something else than was given would be posted. */
function decoded(bytes: Uint8Array, origin: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(`${origin} is not UTF-8.`);
  }
}

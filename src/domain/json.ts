/**
 * JSON as text. Message bodies and metadata values travel exactly as the client wrote them: 64-bit integers, `1.0`,
 * key order and duplicate keys all survive, because nothing is parsed and written again. `JSON.parse` proves a document
 * valid once; what follows here only cuts a *known valid* text into the raw texts of its parts.
 */
import type { Brand } from "./brand.ts";

/** Text known to be one valid JSON value (RFC 8259, or Python's NaN and Infinity), with no blanks around it. */
export type JsonText = Brand<string, "JsonText">;

/** The members of a JSON object in order of first appearance; of duplicate keys the last value counts. */
export type Members = ReadonlyMap<string, JsonText>;

/** Why a text is not an acceptable document. */
export type DocumentDefect = "unparsable" | "integer-too-large";

/**
 * Proves that `text` is one JSON document all of whose integers fit into signed 64 bits, and returns it without the
 * blanks around it. Upstream's parser takes `NaN`, `Infinity` and `-Infinity` too, and so do we.
 */
export function checkDocument(text: string): JsonText | DocumentDefect {
  if (!isJson(text) && !isJson(withoutNonFinite(text))) return "unparsable";
  if (LONG_DIGITS.test(text) && !integersFit(text)) return "integer-too-large";
  return text.trim() as JsonText;
}

/** The first character tells the type of a JSON value. */
export type JsonType = "object" | "array" | "string" | "number" | "boolean" | "null";

export function typeOf(value: JsonText): JsonType {
  switch (value.charCodeAt(0)) {
    case 0x7b:
      return "object";
    case 0x5b:
      return "array";
    case 0x22:
      return "string";
    case 0x74:
    case 0x66:
      return "boolean";
    case 0x6e:
      return "null";
    // Digits, minus, and the NaN and Infinity of Python's parser.
    default:
      return "number";
  }
}

/**
 * The value as an integer the way upstream sees it: Python counts `true` and `false` as 1 and 0, and `60.0` is not an
 * integer. Returns null for everything else. Beyond 2^53 the result is rounded, which no range check minds.
 */
export function toInteger(value: JsonText): number | null {
  if (value === "true") return 1;
  if (value === "false") return 0;
  return INTEGER.test(value) ? Number(value) : null;
}

/** The decoded text of a JSON string, or null when the value is not a string. */
export function toText(value: JsonText): string | null {
  return value.charCodeAt(0) === QUOTE ? (JSON.parse(value) as string) : null;
}

/** Python's truth value: false, null, 0, 0.0, "", [] and {} are false. */
export function isTruthy(value: JsonText): boolean {
  switch (typeOf(value)) {
    case "object":
      return membersOf(value).size > 0;
    case "array":
      return elementsOf(value).length > 0;
    case "string":
      return value.length > 2;
    case "number":
      return Number(value) !== 0;
    case "boolean":
      return value === "true";
    case "null":
      return false;
  }
}

/** The members of a JSON object, values as raw text. `value` must be an object. */
export function membersOf(value: JsonText): Members {
  const members = new Map<string, JsonText>();
  let at = skipBlanks(value, 1);
  while (value.charCodeAt(at) !== CLOSE_BRACE) {
    const keyEnd = endOfString(value, at);
    const key = JSON.parse(value.slice(at, keyEnd)) as string;
    const start = skipBlanks(value, skipBlanks(value, keyEnd) + 1);
    const end = endOfValue(value, start);
    members.set(key, value.slice(start, end) as JsonText);
    at = skipBlanks(value, end);
    if (value.charCodeAt(at) === COMMA) at = skipBlanks(value, at + 1);
  }
  return members;
}

/** The elements of a JSON array as raw texts. `value` must be an array. */
export function elementsOf(value: JsonText): readonly JsonText[] {
  const elements: JsonText[] = [];
  let at = skipBlanks(value, 1);
  while (value.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = endOfValue(value, at);
    elements.push(value.slice(at, end) as JsonText);
    at = skipBlanks(value, end);
    if (value.charCodeAt(at) === COMMA) at = skipBlanks(value, at + 1);
  }
  return elements;
}

/** Writes members back as an object; the values keep their raw text. */
export function toObjectText(members: Members): JsonText {
  const parts: string[] = [];
  for (const [key, value] of members) parts.push(`${JSON.stringify(key)}:${value}`);
  return `{${parts.join(",")}}` as JsonText;
}

export function toJsonText(value: string | number | boolean | null): JsonText {
  return JSON.stringify(value) as JsonText;
}

export const EMPTY_OBJECT = "{}" as JsonText;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

const INTEGER = /^-?\d+$/;
/** Only a run of 19 digits can leave 64 bits, so most documents are cleared without a walk. */
const LONG_DIGITS = /\d{19}/;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}

/** The closing quote is optional: an unterminated string must end the search, or hostile text makes it quadratic. */
const NON_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*"?|-?\b(?:Infinity|NaN)\b/gs;

/**
 * Python's non-finite numbers outside of strings, replaced by a zero that any JSON parser takes; the blanks keep
 * neighbours apart, so that what was no number does not become one.
 */
function withoutNonFinite(text: string): string {
  return text.replace(NON_FINITE, (token) => (token.startsWith('"') || token === "-NaN" ? token : " 0 "));
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

function integersFit(text: string): boolean {
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.length < 19 || !INTEGER.test(token)) continue;
    const value = BigInt(token);
    if (value < INT64_MIN || value > INT64_MAX) return false;
  }
  return true;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/** The index behind the string that starts at `start`: the first quote that no odd run of backslashes escapes. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (text.charCodeAt(quote - 1) === BACKSLASH) {
    let first = quote - 1;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((quote - first) % 2 === 0) break;
    quote = text.indexOf('"', quote + 1);
  }
  return quote + 1;
}

/** The index behind the value that starts at `start`. Iterative: nesting is bounded by the body's size alone. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return endOfScalar(text, start);
  let depth = 0;
  let at = start;
  for (;;) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        continue;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        depth++;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        depth--;
        if (depth === 0) return at + 1;
        break;
    }
    at++;
  }
}

function endOfScalar(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    // NaN: the end of the text, for a scalar that stands alone.
    if (Number.isNaN(code) || code <= SPACE || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) return at;
    at++;
  }
}

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
  if (hasLongDigits(text) && !integersFit(text)) return "integer-too-large";
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
  scanObject(value, 0, (key, start) => {
    const end = endOfValue(value, start);
    members.set(key, value.slice(start, end) as JsonText);
    return end;
  });
  return members;
}

/** The same for a text that may be none, as of a damaged row; null: it is no JSON object. */
export function membersIfSound(value: JsonText): Members | null {
  const checked = checkDocument(value);
  if (checked === "unparsable" || checked === "integer-too-large") return null;
  return typeOf(checked) === "object" ? membersOf(checked) : null;
}

/** The elements of a JSON array as raw texts. `value` must be an array. */
export function elementsOf(value: JsonText): readonly JsonText[] {
  const elements: JsonText[] = [];
  scanArray(value, 0, (start) => {
    const end = endOfValue(value, start);
    elements.push(value.slice(start, end) as JsonText);
    return end;
  });
  return elements;
}

/**
 * Visits the members of the object that starts at `start`, in order and with repeats, and returns the index behind it.
 * `visit` gets the index where a value starts and returns the one behind it (`endOfValue`, or a scan of its own), so
 * that nested documents are read in one pass.
 */
export function scanObject(text: JsonText, start: number, visit: (key: string, start: number) => number): number {
  let at = skipBlanks(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACE) {
    const keyEnd = endOfString(text, at);
    const key = toKey(text, at, keyEnd);
    at = skipBlanks(text, visit(key, skipBlanks(text, skipBlanks(text, keyEnd) + 1)));
    if (text.charCodeAt(at) === COMMA) at = skipBlanks(text, at + 1);
  }
  return at + 1;
}

/** As `scanObject`, for the elements of an array. */
export function scanArray(text: JsonText, start: number, visit: (start: number) => number): number {
  let at = skipBlanks(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACKET) {
    at = skipBlanks(text, visit(at));
    if (text.charCodeAt(at) === COMMA) at = skipBlanks(text, at + 1);
  }
  return at + 1;
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

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

const INTEGER = /^-?\d+$/;
/** Only a run of so many digits can leave 64 bits. */
const LONG_DIGITS = 19;
/** Characters of the smallest integer of 64 bits. */
const INT64_LENGTH_MAX = 20;
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

/** A long run of digits covers every so-many-th character, so most documents are cleared by looking at those alone. */
function hasLongDigits(text: string): boolean {
  for (let at = LONG_DIGITS - 1; at < text.length; at += LONG_DIGITS) {
    if (!isDigit(text.charCodeAt(at))) continue;
    let first = at;
    let last = at;
    while (isDigit(text.charCodeAt(first - 1))) first--;
    while (isDigit(text.charCodeAt(last + 1))) last++;
    if (last - first + 1 >= LONG_DIGITS) return true;
  }
  return false;
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;

function integersFit(text: string): boolean {
  for (const [token] of text.matchAll(STRING_OR_NUMBER)) {
    if (token.length < LONG_DIGITS || !INTEGER.test(token)) continue;
    // No leading zeros in JSON: so many digits are too many, and need not be worked out.
    if (token.length > INT64_LENGTH_MAX) return false;
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

/** The decoded key that a member starts with. */
function toKey(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes("\\") ? (JSON.parse(text.slice(start, end)) as string) : raw;
}

/** Characters of a string to look at one by one before searching: most strings are short, and a search has a price. */
const SHORT_STRING = 24;

/** The index behind the string that starts at `start`: the first quote that no odd run of backslashes escapes. */
function endOfString(text: string, start: number): number {
  let quote = start + 1;
  for (const last = quote + SHORT_STRING; quote < last; quote++) {
    const code = text.charCodeAt(quote);
    if (code === QUOTE) return quote + 1;
    if (code === BACKSLASH) break;
  }
  quote = text.indexOf('"', quote);
  while (text.charCodeAt(quote - 1) === BACKSLASH) {
    let first = quote - 1;
    while (text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((quote - first) % 2 === 0) break;
    quote = text.indexOf('"', quote + 1);
  }
  return quote + 1;
}

/** The index behind the value that starts at `start`. Iterative: nesting is bounded by the body's size alone. */
export function endOfValue(text: string, start: number): number {
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
    if (Number.isNaN(code) || code <= SPACE || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET)
      return at;
    at++;
  }
}

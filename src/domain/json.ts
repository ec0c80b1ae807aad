/**
 * JSON as text. Message bodies and metadata values are stored and returned exactly as the client wrote them: 64-bit integers,
 * `1.0`, key order and duplicate keys survive, because values are never parsed and serialized again. `JSON.parse` validates a
 * document once. The functions here split a text that is *known to be valid* into the raw texts of its parts.
 */
import type { Brand } from "./brand.ts";

/** A text known to be one valid JSON value (RFC 8259, and Python's NaN and Infinity) without whitespace around it. */
export type JsonText = Brand<string, "JsonText">;

/** The members of a JSON object, in the order of their first appearance. A duplicate key has its last value. */
export type Members = ReadonlyMap<string, JsonText>;

/** The reason why a text is refused as a document. */
export type DocumentDefect = "unparsable" | "integer-too-large";

/**
 * Validates a JSON document: an object or array all of whose integers fit into signed 64 bits. Returns it without the
 * whitespace around it. `NaN`, `Infinity` and `-Infinity` are valid, because Python's parser accepts them.
 */
export function checkDocument(text: string): JsonText | DocumentDefect {
  if (!isJson(text) && !isJson(withoutNonFinite(text))) return "unparsable";
  if (hasLongDigits(text) && !integersFit(text)) return "integer-too-large";
  return text.trim() as JsonText;
}

export type JsonType = "object" | "array" | "string" | "number" | "boolean" | "null";

/** Decides by the first character, which determines the type of a JSON value. */
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
    // Digits, minus, and Python's NaN and Infinity.
    default:
      return "number";
  }
}

/**
 * The value as an integer by Python's rules: `true` and `false` are 1 and 0, and `60.0` is not an integer. null for all other
 * values. Integers beyond 2^53 are rounded, which does not change the result of any range check.
 */
export function toInteger(value: JsonText): number | null {
  if (value === "true") return 1;
  if (value === "false") return 0;
  return INTEGER.test(value) ? Number(value) : null;
}

/** The decoded text of a JSON string; null for any other value. */
export function toText(value: JsonText): string | null {
  return value.charCodeAt(0) === QUOTE ? (JSON.parse(value) as string) : null;
}

/** The truth value by Python's rules: false, null, 0, 0.0, "", [] and {} are false. */
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

/** The members of a JSON object with their raw values. `value` must be an object. */
export function membersOf(value: JsonText): Members {
  const members = new Map<string, JsonText>();
  scanObject(value, 0, (key, start) => {
    const end = endOfValue(value, start);
    members.set(key, value.slice(start, end) as JsonText);
    return end;
  });
  return members;
}

/** As `membersOf`, for stored text that may be damaged. null: it is not a JSON object. */
export function membersIfValid(value: JsonText): Members | null {
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
 * Calls `visit` for every member of the object at `start`, in order, duplicate keys included. Returns the index after the
 * object. `visit` gets the index of the value and returns the index after it, from `endOfValue` or from a nested scan. So
 * nested documents are read in one pass.
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

/** As `scanObject`, for the elements of the array at `start`. */
export function scanArray(text: JsonText, start: number, visit: (start: number) => number): number {
  let at = skipBlanks(text, start + 1);
  while (text.charCodeAt(at) !== CLOSE_BRACKET) {
    at = skipBlanks(text, visit(at));
    if (text.charCodeAt(at) === COMMA) at = skipBlanks(text, at + 1);
  }
  return at + 1;
}

/** Serializes members to an object. Values keep their raw text. */
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
/** Integers with fewer digits fit into 64 bits. */
const LONG_DIGITS = 19;
/** The longest text of a 64-bit integer: -9223372036854775808. */
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

/** The closing quote is optional: without that, a text with many unterminated strings would take quadratic time. */
const NON_FINITE = /"[^"\\]*(?:\\.[^"\\]*)*"?|-?\b(?:Infinity|NaN)\b/gs;

/**
 * Replaces Python's non-finite numbers outside strings by a zero that `JSON.parse` accepts. The blanks around it prevent that
 * the zero joins a neighbouring token to a valid number.
 */
function withoutNonFinite(text: string): string {
  return text.replace(NON_FINITE, (token) => (token.startsWith('"') || token === "-NaN" ? token : " 0 "));
}

/**
 * Whether a text has LONG_DIGITS digits in a row. Such a run includes at least one of every LONG_DIGITS-th characters, so for
 * most documents it is enough to look at those.
 */
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
    // JSON has no leading zeros, so a longer integer is out of range. Parsing it could take long.
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

/** The decoded key between `start` and `end`, its quotes included. */
function toKey(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes("\\") ? (JSON.parse(text.slice(start, end)) as string) : raw;
}

/** Characters to compare one by one before `indexOf` is used: most strings are short, and a call of `indexOf` costs more. */
const SHORT_STRING = 24;

/** The index after the string at `start`. Its closing quote is the first one behind an even number of backslashes. */
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

/** The index after the value at `start`. Not recursive, because only the size of a body limits its nesting. */
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
    // charCodeAt is NaN at the end of the text.
    if (Number.isNaN(code) || code <= SPACE || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET)
      return at;
    at++;
  }
}

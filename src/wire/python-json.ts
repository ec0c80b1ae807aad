/** JSON in the format of Python's `json.dumps`, which checksums cover and receivers of notifications may expect. */
import type { JsonText } from "../domain/json.ts";

/**
 * An object or array that is being written. `entries`: the members of an object; null: an array, whose elements are in `text`.
 */
interface Container {
  readonly entries: Map<string, string> | null;
  key: string | null;
  text: string;
}

const TOKEN = /[[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,:[\]{}"]+/gs;

/** Whether numbers are serialized as Python does or keep the client's text. */
type Numbers = "rewritten" | "as written";

/**
 * The result of Python's `json.dumps(json.loads(body))`: separators `", "` and `": "`, only ASCII, Python's spelling of
 * floats. A duplicate key has its last value at its first position. Uses an explicit stack, because bodies may be nested
 * 100,000 levels deep.
 */
export function toPythonJson(body: JsonText, numbers: Numbers = "rewritten"): string {
  const open: Container[] = [];
  let written = "";
  for (const [token] of body.matchAll(TOKEN)) {
    const frame = open.at(-1);
    if (token === "{" || token === "[") {
      open.push({ entries: token === "{" ? new Map() : null, key: null, text: "" });
      continue;
    }
    if (token === "}" || token === "]") {
      open.pop();
      written = close(frame);
      addTo(open.at(-1), written);
      continue;
    }
    const text = toPythonScalar(token, numbers);
    if (frame?.entries != null && frame.key === null) frame.key = text;
    else {
      written = text;
      addTo(frame, written);
    }
  }
  return written;
}

/** Adds a finished value to its container. The engine concatenates texts lazily, so this does not copy them each time. */
function addTo(frame: Container | undefined, value: string): void {
  if (frame === undefined) return;
  if (frame.entries === null) frame.text += frame.text === "" ? value : `, ${value}`;
  else if (frame.key !== null) frame.entries.set(frame.key, value);
  frame.key = null;
}

function close(frame: Container | undefined): string {
  if (frame === undefined) return "";
  if (frame.entries === null) return `[${frame.text}]`;
  let text = "";
  for (const [key, value] of frame.entries) text += `${text === "" ? "" : ", "}${key}: ${value}`;
  return `{${text}}`;
}

function toPythonScalar(token: string, numbers: Numbers): string {
  if (token.startsWith('"')) return toPythonString(JSON.parse(token) as string);
  if (numbers === "as written") return token;
  if (/^-?\d+$/.test(token)) return token === "-0" ? "0" : token;
  return /^-?\d/.test(token) ? toPythonFloat(Number(token)) : token;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

/** The regular expression has no `u` flag, so each half of a surrogate pair is escaped separately, as in Python. */
function toPythonString(text: string): string {
  const escaped = text.replace(/["\\]|[^ -~]/g, (character) => {
    return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

/** Python's `repr` of a float: the same digits as in JavaScript, with an exponent for 1e16 and above and below 1e-4. */
function toPythonFloat(value: number): string {
  if (!Number.isFinite(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e16 || magnitude < 1e-4) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  const digits = String(value);
  return digits.includes(".") ? digits : `${digits}.0`;
}

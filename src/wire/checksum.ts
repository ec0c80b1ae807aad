/**
 * Checksums of bodies (core contract 9): MD5 over the JSON that Python would write for the body, worked out from the
 * client's own tokens. Off unless ENABLE_CHECKSUM.
 */
import type { JsonText } from "../domain/json.ts";

/** `MD5:` and 32 hexadecimal digits; null for a null body, which has no checksum. */
export async function checksumOf(body: JsonText): Promise<string | null> {
  if (body === "null") return null;
  const bytes = new TextEncoder().encode(toPythonJson(body));
  const digest = new Uint8Array(await crypto.subtle.digest("MD5", bytes));
  return `MD5:${toHex(digest)}`;
}

export function checksumsOf(messages: readonly { readonly body: JsonText }[]): Promise<readonly (string | null)[]> {
  return Promise.all(messages.map(({ body }) => checksumOf(body)));
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A container being written. `entries` is null for an array, whose text grows as it goes. */
interface Frame {
  readonly entries: Map<string, string> | null;
  key: string | null;
  text: string;
}

const TOKEN = /[[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s,:[\]{}"]+/gs;

/** Numbers as Python would write them again, or as the client wrote them. */
type Numbers = "rewritten" | "as written";

/**
 * Python's `json.dumps(json.loads(body))`: `", "` and `": "`, only ASCII, Python's spelling of floats, of duplicate keys
 * the last value at the first one's place. Walks with a stack of its own: a body may nest a hundred thousand deep.
 */
export function toPythonJson(body: JsonText, numbers: Numbers = "rewritten"): string {
  const open: Frame[] = [];
  let written = "";
  for (const [token] of body.matchAll(TOKEN)) {
    const frame = open.at(-1);
    if (token === "{" || token === "[") {
      open.push({ entries: token === "{" ? new Map() : null, key: null, text: "" });
      continue;
    }
    if (token === "}" || token === "]") {
      open.pop();
      written = closeFrame(frame);
      place(written, open.at(-1));
      continue;
    }
    const text = toPythonScalar(token, numbers);
    if (frame?.entries != null && frame.key === null) frame.key = text;
    else {
      written = text;
      place(written, frame);
    }
  }
  return written;
}

/** Puts a finished value where it belongs. Texts grow by concatenation, which copies nothing until the end. */
function place(value: string, frame: Frame | undefined): void {
  if (frame === undefined) return;
  if (frame.entries === null) frame.text += frame.text === "" ? value : `, ${value}`;
  else if (frame.key !== null) frame.entries.set(frame.key, value);
  frame.key = null;
}

function closeFrame(frame: Frame | undefined): string {
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

/** Without the `u` flag each half of a surrogate pair is escaped by itself, as Python does. */
function toPythonString(text: string): string {
  const escaped = text.replace(/["\\]|[^ -~]/g, (character) => {
    return SHORT_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

/** Python's `repr` of a float: the same shortest digits as JavaScript's, an exponent from 1e16 up and below 1e-4. */
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

/**
 * Query strings by the rules of the reference's framework (core contract 1.5): blanks are dropped, repeated names and
 * literal commas make lists, a scalar is the last element. Upstream: falcon's parse_query_string with CSV on.
 */
import { err, ok, type Result } from "../domain/result.ts";

/** The parameters of one request, by decoded, case-sensitive name. */
export type Query = ReadonlyMap<string, readonly string[]>;

/** `raw` is the text behind the `?`, still percent-encoded. */
export function parseQuery(raw: string): Query {
  const query = new Map<string, string[]>();
  if (raw === "") return query;
  for (const field of raw.split("&")) {
    const equals = field.indexOf("=");
    // `name` and `name=` are as if absent.
    if (equals < 0 || equals === field.length - 1) continue;
    const name = decode(field.slice(0, equals));
    const values = query.get(name) ?? [];
    // A literal comma splits, `%2C` does not: so split first, then decode.
    for (const part of field.slice(equals + 1).split(",")) if (part !== "") values.push(decode(part));
    query.set(name, values);
  }
  return query;
}

/** The scalar; null when absent. */
export function textParameter(query: Query, name: string): string | null {
  return query.get(name)?.at(-1) ?? null;
}

/** All elements; null when absent. `ids=,` is an empty list, which is not the same as none. */
export function listParameter(query: Query, name: string): readonly string[] | null {
  return query.get(name) ?? null;
}

const INTEGER = /^\s*[+-]?[0-9]+(?:_[0-9]+)*\s*$/;

/** A whole number as Python's `int()` reads it. Beyond 2^53 the result is rounded, which no range check minds. */
export function integerParameter(query: Query, name: string): Result<number | null> {
  const text = textParameter(query, name);
  if (text === null) return ok(null);
  if (INTEGER.test(text)) return ok(Number(text.replaceAll("_", "")));
  return err({ kind: "parameter-invalid", name, expected: "an integer", got: text });
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "t", "yes", "y", "1", "on"].map((word) => [word, true] as const),
  ...["false", "False", "f", "no", "n", "0", "off"].map((word) => [word, false] as const),
]);

export function booleanParameter(query: Query, name: string): Result<boolean | null> {
  const text = textParameter(query, name);
  if (text === null) return ok(null);
  const value = BOOLEANS.get(text);
  if (value !== undefined) return ok(value);
  return err({ kind: "parameter-invalid", name, expected: '"true" or "false"', got: text });
}

/** Parameters of a link, in the order given; absent ones (null) are left out. */
export function encodeQuery(
  parameters: readonly (readonly [name: string, value: string | number | boolean | null])[],
): string {
  const fields: string[] = [];
  for (const [name, value] of parameters) {
    if (value !== null) fields.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  return fields.join("&");
}

function decode(text: string): string {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return decodeLeniently(spaced);
  }
}

const LENIENT_UTF8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** For what is not percent-encoded UTF-8: escapes that are none stay as they are, bytes that are no text become U+FFFD. */
function decodeLeniently(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = run
      .slice(1)
      .split("%")
      .map((hex) => Number.parseInt(hex, 16));
    return LENIENT_UTF8.decode(new Uint8Array(bytes));
  });
}

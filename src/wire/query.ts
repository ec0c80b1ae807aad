/**
 * Query strings by the rules of upstream's framework: empty values are dropped, repeated names and literal commas make lists,
 * and the last element of a list is the scalar. Upstream: falcon's parse_query_string with `auto_parse_qs_csv`.
 */
import { detailed, type Detailed } from "../domain/details.ts";
import { toProjectId, type ProjectId } from "../domain/id.ts";
import { err, ok, type Result } from "../domain/result.ts";

/** The parameters of a request by decoded name. Names are case-sensitive. */
export type Query = ReadonlyMap<string, readonly string[]>;

/** `raw`: the text after the `?`, percent-encoded. */
export function parseQuery(raw: string): Query {
  const query = new Map<string, string[]>();
  if (raw === "") return query;
  for (const field of raw.split("&")) {
    const equals = field.indexOf("=");
    // `name` and `name=` count as absent.
    if (equals < 0 || equals === field.length - 1) continue;
    const name = decode(field.slice(0, equals));
    const values = query.get(name) ?? [];
    // Split before decoding: a literal comma separates elements, `%2C` does not.
    for (const part of field.slice(equals + 1).split(",")) if (part !== "") values.push(decode(part));
    query.set(name, values);
  }
  return query;
}

/**
 * Ours, for routes that upstream does not have. A parameter without a value, or with several, is refused: a script whose variable
 * is empty would get the figures of the whole project for those of a queue.
 */
export function parseUniqueQuery(raw: string): Result<Query, "parameter-invalid"> {
  const invalid = (name: string, got: string) =>
    err({ kind: "parameter-invalid", name, expected: "given once, with a value", got } as const);
  for (const field of raw.split("&")) {
    const [name = "", ...value] = field.split("=");
    if (field !== "" && value.join("") === "") return invalid(decode(name), "");
  }
  const query = parseQuery(raw);
  for (const [name, values] of query) if (values.length !== 1) return invalid(name, values.join(","));
  return ok(query);
}

/** The scalar value of a parameter; null when it is absent. */
export function textParameter(query: Query, name: string): string | null {
  return query.get(name)?.at(-1) ?? null;
}

/** Ours: the project of which an operator asks, because the operator's key belongs to none. null: the caller's own. */
export function projectParameter(query: Query): ProjectId | null {
  const named = textParameter(query, "project_id");
  return named === null ? null : toProjectId(named);
}

/** All elements of a parameter; null when it is absent. `ids=,` is an empty list and not absent. */
export function listParameter(query: Query, name: string): readonly string[] | null {
  return query.get(name) ?? null;
}

const INTEGER = /^\s*[+-]?[0-9]+(?:_[0-9]+)*\s*$/;

/**
 * An integer by the rules of Python's `int()`; null when the parameter is absent. Integers beyond 2^53 are rounded, which
 * does not change the result of any range check.
 */
export function integerParameter(query: Query, name: string): Result<number | null, "parameter-invalid"> {
  const text = textParameter(query, name);
  if (text === null) return ok(null);
  if (INTEGER.test(text)) return ok(Number(text.replaceAll("_", "")));
  return err({ kind: "parameter-invalid", name, expected: "an integer", got: text });
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "t", "yes", "y", "1", "on"].map((word) => [word, true] as const),
  ...["false", "False", "f", "no", "n", "0", "off"].map((word) => [word, false] as const),
]);

export function booleanParameter(query: Query, name: string): Result<boolean | null, "parameter-invalid"> {
  const text = textParameter(query, name);
  if (text === null) return ok(null);
  const value = BOOLEANS.get(text);
  if (value !== undefined) return ok(value);
  return err({ kind: "parameter-invalid", name, expected: '"true" or "false"', got: text });
}

/** Whether the request asks for details. Ours. */
export function detailsParameter(query: Query): Result<Detailed, "parameter-invalid"> {
  const details = booleanParameter(query, "details");
  return details.ok ? ok(detailed(details.value === true)) : details;
}

/** Encodes the query of a link. Parameters keep their order; those that are null are left out. */
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

/** Decodes text that is not valid percent-encoding: invalid escapes stay as they are, invalid UTF-8 becomes U+FFFD. */
function decodeLeniently(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = run
      .slice(1)
      .split("%")
      .map((hex) => Number.parseInt(hex, 16));
    return LENIENT_UTF8.decode(new Uint8Array(bytes));
  });
}

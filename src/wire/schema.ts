/**
 * Validates the documents of our own resources against a schema. Upstream's documents do not use schemas, because they must
 * keep the raw texts of their values (domain/json.ts).
 */
import * as v from "valibot";
import type { JsonText } from "../domain/json.ts";
import { parseInstant } from "../domain/instant.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { excerpt } from "../domain/excerpt.ts";
import { decodeRequired, type RequiredFailure } from "./document.ts";

/** A time as text. */
export const INSTANT = v.pipe(
  v.string(),
  v.check((text) => parseInstant(text) !== null, "it must be a time such as 2030-01-01T00:00:00Z"),
);

export type SchemaFailure = RequiredFailure | "document-invalid";

/** The document if it is valid. The failure names the first invalid member. */
export function decodeBySchema<Schema extends v.GenericSchema>(
  schema: Schema,
  body: Uint8Array | null,
): Result<v.InferOutput<Schema>, SchemaFailure> {
  const document = decodeRequired(body);
  return document.ok ? checkSchema(schema, document.value) : document;
}

/** As `decodeBySchema`, for a document that was decoded. */
export function checkSchema<Schema extends v.GenericSchema>(
  schema: Schema,
  document: JsonText,
): Result<v.InferOutput<Schema>, "document-invalid"> {
  const parsed = v.safeParse(schema, parseLeniently(document), { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const path = issue === undefined ? null : v.getDotPath(issue);
  return err({
    kind: "document-invalid",
    reason: `${path === null ? "The document" : `\`${excerpt(path)}\``} is not valid: ${ruleOf(issue)}.`,
  });
}

/** The words for the types of a schema in error descriptions. */
const NAMES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  number: "a number",
  safe_integer: "a whole number",
  strict_object: "an object",
  string: "a text",
};
const BOUNDS: Readonly<Record<string, string>> = {
  max_length: "its length must be at most",
  max_value: "it must be at most",
  min_length: "its length must be at least",
  min_value: "it must be at least",
};

/** The broken rule in words, with the received value, which is truncated. Custom checks have their own message. */
function ruleOf(issue: v.BaseIssue<unknown> | undefined): string {
  if (issue === undefined) return "no rule is known";
  const { type, expected, received, requirement } = issue;
  const not = `, not ${excerpt(received)}`;
  if (type === "strict_object" && expected === "never") return "there is no such member";
  if (type === "strict_object" && received === "undefined") return "it is missing";
  if (type === "picklist")
    return `it must be one of ${(expected ?? "").replace(/[()]/g, "").replaceAll(" |", ",")}${not}`;
  if (NAMES[type] !== undefined) return `it must be ${NAMES[type]}${not}`;
  if (BOUNDS[type] !== undefined) return `${BOUNDS[type]} ${String(requirement)}${not}`;
  return `${issue.message}${not}`;
}

/** A validated document may contain Python's NaN, which JSON.parse refuses. null then fails every schema. */
function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

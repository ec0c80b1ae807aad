/** Documents of our own resources, checked against a schema. Upstream's keep their raw texts and are cut by hand. */
import * as v from "valibot";
import { err, ok, type Result } from "../domain/result.ts";
import { shown } from "../domain/shown.ts";
import { decodeRequired } from "./document.ts";

/** Failures: those of any document, and `document-invalid`, which names the member. */
export function decodeBySchema<Schema extends v.GenericSchema>(
  schema: Schema,
  body: Uint8Array | null,
): Result<v.InferOutput<Schema>> {
  const document = decodeRequired(body);
  if (!document.ok) return document;
  const parsed = v.safeParse(schema, parseLeniently(document.value), { abortEarly: true });
  if (parsed.success) return ok(parsed.output);
  const [issue] = parsed.issues;
  const path = issue === undefined ? null : v.getDotPath(issue);
  return err({
    kind: "document-invalid",
    reason: `${path === null ? "The document" : `\`${shown(path)}\``} is not valid: ${shownIssue(issue)}.`,
  });
}

/** The rule in full; what it was broken by is the client's, of whatever length. */
function shownIssue(issue: v.BaseIssue<unknown> | undefined): string {
  if (issue === undefined) return "unknown";
  return issue.message.replace(issue.received, () => shown(issue.received));
}

/** A proven document may hold Python's NaN, which nothing of ours takes. */
function parseLeniently(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * The document of `PATCH /v2/queues/{queue}`: a list of JSON Patch operations, each on one metadata key. All defects have the
 * title "Invalid request body". Upstream: zaqar/transport/validation.py.
 */
import { elementsOf, membersOf, toText, typeOf, type JsonText } from "../domain/json.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import { err, ok, type Result } from "../domain/result.ts";
import { excerpt } from "../domain/excerpt.ts";
import { decodeDocument, type RequiredFailure } from "./document.ts";

/** The required Content-Type. It is compared exactly: case-sensitive, without parameters. */
export const PATCH_MEDIA_TYPE = "application/openstack-messaging-v2.0-json-patch";

/** The changes in their order. */
export function decodeMetadataPatch(
  body: Uint8Array | null,
): Result<readonly MetadataChange[], RequiredFailure | "patch-invalid"> {
  if (body === null || body.length === 0) return err({ kind: "body-empty" });
  const document = decodeDocument(body);
  if (!document.ok) return document;
  if (typeOf(document.value) !== "array") return err({ kind: "document-type-unsupported", expected: "array" });
  const changes: MetadataChange[] = [];
  for (const element of elementsOf(document.value)) {
    const change = decodeChange(element);
    if (!change.ok) return change;
    changes.push(change.value);
  }
  return ok(changes);
}

function decodeChange(element: JsonText): Result<MetadataChange, "patch-invalid"> {
  if (typeOf(element) !== "object") return invalid("Operations must be JSON objects.");
  const members = membersOf(element);
  const op = textOf(members.get("op"));
  if (op !== "add" && op !== "replace" && op !== "remove") {
    return invalid("Each operation needs a member `op`, which is one of: add, remove, replace.");
  }
  const pointer = textOf(members.get("path"));
  if (pointer === null) return invalid("Each operation needs a member `path`, which is a string.");
  const tokens = decodePointer(pointer);
  if (!tokens.ok) return tokens;
  const [root, key, ...rest] = tokens.value;
  if (root === undefined || key === undefined || rest.length > 0) {
    return invalid(`The JSON pointer "${excerpt(pointer)}" must name one key, like /metadata/KEY.`);
  }
  // Upstream quirk: the root is not checked for `remove`.
  if (op === "remove") return ok({ op, key });
  if (root.toLowerCase() !== "metadata")
    return invalid(`The root of the JSON pointer "${excerpt(pointer)}" must be metadata.`);
  const value = members.get("value");
  return value === undefined ? invalid(`The operation ${op} needs a member \`value\`.`) : ok({ op, key, value });
}

/** The decoded tokens of a JSON pointer (RFC 6901). Upstream quirk: whitespace around each token is removed. */
function decodePointer(pointer: string): Result<readonly string[], "patch-invalid"> {
  if (!pointer.startsWith("/")) return invalid(`The JSON pointer "${excerpt(pointer)}" must start with "/".`);
  if (pointer.endsWith("/")) return invalid(`The JSON pointer "${excerpt(pointer)}" must not end with "/".`);
  if (/\/\s*\//.test(pointer)) return invalid(`The JSON pointer "${excerpt(pointer)}" contains adjacent slashes.`);
  if (/~(?![01])/.test(pointer))
    return invalid(`The JSON pointer "${excerpt(pointer)}" contains "~" without 0 or 1 after it.`);
  const tokens = pointer.slice(1).split("/");
  return ok(tokens.map((token) => token.trim().replaceAll("~1", "/").replaceAll("~0", "~")));
}

function textOf(value: JsonText | undefined): string | null {
  return value === undefined ? null : toText(value);
}

function invalid(reason: string): Result<never, "patch-invalid"> {
  return err({ kind: "patch-invalid", reason });
}

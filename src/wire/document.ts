/** Request bodies: decodes bytes to validated JSON text. Upstream: zaqar/transport/utils.py. */
import { checkDocument, membersOf, toInteger, typeOf, type JsonText, type Members } from "../domain/json.ts";
import { err, ok, type Result } from "../domain/result.ts";

/** `fatal` refuses invalid UTF-8. `ignoreBOM` keeps a byte order mark in the text, where it is a syntax error. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The defects of a body as a document. */
export type DocumentFailure = "body-unparsable" | "integer-too-large";
export type ObjectFailure = DocumentFailure | "document-type-unsupported";
export type RequiredFailure = ObjectFailure | "body-empty";

const UNPARSABLE = { kind: "body-unparsable" } as const;

/** A document that is an object or array. */
export function decodeDocument(body: Uint8Array): Result<JsonText, DocumentFailure> {
  const text = decodeUtf8(body);
  if (text === null) return err(UNPARSABLE);
  const document = checkDocument(text);
  if (document === "unparsable") return err(UNPARSABLE);
  if (document === "integer-too-large") return err({ kind: "integer-too-large" });
  return ok(document);
}

/** As `decodeDocument`, for objects only. */
export function decodeObject(body: Uint8Array): Result<JsonText, ObjectFailure> {
  const document = decodeDocument(body);
  if (!document.ok || typeOf(document.value) === "object") return document;
  return err({ kind: "document-type-unsupported", expected: "object" });
}

/** An object in a required body. `body` null: the request has none. */
export function decodeRequired(body: Uint8Array | null): Result<JsonText, RequiredFailure> {
  return body === null ? err({ kind: "body-empty" }) : decodeObject(body);
}

/** The members of an object in an optional body; null without a body or with an empty one. */
export function decodeOptional(body: Uint8Array | null): Result<Members | null, ObjectFailure> {
  if (body === null || body.length === 0) return ok(null);
  const document = decodeObject(body);
  return document.ok ? ok(membersOf(document.value)) : document;
}

/** An integer member; null when it is absent. */
export function integerMember(members: Members, field: string): Result<number | null, "field-type"> {
  const value = members.get(field);
  if (value === undefined) return ok(null);
  const integer = toInteger(value);
  return integer === null ? err({ kind: "field-type", field, expected: "int" }) : ok(integer);
}

/** The maximum size of documents without a limit of their own (claims, purges, subscriptions). Upstream has none. */
export const SMALL_DOCUMENT_MAX = 65_536;

const ENCODER = new TextEncoder();

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return ENCODER.encode(text).length;
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

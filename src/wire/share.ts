/** The documents of `POST /v2/queues/{queue}/share`. Upstream: zaqar/transport/wsgi/v2_0/urls.py. */
import { elementsOf, isTruthy, membersOf, toText, typeOf, type JsonText } from "../domain/json.ts";
import { formatInstant, parseInstant } from "../domain/instant.ts";
import { err, ok, type Result } from "../domain/result.ts";
import {
  isSharedMethod,
  SHARED_METHODS,
  SHARED_RESOURCES,
  type SharedMethod,
  type SharedResource,
  type ShareRequest,
  type SignedGrant,
} from "../domain/signed-grant.ts";
import { excerpt } from "../domain/excerpt.ts";
import type { EpochMs } from "../domain/time.ts";
import { decodeRequired, type RequiredFailure } from "./document.ts";

const MEMBERS = ["paths", "methods", "expires"];

export function decodeShare(body: Uint8Array | null): Result<ShareRequest, RequiredFailure | "request-invalid"> {
  const document = decodeRequired(body);
  if (!document.ok) return document;
  const members = membersOf(document.value);
  const unknown = [...members.keys()].find((key) => !MEMBERS.includes(key));
  if (unknown !== undefined)
    return invalid(`There is no member "${excerpt(unknown)}": use paths, methods and expires.`);
  const resources = decodePaths(members.get("paths"));
  if (!resources.ok) return resources;
  const methods = decodeMethods(members.get("methods"));
  if (!methods.ok) return methods;
  const expiresAt = decodeExpiry(members.get("expires"));
  if (!expiresAt.ok) return expiresAt;
  return ok({ resources: resources.value, methods: methods.value, expiresAt: expiresAt.value });
}

export function encodeShare(grant: SignedGrant): string {
  const { paths, methods, project, expiresAt, signature } = grant;
  return JSON.stringify({ paths, methods, project, expires: formatInstant(expiresAt), signature });
}

/** The default is `messages`. A string is invalid; upstream reads it as a list of its characters, which are invalid paths. */
function decodePaths(value: JsonText | undefined): Result<readonly SharedResource[], "request-invalid"> {
  if (value === undefined || !isTruthy(value)) return ok(["messages"]);
  const names = typeOf(value) === "array" ? elementsOf(value).map(toText) : [];
  const resources = SHARED_RESOURCES.filter((resource) => names.includes(resource));
  const isKnown = names.length > 0 && names.every((name) => SHARED_RESOURCES.some((resource) => resource === name));
  const known = SHARED_RESOURCES.join(", ");
  return isKnown ? ok(resources) : invalid(`\`paths\` must be a list of some of: ${known}.`);
}

/**
 * The default is `GET`. Upstream accepts any texts, and then two grants can have the same signed text (domain/signed-grant.ts).
 */
function decodeMethods(value: JsonText | undefined): Result<readonly SharedMethod[], "request-invalid"> {
  if (value === undefined || !isTruthy(value)) return ok(["GET"]);
  const texts = typeOf(value) === "array" ? elementsOf(value).map((element) => toText(element) ?? "") : [];
  const methods = texts.filter(isSharedMethod);
  const isKnown = texts.length > 0 && methods.length === texts.length;
  return isKnown ? ok(methods) : invalid(`\`methods\` must be a list of some of: ${SHARED_METHODS.join(", ")}.`);
}

function decodeExpiry(value: JsonText | undefined): Result<EpochMs | null, "request-invalid"> {
  if (value === undefined || value === "null") return ok(null);
  const text = toText(value);
  const instant = text === null ? null : parseInstant(text);
  return instant === null ? invalid("`expires` must be a time, such as 2030-01-01T00:00:00.") : ok(instant);
}

function invalid(reason: string): Result<never, "request-invalid"> {
  return err({ kind: "request-invalid", reason });
}

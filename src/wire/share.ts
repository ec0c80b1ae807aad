/** `POST /v2/queues/{q}/share` (core contract 8.1). */
import { elementsOf, isTruthy, membersOf, toText, typeOf, type JsonText } from "../domain/json.ts";
import { formatInstant, parseInstant } from "../domain/instant.ts";
import { err, ok, type Result } from "../domain/result.ts";
import type { EpochMs } from "../domain/time.ts";
import { decodeRequired } from "./document.ts";

const RESOURCES = ["messages", "subscriptions", "claims"] as const;
type Resource = (typeof RESOURCES)[number];

export interface ShareRequest {
  readonly resources: readonly Resource[];
  readonly methods: readonly string[];
  /** null: not stated. */
  readonly expiresAt: EpochMs | null;
}

const MEMBERS = ["paths", "methods", "expires"];

export function decodeShare(body: Uint8Array | null): Result<ShareRequest> {
  const document = decodeRequired(body);
  if (!document.ok) return document;
  const members = membersOf(document.value);
  const unknown = [...members.keys()].find((key) => !MEMBERS.includes(key));
  if (unknown !== undefined) return invalid(`There is no member "${unknown}": use paths, methods and expires.`);
  const resources = decodePaths(members.get("paths"));
  if (!resources.ok) return resources;
  const methods = decodeMethods(members.get("methods"));
  if (!methods.ok) return methods;
  const expiresAt = decodeExpiry(members.get("expires"));
  if (!expiresAt.ok) return expiresAt;
  return ok({ resources: resources.value, methods: methods.value, expiresAt: expiresAt.value });
}

export function encodeShare(grant: {
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: string;
  readonly expiresAt: EpochMs;
  readonly signature: string;
}): string {
  const { paths, methods, project, expiresAt, signature } = grant;
  return JSON.stringify({ paths, methods, project, expires: formatInstant(expiresAt), signature });
}

/** Empty or absent: messages. Upstream takes a text for the list of its characters, which are no paths either. */
function decodePaths(value: JsonText | undefined): Result<readonly Resource[]> {
  if (value === undefined || !isTruthy(value)) return ok(["messages"]);
  const names = typeOf(value) === "array" ? elementsOf(value).map(toText) : [];
  const resources = RESOURCES.filter((resource) => names.includes(resource));
  const isKnown = names.length > 0 && names.every((name) => RESOURCES.some((resource) => resource === name));
  return isKnown ? ok(resources) : invalid("`paths` must be a list of some of: messages, subscriptions, claims.");
}

/** Any texts: a method that no request has opens nothing. */
function decodeMethods(value: JsonText | undefined): Result<readonly string[]> {
  if (value === undefined || !isTruthy(value)) return ok(["GET"]);
  const methods = typeOf(value) === "array" ? elementsOf(value).map(toText) : [null];
  const texts = methods.filter((method) => method !== null);
  return texts.length === methods.length ? ok(texts) : invalid("`methods` must be a list of texts.");
}

function decodeExpiry(value: JsonText | undefined): Result<EpochMs | null> {
  if (value === undefined || value === "null") return ok(null);
  const text = toText(value);
  const instant = text === null ? null : parseInstant(text);
  return instant === null ? invalid("`expires` must be a time such as 2030-01-01T00:00:00.") : ok(instant);
}

function invalid(reason: string): ReturnType<typeof err> {
  return err({ kind: "request-invalid", reason });
}

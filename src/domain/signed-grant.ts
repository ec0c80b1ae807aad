/**
 * The grant of a signed URL, and the text that is signed. The text is upstream's, byte for byte. It joins the fields with
 * separators that the fields may contain, so two different grants can have the same text, and the signature of one would be
 * valid for the other. Therefore a grant has a text here only if the text has one possible reading: the methods are methods
 * of the API, the paths are canonical paths of one queue or topic, and the project contains no separator. Upstream:
 * zaqar/common/urls.py, which signs every grant.
 */
import { parseQueueName, type ProjectId } from "./id.ts";
import { formatInstant } from "./instant.ts";
import type { Place } from "./place.ts";
import type { EpochMs } from "./time.ts";

/** The methods in a grant. They are compared exactly: `get` is not `GET`. */
export const SHARED_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] as const;
export type SharedMethod = (typeof SHARED_METHODS)[number];

/** The resources below a queue that a grant can cover. */
export const SHARED_RESOURCES = ["messages", "subscriptions", "claims"] as const;
export type SharedResource = (typeof SHARED_RESOURCES)[number];

export interface UrlGrant {
  /** Each path covers all paths below it too. The order is irrelevant, and duplicates are allowed. */
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: ProjectId;
  readonly expiresAt: EpochMs;
}

export interface SignedGrant extends UrlGrant {
  readonly signature: string;
}

/** The request for a signed URL of one queue. */
export interface ShareRequest {
  readonly resources: readonly SharedResource[];
  readonly methods: readonly SharedMethod[];
  /** null: a day, or the longest life allowed. */
  readonly expiresAt: EpochMs | null;
}

/** Upstream quirk: a backslash and an n, two characters, instead of the line break that was meant. */
export const SEPARATOR = "\\n";

/** The text to sign; null for a grant whose text would be ambiguous. */
export function textOfGrant({ paths, methods, project, expiresAt }: UrlGrant): string | null {
  if (methods.length === 0 || !methods.every(isSharedMethod)) return null;
  if (!isOfOnePlace(paths) || !isSignableProject(project)) return null;
  return [paths.toSorted().join(","), methods.toSorted().join(","), project, formatInstant(expiresAt)].join(SEPARATOR);
}

export function isSharedMethod(text: string): text is SharedMethod {
  return SHARED_METHODS.some((method) => method === text);
}

/**
 * Whether a project id can be part of a signed text: not empty, without comma, backslash and control characters, and
 * well-formed. All lone surrogates have the same bytes in UTF-8, so two ids that are not well-formed could have the same
 * signature.
 */
export function isSignableProject(project: ProjectId): boolean {
  return project !== "" && project.isWellFormed() && !/[,\\\p{Cc}\u2028\u2029]/u.test(project);
}

/**
 * The queue or topic of a path in a grant. Of a topic only the `confirm` resource of a subscription can be signed. null for
 * all other paths, for paths that need decoding, and for paths with dot segments.
 */
export function placeOfPath(path: string): Place | null {
  const [, kind, text = "", below = ""] = PATH.exec(path) ?? [];
  const name = parseQueueName(text);
  const segments = below.split("/");
  if (name === null || [name, ...segments].some((segment) => segment === "." || segment === "..")) return null;
  if (kind === "queues") return { kind: "queue", name };
  const [collection, , resource, ...rest] = segments;
  const isConfirmation = collection === "subscriptions" && resource === "confirm" && rest.length === 0;
  return isConfirmation ? { kind: "topic", name } : null;
}

const PATH = /^\/v2\/(queues|topics)\/([^/]+)\/((?:messages|subscriptions|claims)(?:\/[A-Za-z0-9_.-]+)*)$/;

/** A grant covers one queue or topic, because the signing generation of that one revokes it. */
function isOfOnePlace(paths: readonly string[]): boolean {
  const places = paths.map(placeOfPath);
  const [first] = places;
  return first != null && places.every((place) => place?.kind === first.kind && place.name === first.name);
}

/**
 * What a signed URL says it opens, and the text that its signature is made over: upstream's, byte for byte, which joins
 * fields by separators that the fields themselves may hold. Whoever may have one grant signed must not be able to make its
 * text read as another, so a grant has a text only if it can be read in one way: methods of the API, paths of one queue or
 * topic in the form that the service gives them, a project without a separator.
 * Upstream: zaqar/common/urls.py, which signs whatever it is given.
 */
import { parseQueueName, type ProjectId } from "./id.ts";
import { formatInstant } from "./instant.ts";
import type { Place } from "./place.ts";
import type { EpochMs } from "./time.ts";

/** Exactly as the request states its method: `get` is another, which no request has. */
export const SHARED_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] as const;
export type SharedMethod = (typeof SHARED_METHODS)[number];

/** What a signature can open, below the queue's path. */
export const SHARED_RESOURCES = ["messages", "subscriptions", "claims"] as const;
export type SharedResource = (typeof SHARED_RESOURCES)[number];

export interface UrlGrant {
  /** Each covers what lies below it too. In any order, also more than once. */
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  readonly project: ProjectId;
  readonly expiresAt: EpochMs;
}

/** Upstream quirk: two characters, a backslash and an n, where a line break was meant. */
export const SEPARATOR = "\\n";

/** The text to sign; null for a grant whose text could be read in another way. */
export function textOfGrant({ paths, methods, project, expiresAt }: UrlGrant): string | null {
  if (methods.length === 0 || !methods.every(isSharedMethod)) return null;
  if (!isOfOnePlace(paths) || !isSignableProject(project)) return null;
  return [paths.toSorted().join(","), methods.toSorted().join(","), project, formatInstant(expiresAt)].join(SEPARATOR);
}

export function isSharedMethod(text: string): text is SharedMethod {
  return SHARED_METHODS.some((method) => method === text);
}

/** Without a comma, a backslash or a control character; and a text, so that no two projects have the same bytes. */
export function isSignableProject(project: ProjectId): boolean {
  return project !== "" && project.isWellFormed() && !/[,\\\p{Cc}\u2028\u2029]/u.test(project);
}

/**
 * The queue that a path leads into, or of a topic the one thing that is ever signed there, a subscription's `confirm`
 * resource. Null for every other path, and for one that would have to be decoded or goes anywhere but down.
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

/** A signature is made for one queue or topic, whose generation can end it. */
function isOfOnePlace(paths: readonly string[]): boolean {
  const places = paths.map(placeOfPath);
  const [first] = places;
  return first != null && places.every((place) => place?.kind === first.kind && place.name === first.name);
}

import type { Place, PlaceKind } from "./place.ts";
import type { QuotaName } from "./quota.ts";

/**
 * Every expected failure of the service, with the data that its answer needs. Only `wire/failures.ts` maps failures to
 * statuses and texts; all other code distinguishes them by `kind`. Failures are plain data because they cross object RPC.
 * Objects of an older version may send less data, so members that only explain (`got`, `defect`, `expected`) are optional.
 */
export type Failure =
  // Routing, headers and credentials
  | { readonly kind: "route-unknown" }
  | { readonly kind: "method-not-allowed"; readonly allow: readonly string[] }
  /** The resource is a WebSocket. */
  | { readonly kind: "upgrade-required" }
  | { readonly kind: "not-acceptable" }
  | { readonly kind: "form-encoded" }
  | { readonly kind: "client-id-missing" }
  /** `length`: the bounds, when the Client-ID may be any text. */
  | { readonly kind: "client-id-invalid"; readonly got?: string; readonly length?: PermittedRange }
  | { readonly kind: "project-missing" }
  | { readonly kind: "project-empty" }
  | ({ readonly kind: "queue-name-invalid" } & NameDefect)
  | ({ readonly kind: "topic-name-invalid" } & NameDefect)
  | { readonly kind: "header-invalid"; readonly header: string; readonly rule: string; readonly got?: string }
  | {
      readonly kind: "parameter-invalid";
      readonly name: string;
      readonly expected:
        | "an integer"
        | '"true" or "false"'
        | '"failed" or "pending"'
        | "a time such as 2030-01-01T00:00:00Z"
        | "given once, with a value"
        | `one of ${string}`;
      readonly got?: string;
    }
  /** `got`: null when the request has no Content-Type. */
  | { readonly kind: "media-type-unsupported"; readonly supported: string; readonly got?: string | null }
  /** `encoding`: the Content-Encoding as the client wrote it. */
  | { readonly kind: "encoding-unsupported"; readonly encoding: string }
  /** No part of the body has arrived for `seconds`. */
  | { readonly kind: "body-late"; readonly seconds: number }
  | { readonly kind: "not-authorized" }
  /** `challenges`: the accepted authentication schemes, for `WWW-Authenticate`. */
  | { readonly kind: "unauthenticated"; readonly challenges: readonly string[] }
  /** The API key was not looked up, because too many look-ups have failed. It may be valid. `retryAfter`: seconds. */
  | { readonly kind: "key-unchecked"; readonly challenges: readonly string[]; readonly retryAfter: number }
  // The document
  | { readonly kind: "body-empty" }
  | { readonly kind: "body-unparsable" }
  | { readonly kind: "body-too-large"; readonly max: number; readonly got?: number }
  | { readonly kind: "integer-too-large" }
  /** `member`: the member of the wrong type; absent for the document itself. */
  | { readonly kind: "document-type-unsupported"; readonly expected?: "object" | "array"; readonly member?: string }
  | { readonly kind: "field-missing"; readonly field: string }
  | { readonly kind: "field-type"; readonly field: string; readonly expected: "int" | "object" }
  | { readonly kind: "patch-invalid"; readonly reason: string }
  | { readonly kind: "document-invalid"; readonly reason: string }
  // Limits and values
  | ({ readonly kind: "out-of-range"; readonly quantity: Quantity; readonly got?: number } & PermittedRange)
  /** Bytes. `max`: the service's maximum. `queueMax`: the queue's own maximum or null. The answer names both. */
  | { readonly kind: "post-too-large"; readonly max: number; readonly queueMax: number | null; readonly got?: number }
  | {
      readonly kind: "metadata-too-large";
      readonly max: number;
      readonly document: MetadataDocument;
      readonly got?: number;
    }
  | { readonly kind: "metadata-invalid"; readonly reason: string; readonly document: MetadataDocument }
  | { readonly kind: "messages-missing" }
  | { readonly kind: "messages-none" }
  | { readonly kind: "delete-unspecific" }
  | { readonly kind: "delete-ambiguous" }
  | { readonly kind: "delete-needs-claims" }
  | { readonly kind: "purge-needs-types" }
  | { readonly kind: "purge-type-unknown" }
  | { readonly kind: "request-invalid"; readonly reason: string }
  | { readonly kind: "subscription-invalid"; readonly reason: string }
  // State
  | { readonly kind: "queue-not-found"; readonly queue: string; readonly project: string }
  | { readonly kind: "topic-not-found"; readonly topic: string; readonly project: string }
  | { readonly kind: "message-not-found"; readonly ids: string; readonly place: Place; readonly project: string }
  | { readonly kind: "claim-not-found"; readonly claim: string; readonly queue: string; readonly project: string }
  | { readonly kind: "metadata-key-missing"; readonly op: "replace" | "remove"; readonly key: string }
  | { readonly kind: "message-claimed"; readonly message: string }
  | { readonly kind: "message-not-claimed"; readonly message: string }
  | { readonly kind: "claim-over"; readonly message: string }
  | { readonly kind: "claims-mismatched" }
  | { readonly kind: "idempotency-key-reused" }
  | { readonly kind: "key-not-found" }
  | { readonly kind: "redrive-not-found"; readonly queue: string }
  | { readonly kind: "redrive-running"; readonly queue: string }
  /** The queue is spread over several objects, and cannot have or do what is wished. */
  | { readonly kind: "queue-spread"; readonly queue: string; readonly wish: "order" | "subscription" | "redrive" }
  | { readonly kind: "subscription-not-found"; readonly subscription: string }
  | { readonly kind: "subscription-exists"; readonly place: Place; readonly during: "create" | "update" }
  | { readonly kind: "subscription-not-updated"; readonly subscription: string }
  | { readonly kind: "subscription-not-confirmed"; readonly subscription: string }
  // Pools and flavors
  | { readonly kind: "pool-not-found"; readonly pool: string }
  | { readonly kind: "pool-uri-invalid"; readonly uri: string; readonly reason: string }
  | { readonly kind: "pool-uri-taken" }
  /** It differs from the other pools of its flavor. */
  | { readonly kind: "pool-unequal"; readonly defect: string }
  /** The pool is the only one of the flavor. */
  | { readonly kind: "pool-used"; readonly flavor: string }
  | { readonly kind: "flavor-not-found"; readonly flavor: string }
  | {
      readonly kind: "flavor-refused";
      readonly flavor: string;
      readonly during: "create" | "update";
      readonly reason: string;
    }
  /** The metadata of a queue contains a flavor that does not exist. */
  | { readonly kind: "flavor-unknown"; readonly flavor: string }
  /** No pool is available for queues of the flavor; null: for queues without a flavor. */
  | { readonly kind: "pools-missing"; readonly flavor: string | null }
  /** The change requires that the queue or topic moves, which only an empty one can. */
  | { readonly kind: "place-occupied"; readonly place: Place }
  // Capacity and outages
  | { readonly kind: "quota-exceeded"; readonly quota: QuotaName; readonly limit: number }
  /** `limit`: requests per second. `retryAfter`, here and below: whole seconds. */
  | { readonly kind: "requests-too-many"; readonly limit: number; readonly retryAfter: number }
  /** `limit`: actions of one connection per second. */
  | { readonly kind: "actions-too-many"; readonly limit: number; readonly retryAfter: number }
  /** `max`: bytes of large request bodies and answers that a project may have in transfer at a time. */
  | { readonly kind: "in-flight-too-much"; readonly max: number; readonly retryAfter: number }
  | { readonly kind: "claimed-too-many"; readonly max: number; readonly retryAfter: number }
  | { readonly kind: "disk-full"; readonly retryAfter: number }
  | { readonly kind: "objects-too-many"; readonly retryAfter: number }
  | { readonly kind: "unavailable"; readonly whatFailed: string; readonly retryAfter?: number };

/** A defect of a name: its form, a dot segment, or the project id of the same request. */
export interface NameDefect {
  readonly defect?: "form" | "dots" | "project-length" | "project-empty";
  readonly got?: string;
}

export type FailureKind = Failure["kind"];

/** The failures of these kinds. */
export type FailureOf<Kind extends FailureKind> = Extract<Failure, { readonly kind: Kind }>;

export interface PermittedRange {
  readonly min: number;
  readonly max: number;
}

/** A bounded quantity of the API. `wire/failures.ts` has the sentence for each. */
export type Quantity = "limit" | "ids" | "pop" | "message ttl" | "message delay" | "claim ttl" | "claim grace" | "wait";

/** The request that contained the metadata. Upstream uses a different title for the same defect in a PUT and in a PATCH. */
export type MetadataDocument = "put" | "patch";

export type InvalidName = "queue-name-invalid" | "topic-name-invalid";

export type PlaceNotFound = "queue-not-found" | "topic-not-found";

/** The failures of the creation of a queue or topic. */
export type CreationFailure = InvalidName | "quota-exceeded";

/** Why a queue or topic is not created. `place-occupied`: a former one has left data in a region where it may not be. */
export type NewPlaceFailure = CreationFailure | "metadata-invalid" | "place-occupied";

/** The failure of an invalid name of a queue or topic, or of an invalid project id in the same request. */
export function invalidName(kind: PlaceKind, defect: Required<NameDefect>): FailureOf<InvalidName> {
  return { kind: kind === "queue" ? "queue-name-invalid" : "topic-name-invalid", ...defect };
}

/** The failure of a request about a queue or topic that does not exist. */
export function placeNotFound(project: string, { kind, name }: Place): FailureOf<PlaceNotFound> {
  return kind === "topic"
    ? { kind: "topic-not-found", topic: name, project }
    : { kind: "queue-not-found", queue: name, project };
}

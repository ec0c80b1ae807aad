/** One example of every failure, and the failures that all endpoints of a kind have. */
import type { Failure, FailureKind } from "../src/domain/failure.ts";
import { queueNamed } from "../src/domain/place.ts";
import type { QueueName } from "../src/domain/id.ts";
import { PATHS } from "../src/wire/paths.ts";
import type { Endpoint } from "./endpoint.ts";
import { IDS } from "./schemas.ts";

type Samples = { readonly [Kind in FailureKind]: Omit<Extract<Failure, { readonly kind: Kind }>, "kind"> };

const PROJECT = "demo";
const ORDERS = queueNamed("orders" as QueueName);
const LATER = { retryAfter: 1 };

/** The data of each failure in its example. The type requires all kinds. */
const SAMPLES: Samples = {
  "route-unknown": {},
  "method-not-allowed": { allow: ["GET", "OPTIONS"] },
  "upgrade-required": {},
  "not-acceptable": {},
  "form-encoded": {},
  "client-id-missing": {},
  "client-id-invalid": { got: "me" },
  "project-missing": {},
  "project-empty": {},
  "queue-name-invalid": { defect: "form", got: "new orders" },
  "topic-name-invalid": { defect: "form", got: "latest news" },
  "header-invalid": { header: "Content-Length", rule: "a positive number", got: "-1" },
  "parameter-invalid": { name: "limit", expected: "an integer", got: "many" },
  "media-type-unsupported": { supported: "application/openstack-messaging-v2.0-json-patch", got: "application/json" },
  "encoding-unsupported": { encoding: "gzip" },
  "body-late": { seconds: 30 },
  "not-authorized": {},
  unauthenticated: { challenges: ["Bearer"] },
  "key-unchecked": { challenges: ["Bearer"], ...LATER },
  "body-empty": {},
  "body-unparsable": {},
  "body-too-large": { max: 65_536, got: 70_000 },
  "integer-too-large": {},
  "document-type-unsupported": { expected: "object" },
  "field-missing": { field: "body" },
  "field-type": { field: "ttl", expected: "int" },
  "patch-invalid": { reason: "Operations must be JSON objects." },
  "document-invalid": { reason: "`queues` is not valid: it must be a whole number, not 1.5." },
  "out-of-range": { quantity: "message ttl", min: 60, max: 1_209_600, got: 5 },
  "post-too-large": { max: 262_144, queueMax: null, got: 300_000 },
  "metadata-too-large": { max: 65_536, document: "put", got: 70_000 },
  "metadata-invalid": { reason: "_max_claim_count must be an integer of at least 0.", document: "put" },
  "messages-missing": {},
  "messages-none": {},
  "delete-unspecific": {},
  "delete-ambiguous": {},
  "delete-needs-claims": {},
  "purge-needs-types": {},
  "purge-type-unknown": {},
  "request-invalid": { reason: "The query must contain waiting=true." },
  "subscription-invalid": { reason: "The TTL for a subscription must be at least 60 seconds long." },
  "queue-not-found": { queue: "orders", project: PROJECT },
  "topic-not-found": { topic: "news", project: PROJECT },
  "message-not-found": { ids: IDS.message, place: ORDERS, project: PROJECT },
  "claim-not-found": { claim: IDS.claim, queue: "orders", project: PROJECT },
  "metadata-key-missing": { op: "replace", key: "team" },
  "message-claimed": { message: IDS.message },
  "message-not-claimed": { message: IDS.message },
  "claim-over": { message: IDS.message },
  "claims-mismatched": {},
  "idempotency-key-reused": {},
  "key-not-found": {},
  "redrive-not-found": { queue: "orders" },
  "queue-spread": { queue: "orders", wish: "subscription" },
  "redrive-running": { queue: "orders" },
  "subscription-not-found": { subscription: IDS.subscription },
  "subscription-exists": { place: ORDERS, during: "create" },
  "subscription-not-updated": { subscription: IDS.subscription },
  "subscription-not-confirmed": { subscription: IDS.subscription },
  "pool-not-found": { pool: "europe" },
  "pool-uri-invalid": { uri: "redis://europe", reason: "write durable-object://weur" },
  "pool-uri-taken": {},
  "pool-unequal": { defect: "all pools of a flavor must have the same throughput and order in their URIs" },
  "pool-used": { flavor: "fast" },
  "flavor-not-found": { flavor: "fast" },
  "flavor-refused": { flavor: "fast", during: "create", reason: "pool europe does not exist" },
  "flavor-unknown": { flavor: "fast" },
  "pools-missing": { flavor: null },
  "place-occupied": { place: ORDERS },
  "quota-exceeded": { quota: "queues", limit: 1000 },
  "requests-too-many": { limit: 200, ...LATER },
  "actions-too-many": { limit: 1000, ...LATER },
  "in-flight-too-much": { max: 33_554_432, ...LATER },
  "claimed-too-many": { max: 120_000, ...LATER },
  "disk-full": LATER,
  "objects-too-many": LATER,
  unavailable: { whatFailed: "The request could not be completed." },
};

export const FAILURE_KINDS = Object.keys(SAMPLES) as readonly FailureKind[];

/** The failure of the example. The cast is safe: the type of `SAMPLES` gives each kind its own data. */
export function sampleOf(kind: FailureKind): Failure {
  return { kind, ...SAMPLES[kind] } as Failure;
}

/** Failures of WebSocket frames only. */
export const OF_FRAMES: readonly FailureKind[] = ["actions-too-many"];
/** Failures of requests that no endpoint describes. */
export const OF_NO_ENDPOINT: readonly FailureKind[] = ["method-not-allowed"];

const OF_HEADERS: readonly FailureKind[] = ["not-acceptable", "form-encoded", "header-invalid", "unavailable"];
const OF_CALLERS: readonly FailureKind[] = [
  "client-id-missing",
  "client-id-invalid",
  "project-missing",
  "project-empty",
  "unauthenticated",
  "key-unchecked",
  "not-authorized",
  // Of a signature that does not cover the path, and of an endpoint that a setting switches off.
  "route-unknown",
  "request-invalid",
  "requests-too-many",
  "objects-too-many",
  "in-flight-too-much",
];
const OF_MONITORS: readonly FailureKind[] = [
  "unauthenticated",
  "key-unchecked",
  "not-authorized",
  "route-unknown",
  "unavailable",
];
const OF_BODIES: readonly FailureKind[] = [
  "body-unparsable",
  "body-late",
  "encoding-unsupported",
  "integer-too-large",
  "document-type-unsupported",
];

/** The endpoints that need no credential. */
export function isOpen({ path }: Pick<Endpoint, "path">): boolean {
  return !isForMonitors({ path }) && (!path.startsWith("/v2/") || path === "/v2/websocket");
}

/** They need a credential, but neither a Client-ID nor a project. */
export function isForMonitors({ path }: Pick<Endpoint, "path">): boolean {
  return path === PATHS.metrics;
}

/** All failures of an endpoint. */
export function failuresOf({ path, failures = [], body, parameters = [] }: Endpoint): readonly FailureKind[] {
  const kinds: FailureKind[] = [...failures];
  // Requests of monitors and browsers are not checked.
  if (isForMonitors({ path })) kinds.push(...OF_MONITORS);
  else if (isOpen({ path }) && path !== "/" && path !== "/v2/websocket") kinds.push("unavailable");
  else kinds.push(...OF_HEADERS);
  if (!isOpen({ path }) && !isForMonitors({ path })) kinds.push(...OF_CALLERS);
  if (body !== undefined) kinds.push(...OF_BODIES);
  if (path.includes(":queue")) kinds.push("queue-name-invalid");
  if (path.includes(":topic")) kinds.push("topic-name-invalid");
  if (parameters.some((parameter) => parameter.in === "query")) kinds.push("parameter-invalid");
  return FAILURE_KINDS.filter((kind) => kinds.includes(kind));
}

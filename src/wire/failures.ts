/**
 * The table from failures to HTTP answers: the only place with error statuses, titles and descriptions. Titles and statuses
 * are exactly upstream's, because clients depend on them (zaqar/transport/wsgi/errors.py and the handlers in v2_0). The
 * descriptions are ours: no known client parses them. Each states the broken rule, its limit and the received value, which is
 * truncated. The compiler reports a kind of failure that is missing here.
 */
import type { PermittedRange, Failure, MetadataDocument, NameDefect, Quantity } from "../domain/failure.ts";
import type { Place, PlaceKind } from "../domain/place.ts";
import type { QuotaName } from "../domain/quota.ts";
import { excerpt } from "../domain/excerpt.ts";
import { codeOf } from "./failure-codes.ts";
import { subscriptionsHref } from "./hrefs.ts";

/** The answer to a failure. As upstream, errors of the framework have no description, and only a 406 has a link. */
export interface FailureAnswer {
  readonly status: 400 | 401 | 403 | 404 | 405 | 406 | 408 | 409 | 415 | 426 | 503;
  readonly title: string;
  readonly description?: string;
  /** Names the failure for programs. Ours: upstream has none. */
  readonly code: string;
  readonly link?: HelpLink;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HelpLink {
  readonly text: string;
  readonly href: string;
  readonly rel: "help";
}

export function toAnswer(failure: Failure): FailureAnswer {
  // The cast is safe: each function in the table takes the failure of its own kind, which the compiler cannot derive here.
  // The result may be undefined, because during a rollout an object of a newer version may return a kind that is unknown
  // here.
  const answer = ANSWERS[failure.kind] as ((failure: Failure) => Uncoded) | undefined;
  if (answer === undefined)
    return { ...unavailable("The request could not be completed."), code: codeOf("unavailable") };
  return { ...answer(failure), code: codeOf(failure.kind) };
}

type Uncoded = Omit<FailureAnswer, "code">;

type Answers = {
  readonly [Kind in Failure["kind"]]: (failure: Extract<Failure, { readonly kind: Kind }>) => Uncoded;
};

const SPREAD_WISHES: Readonly<Record<Extract<Failure, { readonly kind: "queue-spread" }>["wish"], string>> = {
  order: "because its load is too high for one, which `_order` needs",
  subscription: "because its load is too high for one, which a subscription needs",
  redrive: "and its messages can be redriven only from one, or when the others are empty",
};

const ANSWERS: Answers = {
  "route-unknown": () => ({ status: 404, title: "404 Not Found" }),
  "method-not-allowed": ({ allow }) => ({
    status: 405,
    title: "405 Method Not Allowed",
    headers: { Allow: allow.join(", ") },
  }),
  "upgrade-required": () => ({
    status: 426,
    title: "426 Upgrade Required",
    description: "This is a WebSocket: `Upgrade: websocket` is missing. If the client sent it, a proxy has removed it.",
    headers: { Upgrade: "websocket" },
  }),
  "not-acceptable": () => ({
    status: 406,
    title: "406 Not Acceptable",
    description: "The service answers in JSON only; the Accept header must admit application/json.",
    link: {
      text: "The Accept header, RFC 2616 section 14",
      href: "https://www.rfc-editor.org/rfc/rfc2616#section-14.1",
      rel: "help",
    },
  }),
  "form-encoded": () =>
    bad("Invalid Content-Type", "Form encoding is not accepted, JSON is: set Content-Type to application/json."),
  "client-id-missing": () => bad("Missing header value", "The Client-Id header is required."),
  "client-id-invalid": ({ got, length }) => bad("Wrong UUID value", clientId(got, length)),
  "project-missing": () => bad("Project-Id Missing", "The X-PROJECT-ID header was missing."),
  "project-empty": () =>
    bad("Empty project header not allowed", "The X-PROJECT-ID header must not be empty. Send it again with a value."),
  "queue-name-invalid": (failure) => bad("Invalid queue identification", nameDefect("queue", failure)),
  "topic-name-invalid": (failure) => bad("Invalid topic identification", nameDefect("topic", failure)),
  "header-invalid": ({ header, rule, got }) =>
    bad("Invalid header value", `The value of the ${header} header is not valid: it must be ${rule}${not(got)}.`),
  "parameter-invalid": ({ name, expected, got }) =>
    bad("Invalid parameter", `The "${excerpt(name)}" parameter is not valid: it must be ${expected}${not(got)}.`),
  "media-type-unsupported": ({ supported, got }) => ({
    status: 415,
    title: "415 Unsupported Media Type",
    description: `The accepted media type is ${supported}${got === null ? ", and the request has none" : not(got)}.`,
  }),
  "encoding-unsupported": ({ encoding }) => ({
    status: 415,
    title: "415 Unsupported Media Type",
    description: `The Content-Encoding "${encoding}" is not accepted: send the body as it is, not compressed.`,
    headers: { "Accept-Encoding": "identity" },
  }),
  "body-late": ({ seconds }) => ({
    status: 408,
    title: "408 Request Timeout",
    description: `No part of the request body has arrived for ${seconds} seconds.`,
  }),
  "not-authorized": () => ({
    status: 403,
    title: "Not authorized",
    description: "You are not authorized to complete this action.",
  }),

  unauthenticated: ({ challenges }) => ({
    status: 401,
    title: "Unauthorized",
    description: "The request you have made requires authentication.",
    headers: { "WWW-Authenticate": challenges.join(", ") },
  }),
  // Not 503, because the service works, and not 429, which OpenStack's clients treat as success.
  "key-unchecked": ({ challenges, retryAfter }) => ({
    status: 401,
    title: "Unauthorized",
    description: "The key has no check, and too many look-ups of such keys have failed. A new key has a check.",
    headers: { "WWW-Authenticate": challenges.join(", "), "Retry-After": String(retryAfter) },
  }),

  "body-empty": () => badBody("The request body can not be empty."),
  "body-unparsable": () =>
    badBody(
      "The request body could not be parsed: it must be a whole JSON object or array, in UTF-8 without a byte order mark.",
    ),
  "body-too-large": ({ max, got }) =>
    badBody(`The request body is too large. The maximum is ${max} bytes${andIs(got)}.`),
  "integer-too-large": () =>
    badBody("The request body contains an integer that is too large: each must fit into 64 bits with a sign."),
  "document-type-unsupported": ({ expected, member }) =>
    badBody(`The type of the document is not supported${mustBe(expected, member)}.`),
  "field-missing": ({ field }) => badBody(`Missing field "${field}".`),
  "field-type": ({ field, expected }) => badBody(`The value of the field "${field}" must be a ${expected}.`),
  "patch-invalid": ({ reason }) => badBody(reason),
  "document-invalid": ({ reason }) => badBody(reason),

  "out-of-range": ({ quantity, min, max, got }) =>
    badRequest(`${QUANTITIES[quantity]} must be at least ${min} and at most ${max}${andIs(got)}.`),
  "post-too-large": ({ max, queueMax, got }) =>
    badRequest(`The message collection is too large. ${postMax(max, queueMax)}${andIs(got)}.`),
  "metadata-too-large": ({ max, document, got }) =>
    badMetadata(document, `The metadata is too large. The maximum size is ${max} bytes${andIs(got)}.`),
  "metadata-invalid": ({ reason, document }) => badMetadata(document, reason),
  "messages-missing": () => badRequest("The body contains no messages: it needs a member `messages`."),
  "messages-none": () => badRequest("There are no messages to enqueue: `messages` is empty."),
  "delete-unspecific": () => badRequest("The request does not say which messages to delete: it needs `ids` or `pop`."),
  "delete-ambiguous": () => badRequest("`ids` and `pop` can not be used together."),
  "delete-needs-claims": () => badRequest("`ids` and `claim_ids` have to be used together."),
  "purge-needs-types": () => badRequest("The body must contain `resource_types`, a list, unless there is no body."),
  "purge-type-unknown": () => badRequest('`resource_types` must be a subset of "messages" and "subscriptions".'),
  "request-invalid": ({ reason }) => badRequest(reason),
  "subscription-invalid": ({ reason }) => badRequest(reason),

  "queue-not-found": ({ queue, project }) =>
    notFound(`The queue ${queue} does not exist for project ${excerpt(project)}.`),
  "topic-not-found": ({ topic, project }) =>
    notFound(`The Topic ${topic} does not exist for project ${excerpt(project)}.`),
  "message-not-found": ({ ids, place, project }) =>
    notFound(`No message ${excerpt(ids)} in ${place.kind} ${place.name} for project ${excerpt(project)}.`),
  "claim-not-found": ({ claim, queue, project }) =>
    notFound(`The claim ${excerpt(claim)} does not exist in queue ${queue} for project ${excerpt(project)}.`),
  "metadata-key-missing": ({ op, key }) => conflict(`Can't ${op} the non-existent object ${excerpt(key)}.`),
  "message-claimed": ({ message }) => ({
    status: 403,
    title: "Unable to delete",
    description: `Message ${excerpt(message)} is claimed; it can only be deleted with a valid claim id.`,
  }),
  "message-not-claimed": ({ message }) =>
    bad("Unable to delete", `A claim was given, but message ${excerpt(message)} is not claimed.`),
  "claim-over": ({ message }) =>
    bad("Unable to delete", `The claim given for message ${excerpt(message)} does not exist or has expired.`),
  // Upstream quirk: a mismatch of `ids` and `claim_ids` is 503, not a client error.
  "claims-mismatched": () => unavailable("Messages could not be deleted: they are not all held by the given claims."),
  // The requested id is not quoted, because it may be a whole key, pasted by mistake.
  "key-not-found": () => notFound("There is no API key with that id."),
  "redrive-not-found": ({ queue }) => notFound(`The queue ${queue} has had no redrive.`),
  "queue-spread": ({ queue, wish }) =>
    conflict(`The queue ${queue} is spread over several objects, ${SPREAD_WISHES[wish]}.`),
  "redrive-running": ({ queue }) => conflict(`A redrive of the queue ${queue} is running already.`),
  "idempotency-key-reused": () => conflict("The Idempotency-Key was used before with another body."),
  "subscription-not-found": ({ subscription }) => notFound(`Subscription ${excerpt(subscription)} does not exist`),
  "subscription-exists": ({ place, during }) => subscriptionExists(place, during),
  "subscription-not-updated": ({ subscription }) =>
    bad("Unable to update subscription", `Subscription ${excerpt(subscription)} could not be updated.`),
  "subscription-not-confirmed": ({ subscription }) =>
    bad("Unable to confirm subscription", `Subscription ${excerpt(subscription)} could not be confirmed.`),

  "pool-not-found": ({ pool }) => notFound(`Pool ${excerpt(pool)} does not exist`),
  "pool-uri-invalid": ({ uri, reason }) => badBody(`cannot connect to ${excerpt(uri)}: ${reason}`),
  "pool-uri-taken": () => conflict("The database URI is in use by another pool."),
  "pool-unequal": ({ defect }) => bad("Unable to create pool", `Pools are not equal: ${defect}.`),
  "pool-used": ({ flavor }) => ({
    status: 403,
    title: "Unable to delete",
    description: `This pool is used by flavors ${excerpt(flavor)}; It cannot be deleted.`,
  }),
  "flavor-not-found": ({ flavor }) => notFound(`Flavor ${excerpt(flavor)} does not exist`),
  "flavor-refused": ({ flavor, during, reason }) =>
    during === "create"
      ? bad("Unable to create", `Flavor ${excerpt(flavor)} could not be created, error:${reason}`)
      : bad("updatefail", `Flavor ${excerpt(flavor)} cant be updated, error:${reason}`),
  "flavor-unknown": ({ flavor }) => badRequest(`Flavor ${excerpt(flavor)} does not exist`),
  "pools-missing": ({ flavor }) =>
    unavailable(
      flavor === null
        ? "No pools registered: there is none of any weight for queues without a flavor."
        : `The flavor ${excerpt(flavor)} has no pool of any weight.`,
    ),
  "place-occupied": ({ place }) =>
    conflict(
      `The ${place.kind} ${place.name} would have to move to another pool, and only one without messages, subscriptions, ` +
        "a signing generation and a running redrive can.",
    ),

  "quota-exceeded": ({ quota, limit }) => ({
    status: 403,
    title: "Quota exceeded",
    description: `${QUOTAS[quota]} is ${limit}, and would be exceeded.`,
  }),
  "requests-too-many": ({ limit, retryAfter }) =>
    unavailable(`The project has made more than its ${limit} requests per second.`, retryAfter),
  "actions-too-many": ({ limit, retryAfter }) =>
    unavailable(`The connection has made more than its ${limit} actions per second.`, retryAfter),
  "in-flight-too-much": ({ max, retryAfter }) =>
    unavailable(`The project has ${max} bytes of large requests and answers in flight already.`, retryAfter),
  "claimed-too-many": ({ max, retryAfter }) =>
    unavailable(`The queue has ${max} messages under live claims already.`, retryAfter),
  "disk-full": ({ retryAfter }) =>
    unavailable("The disk of the service is almost full: new data is refused until something is deleted.", retryAfter),
  "objects-too-many": ({ retryAfter }) =>
    unavailable("The service has no file descriptors left for another queue.", retryAfter),
  unavailable: ({ whatFailed, retryAfter }) => unavailable(whatFailed, retryAfter),
};

const QUANTITIES: Readonly<Record<Quantity, string>> = {
  limit: "The limit",
  ids: "The number of ids",
  pop: "The value of pop",
  "message ttl": "The ttl of a message, in seconds,",
  "message delay": "The delay of a message, in seconds,",
  "claim ttl": "The ttl of a claim, in seconds,",
  "claim grace": "The grace of a claim, in seconds,",
  wait: "The time to wait, in seconds,",
};

const QUOTAS: Readonly<Record<QuotaName, string>> = {
  queues: "The project's quota of queues and topics",
  messages_per_queue: "The project's quota of messages in one queue or topic",
  bytes_per_queue: "The project's quota of bytes stored by one queue or topic",
  subscriptions_per_queue: "The project's quota of subscriptions of one queue or topic",
  requests_per_second: "The project's quota of requests per second",
};

function bad(title: string, description: string): Uncoded {
  return { status: 400, title, description };
}

function badRequest(description: string): Uncoded {
  return bad("Invalid API request", description);
}

function badBody(description: string): Uncoded {
  return bad("Invalid request body", description);
}

/**
 * Upstream quirk: the same defect of metadata has the title "Invalid API request" in a PUT and "Invalid request body" in a
 * PATCH.
 */
function badMetadata(document: MetadataDocument, description: string): Uncoded {
  return document === "put" ? badRequest(description) : badBody(description);
}

function postMax(max: number, queueMax: number | null): string {
  if (queueMax === null) return `The maximum size is ${max} bytes`;
  return `The maximum size is the smaller of the queue's ${queueMax} bytes and the service's ${max} bytes`;
}

function clientId(got: string | undefined, length: PermittedRange | undefined): string {
  if (length === undefined) {
    const form = "it must be 32 hexadecimal digits, with or without dashes";
    return `The Client-Id header contains a malformed hexadecimal UUID: ${form}${not(got)}.`;
  }
  return `The Client-Id header must have at least ${length.min} and at most ${length.max} characters${andIs(got?.length)}.`;
}

function nameDefect(kind: PlaceKind, { defect, got }: NameDefect): string {
  if (defect === undefined) return `The format of the ${kind}'s name or of the project id is not valid.`;
  switch (defect) {
    case "form": {
      const form = 'it must be 1 to 64 of the letters a to z and A to Z, digits, "_", "-" and "."';
      return `The format of the ${kind}'s name is not valid: ${form}${not(got)}.`;
    }
    case "dots":
      return `No ${kind} is called "." or "..": clients remove such segments from a path, and would request another resource.`;
    case "project-length":
      return `The project id is not valid: it must have at most 256 characters${andIs(got?.length)}.`;
    case "project-empty":
      return "The project id is not valid: it is empty.";
  }
}

/** The received text, if it is known. */
function not(got: string | undefined): string {
  return got === undefined ? "" : `, not "${excerpt(got)}"`;
}

/** The received number, if it is known. */
function andIs(got: number | undefined): string {
  return got === undefined ? "" : `, and this is ${got}`;
}

function mustBe(expected: "object" | "array" | undefined, member: string | undefined): string {
  if (expected === undefined) return "";
  return `: ${member === undefined ? "it" : `\`${member}\``} must be an ${expected}`;
}

function notFound(description: string): Uncoded {
  return { status: 404, title: "Not found", description };
}

function conflict(description: string): Uncoded {
  return { status: 409, title: "Resource conflict", description };
}

/**
 * Upstream quirk: a POST lacks the blank between the two sentences and has a Location; a PATCH has the blank and no Location.
 */
function subscriptionExists(place: Place, during: "create" | "update"): Uncoded {
  const first = "Such subscription already exists.";
  const second = "Subscriptions are unique by project + queue + subscriber URI.";
  if (during === "update") return conflict(`${first} ${second}`);
  return { ...conflict(first + second), headers: { Location: subscriptionsHref(place) } };
}

/** `retryAfter`: seconds, if they are known. */
function unavailable(whatFailed: string, retryAfter?: number): Uncoded {
  return {
    status: 503,
    title: "Service temporarily unavailable",
    description: `${whatFailed} Please try again in a few seconds.`,
    ...(retryAfter === undefined ? {} : { headers: { "Retry-After": String(retryAfter) } }),
  };
}

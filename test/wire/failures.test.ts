/** The answers to failures: one row per kind. The type of the table requires all kinds. */
import { describe, expect, test } from "vitest";
import errors from "../../docs/ERRORS.md?raw";
import type { Failure } from "../../src/domain/failure.ts";
import { queueNamed } from "../../src/domain/place.ts";
import type { QueueName } from "../../src/domain/id.ts";
import { encodeErrorJson, encodeErrorXml } from "../../src/wire/error-body.ts";
import { toAnswer } from "../../src/wire/failures.ts";
import { FRAME_CODES } from "../../src/websocket/reply.ts";

/** `sentence`: the whole description; null: the answer has none. */
type Row<Kind> = readonly [
  data: Omit<Extract<Failure, { kind: Kind }>, "kind">,
  status: number,
  title: string,
  sentence: string | null,
];

const PLACE = queueNamed("q" as QueueName);
const REQUEST = "Invalid API request";
const BODY = "Invalid request body";

const RETRY = "Please try again in a few seconds.";
const OUTAGE = "Service temporarily unavailable";

/** A temporary failure. */
function outage<Data>(data: Data, sentence: string): readonly [Data, number, string, string] {
  return [data, 503, OUTAGE, `${sentence} ${RETRY}`];
}

const ROWS: { readonly [Kind in Failure["kind"]]: Row<Kind> } = {
  "route-unknown": [{}, 404, "404 Not Found", null],
  "method-not-allowed": [{ allow: ["GET", "OPTIONS"] }, 405, "405 Method Not Allowed", null],
  "upgrade-required": [
    {},
    426,
    "426 Upgrade Required",
    "This is a WebSocket: `Upgrade: websocket` is missing. If the client sent it, a proxy has removed it.",
  ],
  "not-acceptable": [
    {},
    406,
    "406 Not Acceptable",
    "The service answers in JSON only; the Accept header must admit application/json.",
  ],
  "form-encoded": [
    {},
    400,
    "Invalid Content-Type",
    "Form encoding is not accepted, JSON is: set Content-Type to application/json.",
  ],
  "client-id-missing": [{}, 400, "Missing header value", "The Client-Id header is required."],
  "client-id-invalid": [
    { got: "x" },
    400,
    "Wrong UUID value",
    'The Client-Id header contains a malformed hexadecimal UUID: it must be 32 hexadecimal digits, with or without dashes, not "x".',
  ],
  "project-missing": [{}, 400, "Project-Id Missing", "The X-PROJECT-ID header was missing."],
  "project-empty": [
    {},
    400,
    "Empty project header not allowed",
    "The X-PROJECT-ID header must not be empty. Send it again with a value.",
  ],
  "topic-name-invalid": [
    { defect: "dots", got: "." },
    400,
    "Invalid topic identification",
    'No topic is called "." or "..": clients remove such segments from a path, and would request another resource.',
  ],
  "queue-name-invalid": [
    { defect: "form", got: "a b" },
    400,
    "Invalid queue identification",
    `The format of the queue's name is not valid: it must be 1 to 64 of the letters a to z and A to Z, digits, "_", "-" and ".", not "a b".`,
  ],
  "header-invalid": [
    { header: "Content-Length", rule: "a positive number", got: "-1" },
    400,
    "Invalid header value",
    'The value of the Content-Length header is not valid: it must be a positive number, not "-1".',
  ],
  "parameter-invalid": [
    { name: "limit", expected: "an integer", got: "x" },
    400,
    "Invalid parameter",
    'The "limit" parameter is not valid: it must be an integer, not "x".',
  ],
  "media-type-unsupported": [
    { supported: "a/b", got: "c/d" },
    415,
    "415 Unsupported Media Type",
    'The accepted media type is a/b, not "c/d".',
  ],
  "encoding-unsupported": [
    { encoding: "gzip" },
    415,
    "415 Unsupported Media Type",
    'The Content-Encoding "gzip" is not accepted: send the body as it is, not compressed.',
  ],
  "body-late": [{ seconds: 30 }, 408, "408 Request Timeout", "No part of the request body has arrived for 30 seconds."],
  "not-authorized": [{}, 403, "Not authorized", "You are not authorized to complete this action."],
  "key-unchecked": [
    { challenges: ['Bearer realm="sukkal"'], retryAfter: 10 },
    401,
    "Unauthorized",
    "The key has no check, and too many look-ups of such keys have failed. A new key has a check.",
  ],
  unauthenticated: [
    { challenges: ['Bearer realm="sukkal"'] },
    401,
    "Unauthorized",
    "The request you have made requires authentication.",
  ],
  "body-empty": [{}, 400, BODY, "The request body can not be empty."],
  "body-unparsable": [
    {},
    400,
    BODY,
    "The request body could not be parsed: it must be a whole JSON object or array, in UTF-8 without a byte order mark.",
  ],
  "body-too-large": [
    { max: 1, got: 2 },
    400,
    BODY,
    "The request body is too large. The maximum is 1 bytes, and this is 2.",
  ],
  "integer-too-large": [
    {},
    400,
    BODY,
    "The request body contains an integer that is too large: each must fit into 64 bits with a sign.",
  ],
  "document-type-unsupported": [
    { expected: "object" },
    400,
    BODY,
    "The type of the document is not supported: it must be an object.",
  ],
  "field-missing": [{ field: "body" }, 400, BODY, 'Missing field "body".'],
  "field-type": [{ field: "ttl", expected: "int" }, 400, BODY, 'The value of the field "ttl" must be a int.'],
  "patch-invalid": [{ reason: "Why." }, 400, BODY, "Why."],
  "document-invalid": [{ reason: "Why." }, 400, BODY, "Why."],
  "out-of-range": [
    { quantity: "limit", min: 1, max: 20, got: 21 },
    400,
    REQUEST,
    "The limit must be at least 1 and at most 20, and this is 21.",
  ],
  "post-too-large": [
    { max: 2, queueMax: 1, got: 3 },
    400,
    REQUEST,
    "The message collection is too large. The maximum size is the smaller of the queue's 1 bytes and the service's 2 bytes, and this is 3.",
  ],
  "metadata-too-large": [
    { max: 1, document: "put", got: 2 },
    400,
    REQUEST,
    "The metadata is too large. The maximum size is 1 bytes, and this is 2.",
  ],
  "metadata-invalid": [{ reason: "Why.", document: "put" }, 400, REQUEST, "Why."],
  "messages-missing": [{}, 400, REQUEST, "The body contains no messages: it needs a member `messages`."],
  "messages-none": [{}, 400, REQUEST, "There are no messages to enqueue: `messages` is empty."],
  "delete-unspecific": [
    {},
    400,
    REQUEST,
    "The request does not say which messages to delete: it needs `ids` or `pop`.",
  ],
  "delete-ambiguous": [{}, 400, REQUEST, "`ids` and `pop` can not be used together."],
  "delete-needs-claims": [{}, 400, REQUEST, "`ids` and `claim_ids` have to be used together."],
  "purge-needs-types": [{}, 400, REQUEST, "The body must contain `resource_types`, a list, unless there is no body."],
  "purge-type-unknown": [{}, 400, REQUEST, '`resource_types` must be a subset of "messages" and "subscriptions".'],
  "request-invalid": [{ reason: "Why." }, 400, REQUEST, "Why."],
  "subscription-invalid": [{ reason: "Why." }, 400, REQUEST, "Why."],
  "topic-not-found": [{ topic: "t", project: "p" }, 404, "Not found", "The Topic t does not exist for project p."],
  "queue-not-found": [{ queue: "q", project: "p" }, 404, "Not found", "The queue q does not exist for project p."],
  "message-not-found": [
    { ids: "a,b", place: PLACE, project: "p" },
    404,
    "Not found",
    "No message a,b in queue q for project p.",
  ],
  "claim-not-found": [
    { claim: "c", queue: "q", project: "p" },
    404,
    "Not found",
    "The claim c does not exist in queue q for project p.",
  ],
  "metadata-key-missing": [
    { op: "remove", key: "k" },
    409,
    "Resource conflict",
    "Can't remove the non-existent object k.",
  ],
  "message-claimed": [
    { message: "a" },
    403,
    "Unable to delete",
    "Message a is claimed; it can only be deleted with a valid claim id.",
  ],
  "message-not-claimed": [
    { message: "a" },
    400,
    "Unable to delete",
    "A claim was given, but message a is not claimed.",
  ],
  "claim-over": [
    { message: "a" },
    400,
    "Unable to delete",
    "The claim given for message a does not exist or has expired.",
  ],
  "claims-mismatched": [
    {},
    503,
    OUTAGE,
    `Messages could not be deleted: they are not all held by the given claims. ${RETRY}`,
  ],
  "idempotency-key-reused": [{}, 409, "Resource conflict", "The Idempotency-Key was used before with another body."],
  "key-not-found": [{}, 404, "Not found", "There is no API key with that id."],
  "redrive-not-found": [{ queue: "dead" }, 404, "Not found", "The queue dead has had no redrive."],
  "queue-spread": [
    { queue: "orders", wish: "subscription" },
    409,
    "Resource conflict",
    "The queue orders is spread over several objects, because its load is too high for one, which a subscription needs.",
  ],
  "redrive-running": [{ queue: "dead" }, 409, "Resource conflict", "A redrive of the queue dead is running already."],
  "quota-exceeded": [
    { quota: "queues", limit: 1 },
    403,
    "Quota exceeded",
    "The project's quota of queues and topics is 1, and would be exceeded.",
  ],
  "requests-too-many": outage({ limit: 1, retryAfter: 5 }, "The project has made more than its 1 requests per second."),
  "subscription-not-found": [{ subscription: "s" }, 404, "Not found", "Subscription s does not exist"],
  "subscription-exists": [
    { place: PLACE, during: "create" },
    409,
    "Resource conflict",
    "Such subscription already exists.Subscriptions are unique by project + queue + subscriber URI.",
  ],
  "subscription-not-updated": [
    { subscription: "s" },
    400,
    "Unable to update subscription",
    "Subscription s could not be updated.",
  ],
  "subscription-not-confirmed": [
    { subscription: "s" },
    400,
    "Unable to confirm subscription",
    "Subscription s could not be confirmed.",
  ],
  "pool-not-found": [{ pool: "p" }, 404, "Not found", "Pool p does not exist"],
  "pool-uri-invalid": [{ uri: "a://b", reason: "it is not" }, 400, BODY, "cannot connect to a://b: it is not"],
  "pool-uri-taken": [{}, 409, "Resource conflict", "The database URI is in use by another pool."],
  "pool-unequal": [{ defect: "they differ" }, 400, "Unable to create pool", "Pools are not equal: they differ."],
  "pool-used": [{ flavor: "f" }, 403, "Unable to delete", "This pool is used by flavors f; It cannot be deleted."],
  "flavor-not-found": [{ flavor: "f" }, 404, "Not found", "Flavor f does not exist"],
  "flavor-refused": [
    { flavor: "f", during: "create", reason: "it is not" },
    400,
    "Unable to create",
    "Flavor f could not be created, error:it is not",
  ],
  "flavor-unknown": [{ flavor: "f" }, 400, REQUEST, "Flavor f does not exist"],
  "pools-missing": [{ flavor: "f" }, 503, OUTAGE, `The flavor f has no pool of any weight. ${RETRY}`],
  "place-occupied": [
    { place: PLACE },
    409,
    "Resource conflict",
    "The queue q would have to move to another pool, and only one without messages, subscriptions, a signing generation and " +
      "a running redrive can.",
  ],
  "actions-too-many": outage(
    { limit: 50, retryAfter: 2 },
    "The connection has made more than its 50 actions per second.",
  ),
  "in-flight-too-much": outage(
    { max: 1, retryAfter: 1 },
    "The project has 1 bytes of large requests and answers in flight already.",
  ),
  "claimed-too-many": outage({ max: 1, retryAfter: 5 }, "The queue has 1 messages under live claims already."),
  "disk-full": outage(
    { retryAfter: 10 },
    "The disk of the service is almost full: new data is refused until something is deleted.",
  ),
  "objects-too-many": outage({ retryAfter: 3 }, "The service has no file descriptors left for another queue."),
  unavailable: [{ whatFailed: "It failed." }, 503, OUTAGE, `It failed. ${RETRY}`],
};

test.each(Object.entries(ROWS))("%s", (kind, [data, status, title, sentence]) => {
  const answer = toAnswer({ kind, ...data } as Failure);
  expect(answer).toMatchObject({ status, title });
  expect(answer.description ?? null).toBe(sentence);
  expect(answer.link === undefined).toBe(kind !== "not-acceptable");
});

describe("the codes of docs/ERRORS.md", () => {
  const hint =
    "a code never changes: give a renamed kind its former code in wire/failure-codes.ts, and a new kind a row";

  test("are those of the failures, with their statuses", () => {
    const actual = Object.entries(ROWS).map(([kind, [data]]) => {
      const { code, status } = toAnswer({ kind, ...data } as Failure);
      return `${code} ${status}`;
    });
    expect(rowsOf("Codes"), hint).toEqual(actual.toSorted());
    expect(new Set(actual).size).toBe(actual.length);
  });

  test("are those of frames, in a table of their own", () => {
    const codes = rowsOf("Codes of frames").map((row) => row.split(" ")[0]);
    expect(codes, hint).toEqual(FRAME_CODES.toSorted());
  });

  /** The codes and statuses of the table below a heading, in alphabetical order. */
  function rowsOf(heading: string): readonly string[] {
    const section = errors.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
    return [...section.matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)]
      .map(([, code, status]) => `${code} ${status}`)
      .toSorted();
  }
});

test("a patch reports invalid metadata as an error of its body", () => {
  expect(toAnswer({ kind: "metadata-too-large", max: 1, document: "patch" }).title).toBe(BODY);
  expect(toAnswer({ kind: "metadata-invalid", reason: "Why.", document: "patch" }).title).toBe(BODY);
});

test("headers that belong to a failure come with it", () => {
  expect(toAnswer({ kind: "method-not-allowed", allow: ["GET", "OPTIONS"] }).headers).toEqual({
    Allow: "GET, OPTIONS",
  });
  expect(toAnswer({ kind: "claimed-too-many", max: 1, retryAfter: 5 }).headers).toEqual({ "Retry-After": "5" });
});

test.each<readonly [Failure, string]>([
  [{ kind: "subscription-invalid", reason: "TTL must be an integer." }, "TTL must be an integer."],
  [{ kind: "subscription-not-found", subscription: "s1" }, "Subscription s1 does not exist"],
  [{ kind: "subscription-not-updated", subscription: "s1" }, "Subscription s1 could not be updated."],
  [
    { kind: "flavor-refused", flavor: "f", during: "update", reason: "it is not" },
    "Flavor f cant be updated, error:it is not",
  ],
  [{ kind: "subscription-not-confirmed", subscription: "s1" }, "Subscription s1 could not be confirmed."],
  [
    { kind: "subscription-exists", place: PLACE, during: "create" },
    "Such subscription already exists.Subscriptions are unique by project + queue + subscriber URI.",
  ],
  [
    { kind: "subscription-exists", place: PLACE, during: "update" },
    "Such subscription already exists. Subscriptions are unique by project + queue + subscriber URI.",
  ],
])("upstream's words: %o", (failure, description) => {
  expect(toAnswer(failure).description).toBe(description);
});

test("a subscription that a POST finds existing names the collection, one that a PATCH finds names nothing", () => {
  const headersOf = (during: "create" | "update"): unknown =>
    toAnswer({ kind: "subscription-exists", place: PLACE, during }).headers;
  expect(headersOf("create")).toEqual({ Location: "/v2/queues/q/subscriptions" });
  expect(headersOf("update")).toBeUndefined();
});

test("bodies leave out absent members", () => {
  expect(encodeErrorJson({ title: "T", code: "c" })).toBe('{"title":"T","code":"c"}');
  expect(encodeErrorXml({ title: "T", code: "c" })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><error><title>T</title><code>c</code></error>',
  );
});

test("XML escapes what it quotes", () => {
  const link = { text: "t", href: "/?a&b", rel: "help" } as const;
  expect(encodeErrorXml({ title: "T", description: 'a<b>&"\u0001', code: "c", link })).toContain(
    '<description>a&lt;b&gt;&amp;"\ufffd</description><code>c</code><link><text>t</text><href>/?a&amp;b</href><rel>help</rel></link>',
  );
});

test("a kind that only an object of a newer version knows is a temporary failure", () => {
  expect(toAnswer({ kind: "of-the-next-version" } as never)).toMatchObject({ status: 503, code: "unavailable" });
});

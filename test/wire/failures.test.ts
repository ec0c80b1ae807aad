/** What failures look like (core contract 1.8, 15): one row per kind; the type of the table demands that none is missing. */
import { expect, test } from "vitest";
import type { Failure } from "../../src/domain/failure.ts";
import { queueNamed } from "../../src/domain/place.ts";
import type { QueueName } from "../../src/domain/id.ts";
import { encodeErrorJson, encodeErrorXml } from "../../src/wire/error-body.ts";
import { toAnswer } from "../../src/wire/failures.ts";

type Row<Kind> = readonly [data: Omit<Extract<Failure, { kind: Kind }>, "kind">, status: number, title: string];

const PLACE = queueNamed("q" as QueueName);
const REQUEST = "Invalid API request";
const BODY = "Invalid request body";

const ROWS: { readonly [Kind in Failure["kind"]]: Row<Kind> } = {
  "route-unknown": [{}, 404, "404 Not Found"],
  "method-not-allowed": [{ allow: ["GET", "OPTIONS"] }, 405, "405 Method Not Allowed"],
  "not-acceptable": [{}, 406, "406 Not Acceptable"],
  "form-encoded": [{}, 400, "Invalid Content-Type"],
  "client-id-missing": [{}, 400, "Missing header value"],
  "client-id-invalid": [{}, 400, "Wrong UUID value"],
  "project-missing": [{}, 400, "Project-Id Missing"],
  "project-empty": [{}, 400, "Empty project header not allowed"],
  "topic-name-invalid": [{}, 400, "Invalid topic identification"],
  "queue-name-invalid": [{}, 400, "Invalid queue identification"],
  "header-invalid": [{ header: "H", rule: "a number" }, 400, "Invalid header value"],
  "parameter-invalid": [{ name: "limit", expected: "an integer" }, 400, "Invalid parameter"],
  "media-type-unsupported": [{ supported: "a/b" }, 415, "415 Unsupported Media Type"],
  "encoding-unsupported": [{ encoding: "gzip" }, 415, "415 Unsupported Media Type"],
  "body-late": [{ seconds: 30 }, 408, "408 Request Timeout"],
  "not-authorized": [{}, 403, "Not authorized"],
  "key-unchecked": [{ challenges: ['Bearer realm="sukkal"'], retryAfter: 10 }, 401, "Unauthorized"],
  unauthenticated: [{ challenges: ['Bearer realm="sukkal"'] }, 401, "Unauthorized"],
  "body-empty": [{}, 400, BODY],
  "body-unparsable": [{}, 400, BODY],
  "body-too-large": [{ max: 1 }, 400, BODY],
  "integer-too-large": [{}, 400, BODY],
  "document-type-unsupported": [{}, 400, BODY],
  "field-missing": [{ field: "body" }, 400, BODY],
  "field-type": [{ field: "ttl", expected: "int" }, 400, BODY],
  "patch-invalid": [{ reason: "Why." }, 400, BODY],
  "document-invalid": [{ reason: "Why." }, 400, BODY],
  "out-of-range": [{ quantity: "limit", min: 1, max: 20 }, 400, REQUEST],
  "post-too-large": [{ max: 2, queueMax: 1 }, 400, REQUEST],
  "metadata-too-large": [{ max: 1, document: "put" }, 400, REQUEST],
  "metadata-invalid": [{ reason: "Why.", document: "put" }, 400, REQUEST],
  "messages-missing": [{}, 400, REQUEST],
  "messages-none": [{}, 400, REQUEST],
  "delete-unspecific": [{}, 400, REQUEST],
  "delete-ambiguous": [{}, 400, REQUEST],
  "delete-needs-claims": [{}, 400, REQUEST],
  "purge-needs-types": [{}, 400, REQUEST],
  "purge-type-unknown": [{}, 400, REQUEST],
  "request-invalid": [{ reason: "Why." }, 400, REQUEST],
  "subscription-invalid": [{ reason: "Why." }, 400, REQUEST],
  "topic-not-found": [{ topic: "t", project: "p" }, 404, "Not found"],
  "queue-not-found": [{ queue: "q", project: "p" }, 404, "Not found"],
  "message-not-found": [{ ids: "a,b", place: PLACE, project: "p" }, 404, "Not found"],
  "claim-not-found": [{ claim: "c", queue: "q", project: "p" }, 404, "Not found"],
  "metadata-key-missing": [{ op: "remove", key: "k" }, 409, "Resource conflict"],
  "message-claimed": [{ message: "a" }, 403, "Unable to delete"],
  "message-not-claimed": [{ message: "a" }, 400, "Unable to delete"],
  "claim-over": [{ message: "a" }, 400, "Unable to delete"],
  "claims-mismatched": [{}, 503, "Service temporarily unavailable"],
  "idempotency-key-reused": [{}, 409, "Resource conflict"],
  "key-not-found": [{}, 404, "Not found"],
  "redrive-not-found": [{ queue: "dead" }, 404, "Not found"],
  "redrive-running": [{ queue: "dead" }, 409, "Resource conflict"],
  "quota-exceeded": [{ quota: "queues", limit: 1 }, 403, "Quota exceeded"],
  "requests-too-many": [{ limit: 1, retryAfter: 5 }, 503, "Service temporarily unavailable"],
  "subscription-not-found": [{ subscription: "s" }, 404, "Not found"],
  "subscription-exists": [{ place: PLACE, during: "create" }, 409, "Resource conflict"],
  "subscription-not-updated": [{ subscription: "s" }, 400, "Unable to update subscription"],
  "subscription-not-confirmed": [{ subscription: "s" }, 400, "Unable to confirm subscription"],
  "claimed-too-many": [{ max: 1, retryAfter: 5 }, 503, "Service temporarily unavailable"],
  "objects-too-many": [{ retryAfter: 3 }, 503, "Service temporarily unavailable"],
  unavailable: [{ attempted: "It failed." }, 503, "Service temporarily unavailable"],
};

const BARE = ["route-unknown", "method-not-allowed"];

test.each(Object.entries(ROWS))("%s", (kind, [data, status, title]) => {
  const answer = toAnswer({ kind, ...data } as Failure);
  expect(answer).toMatchObject({ status, title });
  expect(answer.description === undefined).toBe(BARE.includes(kind));
  expect(answer.link === undefined).toBe(kind !== "not-acceptable");
});

test("a patch reports metadata as its body's fault", () => {
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

test("bodies leave out what is not there", () => {
  expect(encodeErrorJson({ title: "T" })).toBe('{"title":"T"}');
  expect(encodeErrorXml({ title: "T" })).toBe('<?xml version="1.0" encoding="UTF-8"?><error><title>T</title></error>');
});

test("XML escapes what it quotes", () => {
  const link = { text: "t", href: "/?a&b", rel: "help" } as const;
  expect(encodeErrorXml({ title: "T", description: 'a<b>&"\u0001', link })).toContain(
    '<description>a&lt;b&gt;&amp;"\ufffd</description><link><text>t</text><href>/?a&amp;b</href><rel>help</rel></link>',
  );
});

test("a kind that only an object of the next version knows is a failure of the moment", () => {
  expect(toAnswer({ kind: "of-the-next-version" } as never)).toMatchObject({ status: 503 });
});

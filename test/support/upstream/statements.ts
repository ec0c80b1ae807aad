/**
 * Statements of upstream's documentation (API reference and user guide, June 2026) that its own service contradicts, or that
 * cannot hold here: for each a request, the documented status, and the status that it has instead.
 */
import { JSON_PATCH } from "../drivers/zaqar-client.ts";
import type { Example } from "./requests.ts";

export interface Statement extends Example {
  /** What the documentation says. */
  readonly name: string;
  readonly documented: number;
}

const UNKNOWN = "578f0055508f153f256f717f";

export const STATEMENTS: readonly Statement[] = [
  {
    name: "a list of queues is 204 if there are none",
    request: "GET /v2/queues?name=nothing",
    documented: 204,
    status: 200,
    answer: { queues: [], links: [] },
  },
  {
    name: "a list of messages is 204 if there are none",
    request: "GET /v2/queues/empty/messages",
    documented: 204,
    status: 200,
    answer: { messages: [], links: [] },
  },
  {
    name: "a post has at most ten messages",
    request: "POST /v2/queues/:queue/messages",
    body: { messages: Array.from({ length: 11 }, (_, number) => ({ body: { number } })) },
    documented: 400,
    status: 201,
  },
  {
    name: "a post of an array is possible (user guide; its API v1 is gone)",
    request: "POST /v2/queues/:queue/messages",
    body: [{ ttl: 300, body: { event: "BackupStarted" } }],
    documented: 201,
    status: 400,
    answer: { title: "Invalid API request" },
  },
  {
    name: "a queue is created without a Client-ID (user guide)",
    request: "PUT /v2/queues/new",
    headers: { "Client-ID": "" },
    documented: 201,
    status: 400,
    answer: { title: "Wrong UUID value" },
  },
  {
    name: "a Client-ID has dashes",
    request: "GET /v2/queues",
    headers: { "Client-ID": "3381AF922B9E11E3B19171861300734C" },
    documented: 400,
    status: 200,
  },
  {
    name: "names of queues have no dot",
    request: "PUT /v2/queues/a.b",
    documented: 400,
    status: 201,
  },
  {
    name: "a claim states ttl and grace",
    request: "POST /v2/queues/:queue/claims",
    body: {},
    documented: 400,
    status: 201,
  },
  {
    name: "a claim is never 400",
    request: "POST /v2/queues/:queue/claims",
    body: { ttl: 59, grace: 60 },
    documented: 201,
    status: 400,
    answer: { title: "Invalid API request" },
  },
  {
    name: "a message with a malformed id is 200 without a message",
    request: "GET /v2/queues/:queue/messages/malformed",
    documented: 200,
    status: 404,
    answer: { title: "Not found" },
  },
  {
    name: "the renewal of a claim with a malformed id is ignored",
    request: "PATCH /v2/queues/:queue/claims/malformed",
    body: { ttl: 60, grace: 60 },
    documented: 204,
    status: 404,
    answer: { title: "Not found" },
  },
  {
    name: "the deletion of an unknown message is 404",
    request: `DELETE /v2/queues/:queue/messages/${UNKNOWN}`,
    documented: 404,
    status: 204,
  },
  {
    name: "a deletion of messages without ids and pop deletes nothing",
    request: "DELETE /v2/queues/:queue/messages",
    documented: 204,
    status: 400,
    answer: { title: "Invalid API request" },
  },
  {
    name: "a queue is never 404",
    request: "PATCH /v2/queues/missing",
    headers: { "Content-Type": JSON_PATCH },
    body: [],
    documented: 200,
    status: 404,
    answer: { title: "Not found" },
  },
  {
    name: "a subscription is confirmed by a POST",
    request: "POST /v2/queues/:queue/subscriptions/:subscription/confirm",
    body: { confirmed: true },
    documented: 201,
    status: 405,
    answer: { title: "405 Method Not Allowed" },
  },
  {
    name: "a mail address alone is a subscriber (guide to confirmation)",
    request: "POST /v2/queues/:queue/subscriptions",
    body: { subscriber: "somebody@subscriber.test", ttl: 3600, options: {} },
    documented: 201,
    status: 400,
    answer: { title: "Invalid API request" },
  },
  invalidBody("the URI of a pool is that of a database, which nothing here is", "PUT /v2/pools/new", {
    weight: 100,
    uri: "mongodb://127.0.0.1:27017",
    options: { max_retry_sleep: 1 },
    flavor: "some",
  }),
  invalidBody("a pool has a group (removed in Rocky)", "PUT /v2/pools/new", {
    weight: 100,
    uri: "durable-object://sam",
    options: {},
    group: "some",
  }),
  invalidBody("the pools of a flavor are a text", "PUT /v2/flavors/new", { pool_list: "[east]" }),
  invalidBody("a flavor has a pool_group (removed in Rocky)", "PUT /v2/flavors/new", { pool_group: "some" }),
];

/** A document that is created upstream, and refused here. */
function invalidBody(name: string, request: string, body: object): Statement {
  return { name, request, body, documented: 201, status: 400, answer: { title: "Invalid request body" } };
}

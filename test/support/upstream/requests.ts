/**
 * The operations of upstream's API reference (openstack/zaqar, api-ref/source/*.inc with samples/*.json, June 2026), in its
 * order: for each a request in the documented form, with the documented status and the documented members of the answer.
 */
import { expect } from "vitest";
import { JSON_PATCH } from "../drivers/zaqar-client.ts";
import { BODY, href, METADATA, NEW_MESSAGES, NUMBER, POPPED, SUBSCRIBING, SUBSCRIPTION, TEXT } from "./shapes.ts";

export interface Example {
  /** Method and target. Words after a colon are variables. */
  readonly request: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly status: number;
  /** Absent: an empty answer. */
  readonly answer?: unknown;
}

const SHOWN = { id: TEXT, href: href("queues/[^/]+/messages/[^/?]+"), ttl: NUMBER, age: NUMBER, body: BODY };
const MESSAGE = { ...SHOWN, checksum: expect.stringMatching(/^MD5:[0-9a-f]{32}$/) as string };
const HELD = { ...MESSAGE, href: href("queues/[^/]+/messages/[^/?]+\\?claim_id=[^/?]+") };
const POOL = { name: TEXT, href: href("pools/[^/]+"), weight: NUMBER, uri: TEXT, flavor: TEXT };
const FLAVOR = { name: TEXT, href: href("flavors/[^/]+"), pool_list: [TEXT] };
const CAPABILITIES = expect.arrayContaining(["FIFO", "CLAIMS", "DURABILITY", "AOD"]) as string[];
const HEALTH = ["create_queue", "post_messages", "claim_messages", "list_messages"].concat([
  "delete_messages",
  "delete_claim",
  "bulk_delete_messages",
  "delete_queue",
]);

/** The link to the next page. */
function next(pattern: string): readonly object[] {
  return [{ rel: "next", href: href(pattern) }];
}

const OF_QUEUES: readonly Example[] = [
  {
    request: "GET /v2/queues?marker=a&limit=5&detailed=false&name=back&with_count=true",
    status: 200,
    answer: { queues: [{ href: href("queues/[^/]+"), name: TEXT }], links: next("queues\\?.*marker=.+"), count: 1 },
  },
  { request: "PUT /v2/queues/new", body: METADATA, status: 201 },
  // Of an existing queue.
  { request: "PUT /v2/queues/:queue", status: 204 },
  {
    request: "PATCH /v2/queues/:queue",
    headers: { "Content-Type": JSON_PATCH },
    body: [{ op: "replace", path: "/metadata/max_timeout", value: 100 }],
    status: 200,
    answer: { max_timeout: 100 },
  },
  {
    request: "GET /v2/queues/:queue",
    status: 200,
    answer: {
      _max_messages_post_size: 262_144,
      _default_message_delay: 0,
      _default_message_ttl: 3600,
      _max_claim_count: null,
      _dead_letter_queue: null,
      _dead_letter_queue_messages_ttl: null,
      _enable_encrypt_messages: false,
      max_timeout: 50,
    },
  },
  { request: "DELETE /v2/queues/:queue", status: 204 },
  {
    request: "GET /v2/queues/:queue/stats",
    status: 200,
    answer: { messages: { claimed: 1, free: 1, total: 2 } },
  },
  {
    request: "POST /v2/queues/:queue/share",
    body: {
      paths: ["messages", "claims", "subscriptions"],
      methods: ["GET", "POST", "PUT", "PATCH"],
      expires: "2100-09-01T00:00:00",
    },
    status: 200,
    answer: {
      project: TEXT,
      paths: ["claims", "messages", "subscriptions"].map((name) => href(`queues/[^/]+/${name}`)),
      methods: ["GET", "PATCH", "POST", "PUT"],
      expires: "2100-09-01T00:00:00",
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  },
  {
    request: "POST /v2/queues/:queue/purge",
    body: { resource_types: ["messages", "subscriptions"] },
    status: 204,
  },
];

const OF_MESSAGES: readonly Example[] = [
  {
    request: "POST /v2/queues/:queue/messages",
    body: { messages: NEW_MESSAGES },
    status: 201,
    answer: { resources: [SHOWN.href, SHOWN.href] },
  },
  {
    request: "GET /v2/queues/:queue/messages?limit=5&echo=true&include_claimed=true&include_delayed=true",
    status: 200,
    answer: { messages: [HELD, MESSAGE], links: next("queues/[^/]+/messages\\?.*marker=.+") },
  },
  {
    request: "GET /v2/queues/:queue/messages?ids=:message,malformed",
    status: 200,
    answer: { messages: [MESSAGE] },
  },
  { request: "DELETE /v2/queues/:queue/messages?ids=:message,malformed", status: 204 },
  { request: "DELETE /v2/queues/:queue/messages?pop=2", status: 200, answer: { messages: [POPPED] } },
  { request: "GET /v2/queues/:queue/messages/:message", status: 200, answer: MESSAGE },
  { request: "DELETE /v2/queues/:queue/messages/:message", status: 204 },
  { request: "DELETE /v2/queues/:queue/messages/:claimed?claim_id=:claim", status: 204 },
];

const OF_CLAIMS: readonly Example[] = [
  {
    request: "POST /v2/queues/:queue/claims?limit=4",
    body: { ttl: 300, grace: 300 },
    status: 201,
    answer: { messages: [HELD] },
  },
  // Without a free message.
  { request: "POST /v2/queues/empty/claims", body: { ttl: 100, grace: 60 }, status: 204 },
  {
    request: "GET /v2/queues/:queue/claims/:claim",
    status: 200,
    answer: { age: NUMBER, ttl: 300, href: href("queues/[^/]+/claims/[^/]+"), messages: [HELD] },
  },
  { request: "PATCH /v2/queues/:queue/claims/:claim", body: { ttl: 400, grace: 100 }, status: 204 },
  { request: "DELETE /v2/queues/:queue/claims/:claim", status: 204 },
];

const OF_SUBSCRIPTIONS: readonly Example[] = [
  {
    request: "GET /v2/queues/:queue/subscriptions?limit=5",
    status: 200,
    answer: { subscriptions: [SUBSCRIPTION], links: next("queues/[^/]+/subscriptions\\?.*marker=.+") },
  },
  {
    request: "POST /v2/queues/:queue/subscriptions",
    body: SUBSCRIBING,
    status: 201,
    answer: { subscription_id: TEXT },
  },
  {
    request: "POST /v2/queues/:queue/subscriptions",
    body: { subscriber: "mailto:new@subscriber.test", ttl: 3600, options: { from: "Jack", subject: "Hello" } },
    status: 201,
    answer: { subscription_id: TEXT },
  },
  {
    request: "PATCH /v2/queues/:queue/subscriptions/:subscription",
    body: { subscriber: "http://subscriber.test:1234", ttl: 360, options: { name: "test" } },
    status: 204,
  },
  { request: "GET /v2/queues/:queue/subscriptions/:subscription", status: 200, answer: SUBSCRIPTION },
  { request: "DELETE /v2/queues/:queue/subscriptions/:subscription", status: 204 },
  // The reference has POST and 201. Upstream's service has PUT and 204, as its guide to confirmation.
  {
    request: "PUT /v2/queues/:queue/subscriptions/:subscription/confirm",
    body: { confirmed: true },
    status: 204,
  },
];

const OF_OPERATORS: readonly Example[] = [
  { request: "GET /v2/ping", status: 204 },
  {
    request: "GET /v2/health",
    status: 200,
    answer: {
      catalog_reachable: true,
      east: {
        storage_reachable: true,
        operation_status: Object.fromEntries(
          HEALTH.map((name) => [name, { seconds: NUMBER, ref: null, succeeded: true }]),
        ),
      },
    },
  },
  {
    request: "GET /v2/pools?limit=1&marker=f&detailed=false",
    status: 200,
    answer: { pools: [POOL], links: next("pools\\?.*marker=.+") },
  },
  // The samples of the reference have URIs of databases, which are no places here.
  {
    request: "PUT /v2/pools/new",
    body: { weight: 100, uri: "durable-object://sam", options: { max_retry_sleep: 1 }, flavor: "some" },
    status: 201,
  },
  {
    request: "PATCH /v2/pools/east",
    body: { weight: 60, uri: "durable-object://oc", options: { max_retry_sleep: 1 }, flavor: "other" },
    status: 200,
    answer: { ...POOL, weight: 60, uri: "durable-object://oc", flavor: "other" },
  },
  { request: "GET /v2/pools/gold", status: 200, answer: POOL },
  { request: "DELETE /v2/pools/east", status: 204 },
  {
    request: "GET /v2/flavors?limit=5&marker=a&detailed=true",
    status: 200,
    answer: { flavors: [FLAVOR], links: next("flavors\\?.*marker=.+") },
  },
  // The samples of the reference have a text that looks like a list, which upstream's service refuses too.
  { request: "PUT /v2/flavors/new", body: { pool_list: ["east"] }, status: 201 },
  {
    request: "PATCH /v2/flavors/:flavor",
    body: { pool_list: ["east"] },
    status: 200,
    answer: { ...FLAVOR, pool_list: ["east"], capabilities: CAPABILITIES },
  },
  { request: "GET /v2/flavors/:flavor", status: 200, answer: { ...FLAVOR, capabilities: CAPABILITIES } },
  { request: "DELETE /v2/flavors/:flavor", status: 204 },
];

export const EXAMPLES: readonly Example[] = [
  {
    request: "GET /",
    status: 300,
    answer: {
      versions: [
        {
          id: "2",
          status: "CURRENT",
          updated: TEXT,
          "media-types": [{ base: "application/json", type: "application/vnd.openstack.messaging-v2+json" }],
          links: [{ href: "/v2/", rel: "self" }],
        },
      ],
    },
  },
  ...OF_QUEUES,
  ...OF_MESSAGES,
  ...OF_CLAIMS,
  ...OF_SUBSCRIPTIONS,
  ...OF_OPERATORS,
];

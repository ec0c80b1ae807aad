/**
 * The actions of upstream's WebSocket transport, as its tests and its sample clients send them (openstack/zaqar,
 * zaqar/tests/unit/transport/websocket/v2 and samples/, June 2026): for each a body, with the status and the reply.
 */
import { expect } from "vitest";
import type { ACTIONS } from "../../../src/websocket/actions/table.ts";
import type { Document } from "./shapes.ts";
import { BODY, METADATA, NEW_MESSAGES, NUMBER, POPPED, SUBSCRIBING, SUBSCRIPTION, TEXT } from "./shapes.ts";

export interface FrameExample {
  readonly action: keyof typeof ACTIONS | "authenticate";
  /** Absent: the frame has none. Texts that begin with a colon are variables. */
  readonly body?: Document;
  readonly status: number;
  /** A part of its notice; absent: it has none. */
  readonly notice?: string;
  readonly reply: unknown;
}

const Q = { queue_name: ":queue" };
const MESSAGE = { id: TEXT, claim_id: null, ttl: NUMBER, age: NUMBER, body: BODY };
const HELD = { ...MESSAGE, claim_id: TEXT };

const POOL = { name: TEXT, uri: TEXT, weight: NUMBER };
const FLAVOR = { name: TEXT, pool_list: [TEXT] };

function sentence(pattern: string): string {
  return expect.stringMatching(`^${pattern}$`) as string;
}

export const FRAME_EXAMPLES: readonly FrameExample[] = [
  { action: "authenticate", status: 200, reply: { message: "Authentified." } },
  { action: "queue_list", status: 200, reply: { queues: [{ name: TEXT }] } },
  {
    action: "queue_list",
    body: { marker: "a", limit: 1, detailed: true },
    status: 200,
    reply: { queues: [{ name: TEXT, metadata: { max_timeout: 50 } }] },
  },
  { action: "queue_create", body: { queue_name: "new", metadata: METADATA }, status: 201, reply: "Queue new created." },
  { action: "queue_create", body: Q, status: 204, reply: "Queue backups created." },
  { action: "queue_get", body: Q, status: 200, reply: { max_timeout: 50 } },
  { action: "queue_delete", body: Q, status: 204, reply: "Queue backups removed." },
  { action: "queue_get_stats", body: Q, status: 200, reply: { messages: { claimed: 1, free: 1, total: 2 } } },
  {
    action: "queue_get_stats",
    body: { queue_name: "missing" },
    status: 404,
    reply: { messages: { claimed: 0, free: 0, total: 0 } },
  },
  { action: "queue_purge", body: { ...Q, resource_types: ["messages", "subscriptions"] }, status: 204, reply: {} },
  {
    action: "message_post",
    body: { ...Q, messages: NEW_MESSAGES },
    status: 201,
    notice: "`delay` has no effect",
    reply: { message_ids: [TEXT, TEXT] },
  },
  {
    action: "message_list",
    body: { ...Q, include_claimed: true, echo: true },
    status: 200,
    reply: { messages: [MESSAGE, MESSAGE] },
  },
  { action: "message_list", body: { ...Q, echo: false }, status: 200, reply: { messages: [MESSAGE] } },
  { action: "message_get", body: { ...Q, message_id: ":message" }, status: 200, reply: { messages: MESSAGE } },
  {
    action: "message_get_many",
    body: { ...Q, message_ids: [":message"] },
    status: 200,
    reply: { messages: [MESSAGE] },
  },
  { action: "message_delete", body: { ...Q, message_id: ":message" }, status: 204, reply: {} },
  { action: "message_delete", body: { ...Q, message_id: ":claimed", claim_id: ":claim" }, status: 204, reply: {} },
  { action: "message_delete_many", body: { ...Q, message_ids: [":message"] }, status: 204, reply: {} },
  { action: "message_delete_many", body: { ...Q, pop: 2 }, status: 200, reply: { messages: [POPPED] } },
  {
    action: "claim_create",
    body: { ...Q, ttl: 100, grace: 60 },
    status: 201,
    reply: { claim_id: TEXT, messages: [HELD] },
  },
  {
    action: "claim_create",
    body: { queue_name: "missing", ttl: 100, grace: 60 },
    status: 204,
    reply: { claim_id: null },
  },
  {
    action: "claim_get",
    body: { ...Q, claim_id: ":claim" },
    status: 200,
    reply: { age: NUMBER, ttl: 300, messages: [HELD] },
  },
  {
    action: "claim_update",
    body: { ...Q, claim_id: ":claim", ttl: 60, grace: 60 },
    status: 204,
    reply: sentence("Claim .+ updated\\."),
  },
  { action: "claim_delete", body: { ...Q, claim_id: ":claim" }, status: 204, reply: sentence("Claim .+ deleted\\.") },
  { action: "subscription_list", body: Q, status: 200, reply: { subscriptions: [SUBSCRIPTION] } },
  {
    action: "subscription_create",
    body: { ...Q, ...SUBSCRIBING },
    status: 201,
    reply: { subscription_id: TEXT, message: "Subscription backups created." },
  },
  {
    action: "subscription_create",
    body: { ...Q, ttl: 600 },
    status: 201,
    reply: { subscription_id: TEXT, message: "Subscription backups created." },
  },
  { action: "subscription_get", body: { ...Q, subscription_id: ":subscription" }, status: 200, reply: SUBSCRIPTION },
  {
    action: "subscription_delete",
    body: { ...Q, subscription_id: ":subscription" },
    status: 204,
    reply: sentence("Subscription .+ removed\\."),
  },
  // Upstream has schemas for the actions below, but does not answer them.
  { action: "get_home_doc", status: 200, reply: { resources: expect.any(Object) as object } },
  { action: "ping_node", status: 204, reply: {} },
  { action: "check_node_health", status: 200, reply: { catalog_reachable: true } },
  {
    action: "pool_list",
    body: { pool_name: "any", limit: 5, marker: "f" },
    status: 200,
    notice: "`pool_name` is no member of this action",
    reply: { pools: [POOL] },
  },
  {
    action: "pool_create",
    body: { pool_name: "new", weight: 100, uri: "durable-object://sam", options: { max_retry_sleep: 1 } },
    status: 201,
    reply: "Pool new created.",
  },
  { action: "pool_update", body: { pool_name: "east", weight: 60 }, status: 200, reply: { ...POOL, weight: 60 } },
  { action: "pool_get", body: { pool_name: "gold", detailed: true }, status: 200, reply: { ...POOL, options: {} } },
  { action: "pool_delete", body: { pool_name: "east" }, status: 204, reply: "Pool east removed." },
  { action: "flavor_list", body: { limit: 5, marker: "a", detailed: true }, status: 200, reply: { flavors: [FLAVOR] } },
  {
    action: "flavor_create",
    body: { flavor_name: "new", pool_list: ["east"] },
    status: 201,
    reply: "Flavor new created.",
  },
  { action: "flavor_update", body: { flavor_name: ":flavor", pool_list: ["east"] }, status: 200, reply: FLAVOR },
  { action: "flavor_get", body: { flavor_name: ":flavor" }, status: 200, reply: FLAVOR },
  { action: "flavor_delete", body: { flavor_name: ":flavor" }, status: 204, reply: "Flavor glossy removed." },
];

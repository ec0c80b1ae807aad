/**
 * The JSON home document, which lists the routes that exist (draft-nottingham-json-home). Upstream:
 * zaqar/transport/wsgi/v2_0/homedoc.py.
 */
import { PATHS } from "./paths.ts";

/** The settings that add routes. */
interface Features {
  readonly adminMode: boolean;
  readonly pooling: boolean;
}

export function encodeHome(features: Features): string {
  return JSON.stringify({ resources: toResources(features) }, null, 4);
}

interface Resource {
  readonly template: string;
  /** The variables of the template, each with the name of its parameter in the document. */
  readonly variables: Readonly<Record<string, string>>;
  readonly allow: readonly string[];
  readonly hasRequestBody?: true;
}

const QUEUE = { queue_name: "queue_name" };
const MESSAGE = { ...QUEUE, message_id: "message_id" };
const CLAIM = { ...QUEUE, claim_id: "claim_id" };
/** Upstream quirk: the plural. */
const SUBSCRIPTION = { ...QUEUE, subscriptions_id: "subscriptions_id" };
const PAGE = { marker: "marker" };

const RESOURCES: Readonly<Record<string, Resource>> = {
  "rel/queues": {
    template: "/v2/queues{?marker,limit,detailed}",
    variables: { ...PAGE, limit: "queue_limit", detailed: "detailed" },
    allow: ["GET"],
  },
  "rel/queue": { template: "/v2/queues/{queue_name}", variables: QUEUE, allow: ["GET", "PUT", "DELETE", "PATCH"] },
  "rel/queue_stats": { template: "/v2/queues/{queue_name}/stats", variables: QUEUE, allow: ["GET"] },
  "rel/queue_purge": {
    template: "/v2/queues/{queue_name}/purge",
    variables: QUEUE,
    allow: ["POST"],
    hasRequestBody: true,
  },
  "rel/queue_share": {
    template: "/v2/queues/{queue_name}/share",
    variables: QUEUE,
    allow: ["POST"],
    hasRequestBody: true,
  },
  "rel/messages": {
    template: "/v2/queues/{queue_name}/messages{?marker,limit,echo,include_claimed}",
    variables: { ...QUEUE, ...PAGE, limit: "messages_limit", echo: "echo", include_claimed: "include_claimed" },
    allow: ["GET"],
  },
  "rel/post_messages": {
    template: "/v2/queues/{queue_name}/messages",
    variables: QUEUE,
    allow: ["POST"],
    hasRequestBody: true,
  },
  "rel/messages_delete": {
    template: "/v2/queues/{queue_name}/messages{?ids,pop}",
    variables: { ...QUEUE, ids: "ids", pop: "pop" },
    allow: ["DELETE"],
  },
  // Upstream quirk: the template has `claim`, but the server reads the parameter `claim_id`.
  "rel/message_delete": {
    template: "/v2/queues/{queue_name}/messages/{message_id}{?claim}",
    variables: { ...MESSAGE, claim: "claim_id" },
    allow: ["DELETE"],
  },
  "rel/message_get": {
    template: "/v2/queues/{queue_name}/messages/{message_id}",
    variables: MESSAGE,
    allow: ["GET"],
  },
  "rel/claim": { template: "/v2/queues/{queue_name}/claims/{claim_id}", variables: CLAIM, allow: ["GET"] },
  "rel/post_claim": {
    template: "/v2/queues/{queue_name}/claims{?limit}",
    variables: { ...QUEUE, limit: "claim_limit" },
    allow: ["POST"],
    hasRequestBody: true,
  },
  "rel/patch_claim": {
    template: "/v2/queues/{queue_name}/claims/{claim_id}",
    variables: CLAIM,
    allow: ["PATCH"],
    hasRequestBody: true,
  },
  "rel/delete_claim": { template: "/v2/queues/{queue_name}/claims/{claim_id}", variables: CLAIM, allow: ["DELETE"] },
  "rel/subscriptions_get": {
    template: "/v2/queues/{queue_name}/subscriptions{?marker,limit}",
    variables: { ...QUEUE, ...PAGE, limit: "subscription_limit" },
    allow: ["GET"],
  },
  // Upstream quirk: a variable that is not in the template.
  "rel/subscriptions_post": {
    template: "/v2/queues/{queue_name}/subscriptions",
    variables: { ...QUEUE, limit: "subscription_limit" },
    allow: ["POST"],
    hasRequestBody: true,
  },
  "rel/subscription": {
    template: "/v2/queues/{queue_name}/subscriptions/{subscriptions_id}",
    variables: SUBSCRIPTION,
    allow: ["GET", "DELETE"],
  },
  "rel/subscription_patch": {
    template: "/v2/queues/{queue_name}/subscriptions/{subscriptions_id}",
    variables: SUBSCRIPTION,
    allow: ["PATCH"],
    hasRequestBody: true,
  },
  // Ours: a WebSocket, whose frames make the requests.
  "rel/websocket": { template: PATHS.websocket, variables: {}, allow: ["GET"] },
  "rel/ping": { template: "/v2/ping", variables: {}, allow: ["GET"] },
};

/** The routes that `ADMIN_MODE` and `POOLING` add. */
const POOLING_RESOURCES: Readonly<Record<string, Resource>> = {
  "rel/pools": {
    template: "/v2/pools{?detailed,limit,marker}",
    variables: { detailed: "detailed", limit: "pool_limit", ...PAGE },
    allow: ["GET"],
  },
  "rel/pool": {
    template: "/v2/pools/{pool_name}",
    variables: { pool_name: "pool_name" },
    allow: ["GET", "PUT", "PATCH", "DELETE"],
  },
  "rel/flavors": {
    template: "/v2/flavors{?detailed,limit,marker}",
    variables: { detailed: "detailed", limit: "flavor_limit", ...PAGE },
    allow: ["GET"],
  },
  "rel/flavor": {
    template: "/v2/flavors/{flavor_name}",
    variables: { flavor_name: "flavor_name" },
    allow: ["GET", "PUT", "PATCH", "DELETE"],
  },
};

function toResources({ adminMode, pooling }: Features): Readonly<Record<string, object>> {
  const resources: Record<string, object> = {};
  const known = { ...RESOURCES, ...(adminMode && pooling ? POOLING_RESOURCES : {}) };
  for (const [name, resource] of Object.entries(known)) {
    resources[name] = {
      "href-template": resource.template,
      "href-vars": toVariables(resource.variables),
      hints: toHints(resource),
    };
  }
  // Upstream quirk: a plain href, where ping has a template without variables.
  if (adminMode) resources["rel/health"] = { href: "/v2/health", hints: toHints({ allow: ["GET"] }) };
  return resources;
}

function toVariables(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([name, parameter]) => [name, `param/${parameter}`]));
}

function toHints({ allow, hasRequestBody }: Pick<Resource, "allow" | "hasRequestBody">): object {
  const hints = { allow, formats: { "application/json": {} } };
  return hasRequestBody === true ? { ...hints, "accept-post": ["application/json"] } : hints;
}

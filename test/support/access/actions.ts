/** The rows of the access matrix of frames: every action, as a frame that succeeds for a permitted caller. */
import type { ACTIONS } from "../../../src/websocket/actions/table.ts";
import type { Endpoint } from "./endpoints.ts";

type ActionName = keyof typeof ACTIONS;

export interface ActionRow {
  readonly name: ActionName;
  readonly body: Readonly<Record<string, unknown>>;
  /** The request over HTTP that does the same. */
  readonly endpoint: Endpoint;
}

const QUEUE = { queue_name: ":queue" };
const SUBSCRIPTION = { ...QUEUE, subscription_id: ":subscription" };
const POOL = { pool_name: ":pool" };
const FLAVOR = { flavor_name: ":flavor" };

/** For each action a body, with variables, and the name of the same request over HTTP. */
const SAMPLES: Readonly<Record<ActionName, readonly [body: Readonly<Record<string, unknown>>, request: string]>> = {
  queue_list: [{}, "GET /v2/queues?detailed=true&with_count=true"],
  queue_create: [{ ...QUEUE, metadata: { note: "put" } }, "PUT /v2/queues/:queue"],
  queue_get: [QUEUE, "GET /v2/queues/:queue"],
  queue_delete: [QUEUE, "DELETE /v2/queues/:queue"],
  queue_get_stats: [QUEUE, "GET /v2/queues/:queue/stats"],
  queue_purge: [{ ...QUEUE, resource_types: ["messages"] }, "POST /v2/queues/:queue/purge"],
  message_post: [{ ...QUEUE, messages: [{ body: "posted" }] }, "POST /v2/queues/:queue/messages"],
  message_list: [
    { ...QUEUE, echo: true, include_claimed: true },
    "GET /v2/queues/:queue/messages?echo=true&include_claimed=true",
  ],
  message_get: [{ ...QUEUE, message_id: ":message" }, "GET /v2/queues/:queue/messages/:message"],
  message_get_many: [{ ...QUEUE, message_ids: [":message"] }, "GET /v2/queues/:queue/messages?ids=:message,:claimed"],
  message_delete: [{ ...QUEUE, message_id: ":message" }, "DELETE /v2/queues/:queue/messages/:message"],
  message_delete_many: [{ ...QUEUE, pop: 1 }, "DELETE /v2/queues/:queue/messages?pop=1"],
  claim_create: [{ ...QUEUE, ttl: 60, grace: 60 }, "POST /v2/queues/:queue/claims"],
  claim_get: [{ ...QUEUE, claim_id: ":claim" }, "GET /v2/queues/:queue/claims/:claim"],
  claim_update: [{ ...QUEUE, claim_id: ":claim", ttl: 60, grace: 60 }, "PATCH /v2/queues/:queue/claims/:claim"],
  claim_delete: [{ ...QUEUE, claim_id: ":claim" }, "DELETE /v2/queues/:queue/claims/:claim"],
  claim_end_waits: [QUEUE, "DELETE /v2/queues/:queue/claims?waiting=true"],
  claim_settle: [{ ...QUEUE, claim_id: ":claim", delete: [":claimed"] }, "POST /v2/queues/:queue/claims/:claim/settle"],
  subscription_list: [QUEUE, "GET /v2/queues/:queue/subscriptions"],
  subscription_create: [{ ...QUEUE, subscriber: "mailto:new@subscriber.test" }, "POST /v2/queues/:queue/subscriptions"],
  subscription_get: [
    { ...QUEUE, subscription_id: ":subscription" },
    "GET /v2/queues/:queue/subscriptions/:subscription",
  ],
  subscription_deliveries: [SUBSCRIPTION, "GET /v2/queues/:queue/subscriptions/:subscription/deliveries"],
  subscription_delivery_list: [
    { ...SUBSCRIPTION, state: "failed" },
    "GET /v2/queues/:queue/subscriptions/:subscription/deliveries?state=failed",
  ],
  subscription_redeliver: [SUBSCRIPTION, "POST /v2/queues/:queue/subscriptions/:subscription/redeliver"],
  subscription_test: [SUBSCRIPTION, "POST /v2/queues/:queue/subscriptions/:subscription/test"],
  subscription_delete: [
    { ...QUEUE, subscription_id: ":subscription" },
    "DELETE /v2/queues/:queue/subscriptions/:subscription",
  ],
  get_home_doc: [{}, "GET /v2/"],
  service_get: [{}, "GET /v2/service"],
  overview_get: [{ consumers: true }, "GET /v2/overview?consumers=true"],
  queue_get_figures: [QUEUE, "GET /v2/queues/:queue/figures"],
  series_get: [QUEUE, "GET /v2/series?queue=:queue"],
  ping_node: [{}, "GET /v2/ping"],
  check_node_health: [{}, "GET /v2/health"],
  pool_list: [{}, "GET /v2/pools"],
  pool_create: [{ ...POOL, uri: "durable-object://sam", weight: 1 }, "PUT /v2/pools/:pool"],
  pool_get: [POOL, "GET /v2/pools/:pool"],
  pool_update: [{ ...POOL, weight: 2 }, "PATCH /v2/pools/:pool"],
  pool_delete: [POOL, "DELETE /v2/pools/:pool"],
  flavor_list: [{}, "GET /v2/flavors"],
  flavor_create: [{ ...FLAVOR, pool_list: [":flavored"] }, "PUT /v2/flavors/:flavor"],
  flavor_get: [FLAVOR, "GET /v2/flavors/:flavor"],
  flavor_update: [{ ...FLAVOR, pool_list: [":flavored"] }, "PATCH /v2/flavors/:flavor"],
  flavor_delete: [FLAVOR, "DELETE /v2/flavors/:flavor"],
};

/** `endpoints`: all requests over HTTP. */
export function actionRows(endpoints: readonly Endpoint[]): ActionRow[] {
  return Object.entries(SAMPLES).map(([name, [body, request]]) => {
    const endpoint = endpoints.find((each) => each.name === request);
    if (endpoint === undefined)
      throw new Error(`There is no request ${request}, which ${name} would be compared with.`);
    // The keys are those of the table.
    return { name: name as ActionName, body, endpoint };
  });
}

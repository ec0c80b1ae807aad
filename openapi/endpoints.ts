/** All endpoints, in the order of the document. The examples of a tag are executed in this order. */
import { ADMINISTRATION_ENDPOINTS } from "./administration.ts";
import { CLAIM_ENDPOINTS } from "./claims.ts";
import { QUEUE_WORDS, TOPIC_WORDS, type Endpoint } from "./endpoint.ts";
import { FIGURE_ENDPOINTS } from "./figures.ts";
import { messageEndpoints } from "./messages.ts";
import { POOLING_ENDPOINTS } from "./pools.ts";
import { placeEndpoints } from "./queues.ts";
import { QUEUE_ENDPOINTS } from "./redrive.ts";
import { SERVICE_ENDPOINTS } from "./service.ts";
import { SITE_ENDPOINTS } from "./site.ts";
import { subscriptionEndpoints } from "./subscriptions.ts";

export const ENDPOINTS: readonly Endpoint[] = [
  ...placeEndpoints(QUEUE_WORDS),
  ...messageEndpoints(QUEUE_WORDS),
  ...CLAIM_ENDPOINTS,
  ...QUEUE_ENDPOINTS,
  ...subscriptionEndpoints(QUEUE_WORDS),
  ...placeEndpoints(TOPIC_WORDS),
  ...messageEndpoints(TOPIC_WORDS),
  ...subscriptionEndpoints(TOPIC_WORDS),
  ...FIGURE_ENDPOINTS,
  ...ADMINISTRATION_ENDPOINTS,
  ...POOLING_ENDPOINTS,
  ...SERVICE_ENDPOINTS,
  ...SITE_ENDPOINTS,
];

/** The tags in the order of the document. */
export const TAGS: Readonly<Record<string, string>> = {
  Queues: "A queue keeps messages until they are deleted or expire. Its metadata change its behaviour.",
  Messages: "Posting and reading messages, without claims.",
  Claims: "Taking messages for a time, so that no other client gets them.",
  "Dead letters": "Returning messages that were claimed too often.",
  "Signed URLs": "Giving access to a queue without an account.",
  Subscriptions: "Copies of the messages of a queue for webhooks, mailboxes and other services.",
  Topics: "A topic is a queue without claims: its messages are for subscribers.",
  "Messages of topics": "Posting and reading the messages of topics.",
  "Subscriptions of topics": "Copies of the messages of a topic for webhooks, mailboxes and other services.",
  Figures: "How full queues and topics are, now and in the past.",
  "API keys": "Keys of a project, with `AUTH_STRATEGY=keys`.",
  Quotas: "Limits of a project.",
  Pools: "Where queues are stored, with `ADMIN_MODE` and `POOLING`. For operators.",
  Flavors: "Sets of pools that users choose by name, with `ADMIN_MODE` and `POOLING`.",
  Service: "Versions, health, limits and the description of the service.",
};

/** All operations by name: what a transport can dispatch on, and what the compatibility table is checked against. */
import { createClaim, getClaim, releaseClaim, renewClaim } from "./claims.ts";
import { getHealth, ping } from "./health.ts";
import { deleteMessage, deleteMessages, getMessage, getMessages, listMessages, postMessages } from "./messages.ts";
import { createQueue, deleteQueue, getQueue, getQueueStats, listQueues, purgeQueue, updateQueue } from "./queues.ts";

export const OPERATIONS = {
  queue_list: listQueues,
  queue_create: createQueue,
  queue_get: getQueue,
  queue_update: updateQueue,
  queue_delete: deleteQueue,
  queue_get_stats: getQueueStats,
  queue_purge: purgeQueue,
  message_post: postMessages,
  message_list: listMessages,
  message_get: getMessage,
  message_get_many: getMessages,
  message_delete: deleteMessage,
  message_delete_many: deleteMessages,
  claim_create: createClaim,
  claim_get: getClaim,
  claim_update: renewClaim,
  claim_delete: releaseClaim,
  ping_get: ping,
  health_get: getHealth,
} as const;

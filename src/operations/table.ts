/** All operations by name. Tests compare the table in docs/COMPATIBILITY.md with it. */
import { createClaim, endWaits, getClaim, releaseClaim, renewClaim } from "./claims.ts";
import { getDeliveries, listUndelivered, redeliver, testSubscription } from "./deliveries.ts";
import { createFlavor, deleteFlavor, getFlavor, listFlavors, updateFlavor } from "./flavors.ts";
import { getHealth, ping } from "./health.ts";
import { deleteMessage, deleteMessages, getMessage, getMessages, listMessages, postMessages } from "./messages.ts";
import { getMetrics } from "./metrics.ts";
import { createKey, getKey, listKeys, revokeKey } from "./keys.ts";
import { createPool, deletePool, getPool, listPools, updatePool } from "./pools.ts";
import { getQuotas, resetQuotas, setQuotas } from "./quotas.ts";
import { cancelRedrive, getRedrive, startRedrive } from "./redrive.ts";
import { getOverview, getQueueFigures, getUsage, listProjects } from "./overview.ts";
import { getSeries } from "./series.ts";
import { settleClaim } from "./settlement.ts";
import { getService } from "./service.ts";
import { shareQueue } from "./share.ts";
import {
  confirmSubscription,
  createSubscription,
  deleteSubscription,
  getSubscription,
  listSubscriptions,
  renewSecret,
  updateSubscription,
} from "./subscriptions.ts";
import {
  createTopic,
  deleteTopic,
  getTopic,
  getTopicFigures,
  getTopicStats,
  listTopics,
  purgeTopic,
  updateTopic,
} from "./topics.ts";
import { createQueue, deleteQueue, getQueue, getQueueStats, listQueues, purgeQueue, updateQueue } from "./queues.ts";

export const OPERATIONS = {
  queue_list: listQueues,
  queue_create: createQueue,
  queue_get: getQueue,
  queue_update: updateQueue,
  queue_delete: deleteQueue,
  queue_get_stats: getQueueStats,
  queue_get_figures: getQueueFigures,
  queue_purge: purgeQueue,
  message_post: postMessages,
  message_list: listMessages,
  message_get: getMessage,
  message_get_many: getMessages,
  message_delete: deleteMessage,
  message_delete_many: deleteMessages,
  queue_share: shareQueue,
  claim_create: createClaim,
  claim_get: getClaim,
  claim_update: renewClaim,
  claim_delete: releaseClaim,
  claim_settle: settleClaim,
  claim_end_waits: endWaits,
  subscription_list: listSubscriptions,
  subscription_create: createSubscription,
  subscription_get: getSubscription,
  subscription_update: updateSubscription,
  subscription_delete: deleteSubscription,
  subscription_confirm: confirmSubscription,
  subscription_deliveries: getDeliveries,
  subscription_delivery_list: listUndelivered,
  subscription_redeliver: redeliver,
  subscription_test: testSubscription,
  subscription_renew_secret: renewSecret,
  topic_list: listTopics,
  topic_create: createTopic,
  topic_get: getTopic,
  topic_update: updateTopic,
  topic_delete: deleteTopic,
  topic_get_stats: getTopicStats,
  topic_get_figures: getTopicFigures,
  topic_purge: purgeTopic,
  pool_list: listPools,
  pool_create: createPool,
  pool_get: getPool,
  pool_update: updatePool,
  pool_delete: deletePool,
  flavor_list: listFlavors,
  flavor_create: createFlavor,
  flavor_get: getFlavor,
  flavor_update: updateFlavor,
  flavor_delete: deleteFlavor,
  key_create: createKey,
  key_list: listKeys,
  key_get: getKey,
  key_delete: revokeKey,
  quota_get: getQuotas,
  quota_update: setQuotas,
  quota_delete: resetQuotas,
  redrive_create: startRedrive,
  redrive_get: getRedrive,
  redrive_delete: cancelRedrive,
  overview_get: getOverview,
  series_get: getSeries,
  usage_get: getUsage,
  project_list: listProjects,
  service_get: getService,
  metrics_get: getMetrics,
  ping_get: ping,
  health_get: getHealth,
} as const;

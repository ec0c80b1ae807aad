/**
 * Operations on topics: the operations on queues with upstream's names and rules for topics. Messages and subscriptions of queues
 * and topics have the same operations.
 */
import type { PlaceContext, TopicContext } from "./context.ts";
import type { Operation } from "./operation.ts";
import { getQueueFigures } from "./overview.ts";
import { createQueue, deleteQueue, getQueue, getQueueStats, listOperation, purgeQueue, updateQueue } from "./queues.ts";

function renamed<Input, Output>(
  operation: Operation<PlaceContext, Input, Output>,
  described: Pick<Operation<TopicContext, Input, Output>, "name" | "policy" | "whatFailed">,
): Operation<TopicContext, Input, Output> {
  return { ...operation, ...described };
}

export const listTopics = listOperation("topic", {
  name: "topic_list",
  policy: "topics:get_all",
  whatFailed: "Topics could not be listed.",
});

export const createTopic = renamed(createQueue, {
  name: "topic_create",
  policy: "topics:create",
  whatFailed: "Topic could not be created.",
});

export const getTopic = renamed(getQueue, {
  name: "topic_get",
  policy: "topics:get",
  whatFailed: "Topic metadata could not be retrieved.",
});

export const updateTopic = renamed(updateQueue, {
  name: "topic_update",
  policy: "topics:update",
  whatFailed: "Topic could not be updated.",
});

export const deleteTopic = renamed(deleteQueue, {
  name: "topic_delete",
  policy: "topics:delete",
  whatFailed: "Topic could not be deleted.",
});

export const getTopicStats = renamed(getQueueStats, {
  name: "topic_get_stats",
  policy: "topics:stats",
  whatFailed: "Topic stats could not be read.",
});

export const getTopicFigures = renamed(getQueueFigures, {
  name: "topic_get_figures",
  policy: "topics:stats",
  whatFailed: "The figures of the topic could not be read.",
});

export const purgeTopic = renamed(purgeQueue, {
  name: "topic_purge",
  policy: "topics:purge",
  whatFailed: "Topic could not be purged.",
});

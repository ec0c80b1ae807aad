/**
 * Operations on topics: those on queues, under upstream's other names and rules. Messages and
 * subscriptions have the same operations in both.
 */
import type { PlaceContext } from "./context.ts";
import type { Operation } from "./operation.ts";
import { createQueue, deleteQueue, getQueue, getQueueStats, listing, purgeQueue, updateQueue } from "./queues.ts";

type OfPlace<Input, Output> = Operation<PlaceContext, Input, Output>;

function twin<Input, Output>(
  operation: OfPlace<Input, Output>,
  described: Pick<OfPlace<Input, Output>, "name" | "policy" | "attempted">,
): OfPlace<Input, Output> {
  return { ...operation, ...described };
}

export const listTopics = listing("topic", {
  name: "topic_list",
  policy: "topics:get_all",
  attempted: "Topics could not be listed.",
});

export const createTopic = twin(createQueue, {
  name: "topic_create",
  policy: "topics:create",
  attempted: "Topic could not be created.",
});

export const getTopic = twin(getQueue, {
  name: "topic_get",
  policy: "topics:get",
  attempted: "Topic metadata could not be retrieved.",
});

export const updateTopic = twin(updateQueue, {
  name: "topic_update",
  policy: "topics:update",
  attempted: "Topic could not be updated.",
});

export const deleteTopic = twin(deleteQueue, {
  name: "topic_delete",
  policy: "topics:delete",
  attempted: "Topic could not be deleted.",
});

export const getTopicStats = twin(getQueueStats, {
  name: "topic_get_stats",
  policy: "topics:stats",
  attempted: "Topic stats could not be read.",
});

export const purgeTopic = twin(purgeQueue, {
  name: "topic_purge",
  policy: "topics:purge",
  attempted: "Topic could not be purged.",
});

/** Operations on queues. Those on topics are the same operations with other names (topics.ts). */
import { membersOf, toText, type JsonText } from "../domain/json.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import type { PageRequest } from "../domain/page.ts";
import type { PurgeType } from "../domain/queue-metadata.ts";
import type { QueueFilter, QueuePage, QueueStats } from "../domain/queue-view.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";
import type { PlaceKind } from "../domain/place.ts";
import { unwrap } from "../domain/refusal.ts";
import { requireCovered, type Context, type PlaceContext, type ProjectContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";
import { changeFlavor, changesFlavor, createPlaced } from "./placement.ts";

type ListOperation = Operation<ProjectContext, PageRequest & QueueFilter & { readonly withCount: boolean }, QueuePage>;

/** The operation that lists the queues or the topics of a project. */
export function listOperation(
  kind: PlaceKind,
  described: Pick<ListOperation, "name" | "policy" | "whatFailed">,
): ListOperation {
  return {
    ...described,
    isIdempotent: always,
    async run({ config, principal, stub }, input) {
      const limit = limitOf(input, config.limits.maxQueuesPerPage);
      return stub().list({ ...input, kind, limit, prefix: principal.queuePrefix });
    },
  };
}

export const listQueues = listOperation("queue", {
  name: "queue_list",
  policy: "queues:get_all",
  whatFailed: "Queues could not be listed.",
});

export const createQueue: Operation<PlaceContext, { readonly metadata: JsonText }, { readonly created: boolean }> = {
  name: "queue_create",
  policy: "queues:create",
  whatFailed: "Queue could not be created.",
  needsDiskSpace: true,
  isIdempotent: always,
  async run(context, { metadata }) {
    const { placementAccess } = context;
    const members = membersOf(metadata);
    checkDeadLetterQueue(context, members.get(DEAD_LETTER_QUEUE));
    const quotas = await context.quotas();
    if (placementAccess !== null) return createPlaced(context, placementAccess, { metadata, quotas });
    return unwrap(await context.stub().create({ metadata, quotas }));
  },
};

/** The stored metadata; `{}` for a queue that does not exist. */
export const getQueue: Operation<PlaceContext, void, JsonText> = {
  name: "queue_get",
  policy: "queues:get",
  whatFailed: "Queue metadata could not be retrieved.",
  isIdempotent: always,
  run: (context) => context.stub().metadata(),
};

export const updateQueue: Operation<PlaceContext, { readonly changes: readonly MetadataChange[] }, JsonText> = {
  name: "queue_update",
  policy: "queues:update",
  whatFailed: "Queue could not be updated.",
  // The removal of a missing metadata member is a conflict, so a second run would fail. A change of the flavor may have
  // deleted the queue to create it elsewhere.
  isIdempotent: ({ changes }) => changes.every(({ op }) => op !== "remove") && !changesFlavor(changes),
  async run(context, { changes }) {
    for (const change of changes) {
      if (change.key === DEAD_LETTER_QUEUE && change.op !== "remove") checkDeadLetterQueue(context, change.value);
    }
    const { placementAccess } = context;
    if (placementAccess !== null && changesFlavor(changes)) return changeFlavor(context, placementAccess, changes);
    return unwrap(await context.stub().patch({ changes }));
  },
};

export const deleteQueue: Operation<PlaceContext, void, void> = {
  name: "queue_delete",
  policy: "queues:delete",
  whatFailed: "Queue could not be deleted.",
  isIdempotent: always,
  run: (context) => context.stub().remove(),
};

export const getQueueStats: Operation<PlaceContext, void, QueueStats> = {
  name: "queue_get_stats",
  policy: "queues:stats",
  whatFailed: "Queue stats could not be read.",
  isIdempotent: always,
  run: (context) => context.stub().stats(),
};

export const purgeQueue: Operation<PlaceContext, { readonly types: readonly PurgeType[] }, void> = {
  name: "queue_purge",
  policy: "queues:purge",
  whatFailed: "Queue could not be purged.",
  // A second run could delete messages that were posted after the first.
  isIdempotent: never,
  async run(context, { types }) {
    if (types.includes("messages")) await context.stub().purge();
    if (types.includes("subscriptions")) await context.stub().unsubscribeAll();
  },
};

const DEAD_LETTER_QUEUE = RESERVED.deadLetterQueue.key;

/** The caller's dead letters go to that queue, so the caller's key must cover its name. */
function checkDeadLetterQueue(context: Context, value: JsonText | undefined): void {
  const name = value === undefined ? null : toText(value);
  if (name !== null) requireCovered(context, name);
}

/** Operations on queues. Operations on topics do the same under other names (topics.ts). */
import { membersOf, toText, type JsonText } from "../domain/json.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import type { PageRequest } from "../domain/page.ts";
import type { PurgeType } from "../domain/queue.ts";
import type { QueueFilter, QueuePage, QueueStats } from "../domain/queue-view.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";
import type { PlaceKind } from "../domain/place.ts";
import { unwrap } from "../domain/refusal.ts";
import { requireCovered, type Context, type PlaceContext, type ProjectContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";

type Listing = Operation<ProjectContext, PageRequest & QueueFilter & { readonly withCount: boolean }, QueuePage>;

/** The operation that lists the places of one kind. */
export function listing(kind: PlaceKind, described: Pick<Listing, "name" | "policy" | "attempted">): Listing {
  return {
    ...described,
    isIdempotent: always,
    async run({ config, principal, stub }, input) {
      const limit = limitOf(input, config.limits.maxQueuesPerPage);
      return stub().list({ ...input, kind, limit, prefix: principal.queuePrefix });
    },
  };
}

export const listQueues = listing("queue", {
  name: "queue_list",
  policy: "queues:get_all",
  attempted: "Queues could not be listed.",
});

export const createQueue: Operation<PlaceContext, { readonly metadata: JsonText }, { readonly created: boolean }> = {
  name: "queue_create",
  policy: "queues:create",
  attempted: "Queue could not be created.",
  takesIn: true,
  isIdempotent: always,
  async run(context, { metadata }) {
    checkDeadLetterQueue(context, membersOf(metadata).get(DEAD_LETTER_QUEUE));
    const quotas = await context.quotas();
    return unwrap(await context.stub().create({ metadata, quotas }));
  },
};

/** The stored metadata; `{}` for a queue that does not exist. */
export const getQueue: Operation<PlaceContext, void, JsonText> = {
  name: "queue_get",
  policy: "queues:get",
  attempted: "Queue metadata could not be retrieved.",
  isIdempotent: always,
  run: (context) => context.stub().metadata(),
};

export const updateQueue: Operation<PlaceContext, { readonly changes: readonly MetadataChange[] }, JsonText> = {
  name: "queue_update",
  policy: "queues:update",
  attempted: "Queue could not be updated.",
  // A metadata member that was removed cannot be removed again: the second run would be a conflict.
  isIdempotent: ({ changes }) => changes.every(({ op }) => op !== "remove"),
  async run(context, { changes }) {
    for (const change of changes) {
      if (change.key === DEAD_LETTER_QUEUE && change.op !== "remove") checkDeadLetterQueue(context, change.value);
    }
    return unwrap(await context.stub().patch({ changes }));
  },
};

export const deleteQueue: Operation<PlaceContext, void, void> = {
  name: "queue_delete",
  policy: "queues:delete",
  attempted: "Queue could not be deleted.",
  isIdempotent: always,
  run: (context) => context.stub().remove(),
};

export const getQueueStats: Operation<PlaceContext, void, QueueStats> = {
  name: "queue_get_stats",
  policy: "queues:stats",
  attempted: "Queue stats could not be read.",
  isIdempotent: always,
  run: (context) => context.stub().stats(),
};

export const purgeQueue: Operation<PlaceContext, { readonly types: readonly PurgeType[] }, void> = {
  name: "queue_purge",
  policy: "queues:purge",
  attempted: "Queue could not be purged.",
  // A second run could delete messages that were posted after the first.
  isIdempotent: never,
  async run(context, { types }) {
    if (types.includes("messages")) await context.stub().purge();
    if (types.includes("subscriptions")) await context.stub().unsubscribeAll();
  },
};

const DEAD_LETTER_QUEUE = RESERVED.deadLetterQueue.key;

/** Dead letters are sent to that queue in the caller's name, so the caller must be allowed to post there. */
function checkDeadLetterQueue(context: Context, value: JsonText | undefined): void {
  const name = value === undefined ? null : toText(value);
  if (name !== null) requireCovered(context, name);
}

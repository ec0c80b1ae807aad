/** Operations on queues (core contract 3). */
import { coversQueue } from "../auth/policy.ts";
import type { QueueName } from "../domain/id.ts";
import { membersOf, toText, type JsonText } from "../domain/json.ts";
import { checkRange, PAGE_DEFAULT } from "../domain/limits.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { MetadataFilter, QueuePage, QueueRpc, QueueStats } from "../objects/rpc.ts";
import { always, never, projectOf, quotasOf, type Context, type Operation } from "./operation.ts";

/** The queue's object, by a fresh stub. The one way to it: a queue that is not the principal's to see is refused here. */
export function queueOf(context: Context, queue: QueueName): QueueRpc {
  if (!coversQueue(context.principal, queue)) throw new Refusal({ kind: "not-authorized" });
  return context.objects.queue(projectOf(context), queue);
}

interface QueueListInput {
  readonly marker: string | null;
  /** null: the default page. */
  readonly limit: number | null;
  readonly name: string | null;
  readonly filters: readonly MetadataFilter[];
  readonly withCount: boolean;
}

export const listQueues: Operation<QueueListInput, QueuePage> = {
  name: "queue_list",
  policy: "queues:get_all",
  attempted: "Queues could not be listed.",
  isRepeatable: always,
  async run(context, input) {
    const limit = input.limit ?? PAGE_DEFAULT;
    const failure = checkRange("limit", limit, { min: 1, max: context.config.limits.maxQueuesPerPage });
    if (failure !== null) throw new Refusal(failure);
    const prefix = context.principal.queuePrefix;
    return context.objects.project(projectOf(context)).list({ ...input, limit, prefix });
  },
};

export const createQueue: Operation<
  { readonly queue: QueueName; readonly metadata: JsonText },
  { readonly created: boolean }
> = {
  name: "queue_create",
  policy: "queues:create",
  attempted: "Queue could not be created.",
  isRepeatable: always,
  async run(context, { queue, metadata }) {
    checkDeadLetterQueue(context, membersOf(metadata).get(DEAD_LETTER_QUEUE));
    const quotas = await quotasOf(context, projectOf(context));
    return unwrap(await queueOf(context, queue).create({ metadata, quotas }));
  },
};

/** The stored metadata; `{}` for a queue that does not exist. */
export const getQueue: Operation<{ readonly queue: QueueName }, JsonText> = {
  name: "queue_get",
  policy: "queues:get",
  attempted: "Queue metadata could not be retrieved.",
  isRepeatable: always,
  run: (context, { queue }) => queueOf(context, queue).metadata(),
};

export const updateQueue: Operation<
  { readonly queue: QueueName; readonly changes: readonly MetadataChange[] },
  JsonText
> = {
  name: "queue_update",
  policy: "queues:update",
  attempted: "Queue could not be updated.",
  // A removal that happened cannot happen again: the second run would be a conflict.
  isRepeatable: ({ changes }) => changes.every(({ op }) => op !== "remove"),
  async run(context, { queue, changes }) {
    for (const change of changes) {
      if (change.key === DEAD_LETTER_QUEUE && change.op !== "remove") checkDeadLetterQueue(context, change.value);
    }
    return unwrap(await queueOf(context, queue).patch({ changes }));
  },
};

export const deleteQueue: Operation<{ readonly queue: QueueName }, void> = {
  name: "queue_delete",
  policy: "queues:delete",
  attempted: "Queue could not be deleted.",
  isRepeatable: always,
  run: (context, { queue }) => queueOf(context, queue).remove(),
};

export const getQueueStats: Operation<{ readonly queue: QueueName }, QueueStats> = {
  name: "queue_get_stats",
  policy: "queues:stats",
  attempted: "Queue stats could not be read.",
  isRepeatable: always,
  run: (context, { queue }) => queueOf(context, queue).stats(),
};

export const purgeQueue: Operation<
  { readonly queue: QueueName; readonly types: readonly ("messages" | "subscriptions")[] },
  void
> = {
  name: "queue_purge",
  policy: "queues:purge",
  attempted: "Queue could not be purged.",
  // Between two runs somebody may have posted what nobody asked to purge.
  isRepeatable: never,
  async run(context, { queue, types }) {
    if (types.includes("messages")) await queueOf(context, queue).purge();
    if (types.includes("subscriptions")) await queueOf(context, queue).unsubscribeAll();
  },
};

const DEAD_LETTER_QUEUE = "_dead_letter_queue";

/** Messages are sent to that queue in the caller's name, so it must be one that the caller may send messages to. */
function checkDeadLetterQueue(context: Context, value: JsonText | undefined): void {
  const name = value === undefined ? null : toText(value);
  if (name !== null && !coversQueue(context.principal, name)) throw new Refusal({ kind: "not-authorized" });
}

/** Operations on queues (core contract 3). Operations on topics do the same under other names (topics.ts). */
import { coversQueue } from "../auth/policy.ts";
import type { QueueName } from "../domain/id.ts";
import { membersOf, toText, type JsonText } from "../domain/json.ts";
import { checkRange, PAGE_DEFAULT } from "../domain/limits.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";
import { queueNamed, type Place, type PlaceKind } from "../domain/place.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import type { MetadataFilter, QueuePage, QueueRpc, QueueStats } from "../objects/rpc/queue.ts";
import { always, never, projectOf, quotasOf, type Context, type Operation } from "./operation.ts";

/**
 * A fresh stub of a queue's or topic's object. All operations get it here: a name outside the principal's prefix is refused.
 */
export function placeOf(context: Context, place: Place, seconds = 0): QueueRpc {
  if (!coversQueue(context.principal, place.name)) throw new Refusal({ kind: "not-authorized" });
  return context.objects.place(projectOf(context), place, seconds);
}

/** The same; `seconds`: how long the call may take, for calls that wait. */
export function queueOf(context: Context, queue: QueueName, seconds = 0): QueueRpc {
  return placeOf(context, queueNamed(queue), seconds);
}

interface QueueListInput {
  readonly kind: PlaceKind;
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
  isIdempotent: always,
  async run(context, input) {
    const limit = input.limit ?? PAGE_DEFAULT;
    const failure = checkRange("limit", limit, { min: 1, max: context.config.limits.maxQueuesPerPage });
    if (failure !== null) throw new Refusal(failure);
    const prefix = context.principal.queuePrefix;
    return context.objects.project(projectOf(context)).list({ ...input, limit, prefix });
  },
};

export const createQueue: Operation<
  { readonly place: Place; readonly metadata: JsonText },
  { readonly created: boolean }
> = {
  name: "queue_create",
  policy: "queues:create",
  attempted: "Queue could not be created.",
  takesIn: true,
  isIdempotent: always,
  async run(context, { place, metadata }) {
    checkDeadLetterQueue(context, membersOf(metadata).get(DEAD_LETTER_QUEUE));
    const quotas = await quotasOf(context, projectOf(context));
    return unwrap(await placeOf(context, place).create({ metadata, quotas }));
  },
};

/** The stored metadata; `{}` for a queue that does not exist. */
export const getQueue: Operation<{ readonly place: Place }, JsonText> = {
  name: "queue_get",
  policy: "queues:get",
  attempted: "Queue metadata could not be retrieved.",
  isIdempotent: always,
  run: (context, { place }) => placeOf(context, place).metadata(),
};

export const updateQueue: Operation<{ readonly place: Place; readonly changes: readonly MetadataChange[] }, JsonText> =
  {
    name: "queue_update",
    policy: "queues:update",
    attempted: "Queue could not be updated.",
    // A metadata member that was removed cannot be removed again: the second run would be a conflict.
    isIdempotent: ({ changes }) => changes.every(({ op }) => op !== "remove"),
    async run(context, { place, changes }) {
      for (const change of changes) {
        if (change.key === DEAD_LETTER_QUEUE && change.op !== "remove") checkDeadLetterQueue(context, change.value);
      }
      return unwrap(await placeOf(context, place).patch({ changes }));
    },
  };

export const deleteQueue: Operation<{ readonly place: Place }, void> = {
  name: "queue_delete",
  policy: "queues:delete",
  attempted: "Queue could not be deleted.",
  isIdempotent: always,
  run: (context, { place }) => placeOf(context, place).remove(),
};

export const getQueueStats: Operation<{ readonly place: Place }, QueueStats> = {
  name: "queue_get_stats",
  policy: "queues:stats",
  attempted: "Queue stats could not be read.",
  isIdempotent: always,
  run: (context, { place }) => placeOf(context, place).stats(),
};

export const purgeQueue: Operation<
  { readonly place: Place; readonly types: readonly ("messages" | "subscriptions")[] },
  void
> = {
  name: "queue_purge",
  policy: "queues:purge",
  attempted: "Queue could not be purged.",
  // A second run could delete messages that were posted after the first.
  isIdempotent: never,
  async run(context, { place, types }) {
    if (types.includes("messages")) await placeOf(context, place).purge();
    if (types.includes("subscriptions")) await placeOf(context, place).unsubscribeAll();
  },
};

const DEAD_LETTER_QUEUE = RESERVED.deadLetterQueue.key;

/** Dead letters are sent to that queue in the caller's name, so the caller must be allowed to post there. */
function checkDeadLetterQueue(context: Context, value: JsonText | undefined): void {
  const name = value === undefined ? null : toText(value);
  if (name !== null && !coversQueue(context.principal, name)) throw new Refusal({ kind: "not-authorized" });
}

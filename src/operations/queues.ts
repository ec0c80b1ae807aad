/** Operations on queues. Those on topics are the same operations with other names (topics.ts). */
import type { Rule } from "../auth/policy.ts";
import type { Detailed } from "../domain/details.ts";
import { placeNotFound } from "../domain/failure.ts";
import { membersOf, toText, type JsonText } from "../domain/json.ts";
import type { MetadataChange } from "../domain/metadata-patch.ts";
import type { PageRequest } from "../domain/page.ts";
import type { PurgeType } from "../domain/queue-metadata.ts";
import type { QueueEntry, QueueFilter, QueuePage, QueueStats, QueueView } from "../domain/queue-view.ts";
import { RESERVED } from "../domain/reserved-metadata.ts";
import type { PlaceKind } from "../domain/place.ts";
import { Refusal, unwrap } from "../domain/refusal.ts";
import { mapConcurrently } from "../mechanisms/map-concurrently.ts";
import { withTimeout } from "../mechanisms/timeout.ts";
import type { Creation } from "../objects/rpc/queue.ts";
import { combineFaults, logEvent, logFault } from "../telemetry/event.ts";
import { requireCovered, requireRule, type Context, type PlaceContext, type ProjectContext } from "./context.ts";
import { always, never, type Operation } from "./operation.ts";
import { limitOf } from "./page.ts";
import { changeFlavor, changesFlavor, createPlaced } from "./placement.ts";

type ListRequest = PageRequest & QueueFilter & Detailed & { readonly withCount: boolean };
type ListOperation = Operation<ProjectContext, ListRequest, QueuePage>;

/** The most queues of a page with details, because each costs a call. */
const DETAILED_MAX = 100;

/** Details of a queue contain its statistics. */
const STATS_RULES: Readonly<Record<PlaceKind, Rule>> = { queue: "queues:stats", topic: "topics:stats" };

/** The operation that lists the queues or the topics of a project. */
export function listOperation(
  kind: PlaceKind,
  described: Pick<ListOperation, "name" | "policy" | "whatFailed">,
): ListOperation {
  return {
    ...described,
    isIdempotent: always,
    async run(context, { details = false, ...input }) {
      const { config, principal } = context;
      if (details) requireRule(context, STATS_RULES[kind]);
      const { maxQueuesPerPage: max } = config.limits;
      const limit = limitOf(input, details ? Math.min(max, DETAILED_MAX) : max);
      const page = await context.stub().list({ ...input, kind, limit, prefix: principal.queuePrefix });
      return details ? { ...page, entries: await withStats(context, kind, page.entries) } : page;
    },
  };
}

export const listQueues = listOperation("queue", {
  name: "queue_list",
  policy: "queues:get_all",
  whatFailed: "Queues could not be listed.",
});

export const createQueue: Operation<
  PlaceContext,
  { readonly metadata: JsonText },
  Pick<Creation, "created" | "keepsMetadata">
> = {
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

/** Without details the view of a queue that does not exist has the metadata `{}`. With details there is none. */
export const getQueue: Operation<PlaceContext, Detailed, QueueView> = {
  name: "queue_get",
  policy: "queues:get",
  whatFailed: "Queue metadata could not be retrieved.",
  isIdempotent: always,
  async run(context, { details = false }) {
    const { place, project, stub } = context;
    if (!details) return { metadata: await stub().metadata(), stats: null };
    requireRule(context, STATS_RULES[place.kind]);
    const [metadata, stats] = await Promise.all([stub().metadata(), stub().stats()]);
    if (!stats.exists) throw new Refusal(placeNotFound(project, place));
    return { metadata, stats };
  },
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
  survivesDisconnect: true,
  async run(context) {
    const { event, place } = context;
    const changed = await context.stub().remove();
    if (changed !== false) logEvent(`${place.kind}.deleted`, event, {});
  },
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
  survivesDisconnect: true,
  async run(context, { types }) {
    const { event, place } = context;
    const changed = types.includes("messages") ? await context.stub().purge() : undefined;
    if (types.includes("subscriptions")) await context.stub().unsubscribeAll();
    if (changed !== false) logEvent(`${place.kind}.purged`, event, { resources: types });
  },
};

/** Calls in progress for one list: in the cloud a request may have six connections. */
const STATS_CONCURRENCY = 6;
/** Milliseconds after which a queue's statistics are left out, so that one busy queue does not hold up the list. */
const STATS_MS = 5000;

/** Adds the statistics of each entry; null for those that cannot be read. */
async function withStats(
  { event, placeStub }: ProjectContext,
  kind: PlaceKind,
  entries: readonly QueueEntry[],
): Promise<readonly QueueEntry[]> {
  const faults: unknown[] = [];
  const read = async (entry: QueueEntry): Promise<QueueEntry> => {
    try {
      const stats = await withTimeout(STATS_MS, placeStub({ kind, name: entry.name }).stats());
      return { ...entry, stats: stats.exists ? stats : null };
    } catch (fault) {
      faults.push(fault);
      return { ...entry, stats: null };
    }
  };
  const detailed = await mapConcurrently(entries, STATS_CONCURRENCY, read);
  const [first, ...others] = faults;
  if (first !== undefined) logFault(event, combineFaults(first, others));
  return detailed;
}

const DEAD_LETTER_QUEUE = RESERVED.deadLetterQueue.key;

/** The caller's dead letters go to that queue, so the caller's key must cover its name. */
function checkDeadLetterQueue(context: Context, value: JsonText | undefined): void {
  const name = value === undefined ? null : toText(value);
  if (name !== null) requireCovered(context, name);
}

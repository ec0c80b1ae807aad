/** Dead-letter queues, found by the queues that name them. */
import type { PlaceDetails } from "../../place-details.ts";

/** A queue whose messages become dead letters. */
export interface Source {
  readonly name: string;
  /** After how many claims; null: never. */
  readonly max_claim_count: number | null;
}

export interface DeadLetterQueue extends PlaceDetails {
  readonly sources: readonly Source[];
}

/** `queues`: all of the project. A dead-letter queue that does not exist yet has no statistics. */
export function toDeadLetterQueues(queues: readonly PlaceDetails[]): readonly DeadLetterQueue[] {
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  const sources = new Map<string, Source[]>();
  for (const { name, metadata } of queues) {
    const { _dead_letter_queue: target, _max_claim_count: claims } = metadata;
    if (target == null) continue;
    sources.set(target, [...(sources.get(target) ?? []), { name, max_claim_count: claims ?? null }]);
  }
  return [...sources]
    .map(([name, of]) => ({ ...(byName.get(name) ?? { name, metadata: {}, stats: null }), sources: of }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

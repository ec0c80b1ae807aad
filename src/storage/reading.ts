/** Turns log entries into messages: fetches the bodies of just those, one statement for each unbroken stretch of rows. */
import type { Life } from "../domain/claim.ts";
import type { ClaimId, Epoch } from "../domain/id.ts";
import { splitBodies, type Bodies, type Message } from "../domain/message.ts";
import { ageOf, type EpochMs } from "../domain/time.ts";
import { claimsOf, idOf, lifeOf, sequenceOf, type Entry, type Segments } from "./segments.ts";

export interface ReadingContext {
  readonly epoch: Epoch;
  readonly now: EpochMs;
  /** The claim to show with a message. */
  readonly claimOf: (sequence: number) => ClaimId | null;
  /** Lives changed since the entries were read, by sequence number. */
  readonly lives?: ReadonlyMap<number, Life>;
}

/** The messages of the entries, in their order. Bodies are as stored: an encrypted one is still sealed. */
export function readMessages(segments: Segments, entries: readonly Entry[], context: ReadingContext): Message[] {
  const bodies = readBodies(segments, entries);
  return entries.map((entry) => {
    const sequence = sequenceOf(entry);
    const body = bodies.get(entry.segment.first)?.[entry.offset];
    if (body === undefined) throw new Error("A segment holds fewer bodies than messages.");
    return {
      id: idOf(entry, context.epoch),
      ttl: (context.lives?.get(sequence) ?? lifeOf(entry)).ttl,
      age: ageOf(entry.segment.postedAt, context.now),
      body,
      claim: context.claimOf(sequence),
      claimCount: claimsOf(entry),
    };
  });
}

/** The bodies of the entries' segments, split, by the segments' first numbers. */
export function readBodies(segments: Segments, entries: readonly Entry[]): Map<number, ReturnType<typeof splitBodies>> {
  const split = new Map<number, ReturnType<typeof splitBodies>>();
  let from: number | null = null;
  let end = 0;
  const load = (): void => {
    if (from === null) return;
    segments.bodies(from, end - 1).forEach((bodies: Bodies, first) => split.set(first, splitBodies(bodies)));
  };
  for (const { segment } of entries) {
    if (from !== null && segment.first >= from && segment.first <= end) {
      end = Math.max(end, segment.first + segment.count);
      continue;
    }
    load();
    from = segment.first;
    end = segment.first + segment.count;
  }
  load();
  return split;
}

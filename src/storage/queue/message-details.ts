/** The details of messages, which answers contain on request. */
import type { DeadLetterOrigin, Message } from "../../domain/message.ts";
import type { EpochMs } from "../../domain/time.ts";
import type { ClaimCounts } from "./claim-counts.ts";
import type { ClaimStore } from "./claims.ts";
import type { LogReader } from "./log-reader.ts";
import type { ReadableEntry } from "./readable-entries.ts";
import { claimCountOf, sequenceOf, visibleAt, type Segment } from "./segment.ts";

export interface DetailsDeps {
  readonly log: Pick<LogReader, "deadLetterOf">;
  readonly claims: Pick<ClaimStore, "holderOf">;
  readonly claimCounts: Pick<ClaimCounts, "pending">;
}

/** Reads the details of the messages in one answer. The claim count includes lapsed claims whose end has no row yet. */
export function detailsReader(
  { log, claims, claimCounts }: DetailsDeps,
  now: EpochMs,
): (readable: ReadableEntry) => Pick<Message, "claimCount" | "details"> {
  const pending = claimCounts.pending();
  let last: { readonly segment: Segment; readonly deadLetter: DeadLetterOrigin | null } | null = null;
  return ({ entry, traceparent }) => {
    const { segment } = entry;
    if (last?.segment !== segment) last = { segment, deadLetter: log.deadLetterOf(segment) };
    const sequence = sequenceOf(entry);
    const visible = visibleAt(entry);
    return {
      claimCount: claimCountOf(entry) + (pending.get(sequence) ?? 0),
      details: {
        createdAt: segment.postedAt,
        claimedUntil: claims.holderOf(sequence)?.expiresAt ?? null,
        delayedUntil: visible > now ? visible : null,
        deadLetter: last.deadLetter,
        traceparent,
      },
    };
  };
}

/**
 * The claim counts of messages, kept while the queue has a dead-letter queue. A claim counts when it ends. A released claim
 * counts at once. A lapsed one counts before the next claim, because the lapse itself writes no row. Settlements count in every
 * queue (settlements.ts).
 */
import type { ClaimStore, EndedClaim } from "./claims.ts";
import type { MessageExceptions } from "./exceptions.ts";
import type { MessageLog } from "./message-log.ts";
import { claimCountOf, type Entry } from "./segment.ts";

export interface ClaimCountsDeps {
  readonly log: MessageLog;
  readonly claims: ClaimStore;
}

export class ClaimCounts {
  private readonly deps: ClaimCountsDeps;
  /** Lapsed claims whose messages are not counted yet. */
  private lapsed: EndedClaim[] = [];

  constructor(deps: ClaimCountsDeps) {
    this.deps = deps;
  }

  /** Notes a lapsed claim. In memory only. */
  noteLapsed(claim: EndedClaim): void {
    this.lapsed.push(claim);
  }

  /** Counts the lapsed claims. Must precede every claim. */
  countLapsed(): void {
    if (this.lapsed.length === 0) return;
    for (const { claim, sequences } of this.lapsed) {
      this.count(sequences);
      this.deps.claims.markEnded(claim);
    }
    this.lapsed = [];
  }

  /** How many lapsed claims of each message are not counted yet. */
  pending(): ReadonlyMap<number, number> {
    const pending = new Map<number, number>();
    for (const sequence of this.lapsed.flatMap(({ sequences }) => sequences)) {
      pending.set(sequence, (pending.get(sequence) ?? 0) + 1);
    }
    return pending;
  }

  /** Raises the claim counts of messages by one. */
  count(sequences: readonly number[]): void {
    this.deps.log.changeExceptions(sequences, countClaim);
  }
}

/** Raises the claim count of a message by one. */
export function countClaim(entry: Entry, { claimCounts }: MessageExceptions): void {
  claimCounts.set(entry.offset, claimCountOf(entry) + 1);
}

/**
 * Claims: one row each, written when a claim is made, renewed or released. A claim that ends by itself (its time is up, or all
 * its messages are deleted) writes nothing: its row stays as a free slot, which the next claim overwrites. Until then the row
 * does no harm: no sequence number is assigned twice, so it names no stored message.
 *
 * The live claims are also kept in memory, rebuilt from the rows when the object wakes.
 */
import { DeadlineHeap } from "../../mechanisms/deadline-heap.ts";
import { joinHoldings, type Holding, type Lease } from "../../domain/claim.ts";
import type { Span } from "../../domain/figures.ts";
import type { FailureOf } from "../../domain/failure.ts";
import type { ClaimId, ClientId } from "../../domain/id.ts";
import { toNumbers, toRanges, type Range } from "../../mechanisms/range-set.ts";
import { after, toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { InFlight } from "./in-flight.ts";
import type { Sql } from "../sql.ts";
import { STATEMENTS, toClaimRow, toStoredClaim, type StoredClaim } from "./claim-rows.ts";

export interface Claim extends StoredClaim {
  createdAt: EpochMs;
  lease: Lease;
  expiresAt: EpochMs;
  ranges: readonly Range[];
  /** How many of its messages are not deleted. */
  left: number;
  /** The time of its entry in the heap of deadlines; at most `expiresAt`. */
  deadlineAt: EpochMs;
}

/** An ended claim, with its undeleted messages. */
export interface EndedClaim {
  readonly claim: Claim;
  readonly sequences: readonly number[];
}

/** The entries of ended claims that the heap may have before it is rebuilt. */
const DEADLINES_SLACK = 64;

export class ClaimStore {
  private readonly sql: Sql;
  private readonly inFlight: InFlight;
  private readonly bySlot = new Map<number, Claim>();
  private readonly byId = new Map<string, Claim>();
  private readonly deadlines: DeadlineHeap<Claim>;
  private freeSlots: number[] = [];
  private slotCount = 0;
  /** At or after the end of each live claim. */
  private lastLapse = -Infinity;

  constructor(sql: Sql, inFlight: InFlight, deadlines = new DeadlineHeap<Claim>()) {
    this.sql = sql;
    this.inFlight = inFlight;
    this.deadlines = deadlines;
  }

  /**
   * Rebuilds the live claims from their rows; `stored` finds the undeleted messages in ranges. Returns the claims that
   * lapsed while the queue counted claims: their end is still to be written.
   */
  load(now: EpochMs, stored: (ranges: readonly Range[]) => ReadonlySet<number>): EndedClaim[] {
    const claims = this.sql.all(STATEMENTS.all).map((row) => toClaim(toStoredClaim(row)));
    const isPast = (claim: Claim): boolean => claim.expiresAt <= now && !claim.isCounted;
    const left = stored(claims.flatMap((claim) => (isPast(claim) ? [] : claim.ranges)));
    const lapsed: EndedClaim[] = [];
    for (const claim of claims) {
      this.slotCount = Math.max(this.slotCount, claim.slot + 1);
      const sequences = isPast(claim) ? [] : toNumbers(claim.ranges).filter((sequence) => left.has(sequence));
      if (claim.isCounted && claim.expiresAt <= now) lapsed.push({ claim, sequences });
      else if (sequences.length === 0) this.freeSlots.push(claim.slot);
      else this.addLive(claim, sequences);
    }
    return lapsed;
  }

  /** The latest instant at which a claim with a row was made or renewed, 0 if there is none. */
  newestAt(): EpochMs {
    return this.sql.one(STATEMENTS.newest)?.at ?? toEpochMs(0);
  }

  /** When the next live claim may lapse, or null. */
  get nextLapse(): EpochMs | null {
    return this.deadlines.nextDueAt;
  }

  /** When the first and the last of the live claims lapse: not after, and not before. */
  get lapse(): Span {
    if (this.bySlot.size === 0) return { first: Infinity, last: -Infinity };
    return { first: this.nextLapse ?? -Infinity, last: this.lastLapse };
  }

  /** The live claims by client, those with most messages first. */
  holdings(): readonly Holding[] {
    return joinHoldings([[...this.bySlot.values()].map(({ client, left }) => ({ client, claims: 1, messages: left }))]);
  }

  find(id: string): Claim | null {
    return this.byId.get(id) ?? null;
  }

  /** The live claim that holds the message, or null. */
  holderOf(sequence: number): Claim | null {
    const slot = this.inFlight.slotOf(sequence);
    return slot === null ? null : (this.bySlot.get(slot) ?? null);
  }

  /** Makes a claim over messages that no other claim holds. Writes one row. */
  create(
    id: ClaimId,
    lease: Lease,
    sequences: readonly number[],
    context: { readonly now: EpochMs; readonly isCounted: boolean; readonly client: ClientId | null },
  ): Claim {
    const { now, isCounted, client } = context;
    const slot = this.freeSlots.pop() ?? this.slotCount++;
    const times = { createdAt: now, expiresAt: after(now, lease.ttl) };
    const claim = toClaim({ slot, id, lease, ...times, isCounted, ranges: toRanges(sequences), client });
    this.addLive(claim, sequences);
    this.sql.run(STATEMENTS.write, toClaimRow(claim));
    return claim;
  }

  /** Restarts the lease. Writes one row. */
  renew(claim: Claim, lease: Lease, now: EpochMs): void {
    claim.createdAt = now;
    claim.lease = lease;
    claim.expiresAt = after(now, lease.ttl);
    this.lastLapse = Math.max(this.lastLapse, claim.expiresAt);
    if (claim.expiresAt < claim.deadlineAt) this.schedule(claim);
    this.sql.run(STATEMENTS.write, toClaimRow(claim));
  }

  /** Ends a live claim before its time. Writes one row. */
  release(claim: Claim): EndedClaim {
    const ended = this.end(claim);
    this.markEnded(claim);
    return ended;
  }

  /** Releases some messages of a live claim, which continues with the others, or ends. Writes one row. */
  releaseSome(claim: Claim, sequences: readonly number[]): void {
    for (const sequence of sequences) this.inFlight.free(sequence);
    claim.left -= sequences.length;
    if (claim.left === 0) {
      this.release(claim);
      return;
    }
    // Without this a restart would hold the released messages again.
    claim.ranges = toRanges(this.sequencesOf(claim));
    this.sql.run(STATEMENTS.write, toClaimRow(claim));
  }

  /** Marks the end of a claim in its row, so that it is not counted again, and frees the slot. Writes one row. */
  markEnded(claim: Claim): void {
    this.sql.run(STATEMENTS.markEnded, { slot: claim.slot });
    this.freeSlots.push(claim.slot);
  }

  /** Removes the claims that have lapsed. Writes no row. A counted claim keeps its slot until `markEnded`. */
  takeLapsed(now: EpochMs): EndedClaim[] {
    const lapsed: EndedClaim[] = [];
    for (let claim = this.deadlines.popDue(now); claim !== undefined; claim = this.deadlines.popDue(now)) {
      if (this.bySlot.get(claim.slot) !== claim) continue;
      if (claim.expiresAt > now) {
        // The claim was renewed meanwhile. After a renewal for a shorter time it has two entries, and needs no third.
        if (claim.deadlineAt <= now) this.schedule(claim);
        continue;
      }
      const ended = this.end(claim);
      if (!claim.isCounted) this.freeSlots.push(claim.slot);
      lapsed.push(ended);
    }
    return lapsed;
  }

  /** Notes that a claimed message was deleted. The deletion of its last message ends the claim. */
  noteDeletion(sequence: number): void {
    const claim = this.holderOf(sequence);
    if (claim === null) return;
    this.inFlight.free(sequence);
    claim.left--;
    if (claim.left > 0) return;
    this.end(claim);
    this.freeSlots.push(claim.slot);
  }

  /** The undeleted messages of a live claim, in log order. */
  sequencesOf(claim: Claim): number[] {
    const sequences: number[] = [];
    for (const { from, to } of claim.ranges) {
      for (let at = from; at <= to; at++) if (this.inFlight.slotOf(at) === claim.slot) sequences.push(at);
    }
    return sequences;
  }

  private addLive(claim: Claim, sequences: readonly number[]): void {
    if (this.bySlot.size === 0) this.lastLapse = -Infinity;
    this.lastLapse = Math.max(this.lastLapse, claim.expiresAt);
    this.bySlot.set(claim.slot, claim);
    this.byId.set(claim.id, claim);
    claim.left = sequences.length;
    for (const sequence of sequences) this.inFlight.hold(sequence, claim.slot);
    this.schedule(claim);
  }

  private end(claim: Claim): EndedClaim {
    const sequences = this.sequencesOf(claim);
    for (const sequence of sequences) this.inFlight.free(sequence);
    this.bySlot.delete(claim.slot);
    this.byId.delete(claim.id);
    return { claim, sequences };
  }

  /** The entry of a claim that ended early stays in the heap until its time. When most entries are such, the heap is rebuilt. */
  private schedule(claim: Claim): void {
    if (this.deadlines.size > 2 * this.bySlot.size + DEADLINES_SLACK) {
      this.deadlines.clear();
      for (const live of this.bySlot.values()) this.addDeadline(live);
      if (this.bySlot.get(claim.slot) === claim) return;
    }
    this.addDeadline(claim);
  }

  private addDeadline(claim: Claim): void {
    claim.deadlineAt = claim.expiresAt;
    this.deadlines.add(claim.expiresAt, claim);
  }
}

/**
 * The failure of a deletion because of claims: the one that holds the message, and the one that the deletion names. null: they
 * are the same, or there is neither.
 */
export function checkHolder(
  message: string,
  { holder, named }: { readonly holder: Claim | null; readonly named: Claim | null },
): FailureOf<"message-not-claimed" | "message-claimed"> | null {
  if (holder === named) return null;
  return { kind: holder === null ? "message-not-claimed" : "message-claimed", message };
}

function toClaim(stored: StoredClaim): Claim {
  return { ...stored, left: 0, deadlineAt: stored.expiresAt };
}

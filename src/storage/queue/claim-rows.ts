/** The rows of claims. A claim that has ended leaves its row as a free slot, which a later claim overwrites. */
import type { Lease } from "../../domain/claim.ts";
import type { ClaimId, ClientId } from "../../domain/id.ts";
import type { Range } from "../../mechanisms/range-set.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";

export const TABLES = ["claim"] as const;

export interface StoredClaim {
  readonly slot: number;
  readonly id: ClaimId;
  /** Creation or the last renewal: a claim's age counts from here. */
  readonly createdAt: EpochMs;
  readonly lease: Lease;
  readonly expiresAt: EpochMs;
  /** Made while the queue counted claims (`_max_claim_count`): when it lapses, the claim counts of its messages rise by one. */
  readonly isCounted: boolean;
  /** The claimed messages, deleted ones included. */
  readonly ranges: readonly Range[];
  /** Whose claim it is; null: a version that did not store it made it. */
  readonly client: ClientId | null;
}

const CLAIM_ROW = {
  slot: integer(),
  id: text<ClaimId>(),
  created_at_ms: integer<EpochMs>(),
  ttl_s: integer<Seconds>(),
  grace_s: integer<Seconds>(),
  expires_at_ms: integer<EpochMs>(),
  counted: integer(),
  /** A JSON array of `[from, to]`. */
  ranges: text(),
  client: nullable(text<ClientId>()),
};

export const STATEMENTS = {
  all: statement({
    text: "SELECT slot, id, created_at_ms, ttl_s, grace_s, expires_at_ms, counted, ranges, client FROM claim",
    row: CLAIM_ROW,
  }),
  write: statement({
    text: `INSERT OR REPLACE INTO claim (slot, id, created_at_ms, ttl_s, grace_s, expires_at_ms, counted, ranges, client)
             VALUES (:slot, :id, :created_at_ms, :ttl_s, :grace_s, :expires_at_ms, :counted, :ranges, :client)`,
    parameters: CLAIM_ROW,
  }),
  newest: statement({ text: "SELECT max(created_at_ms) AS at FROM claim", row: { at: nullable(integer<EpochMs>()) } }),
  markEnded: statement({
    text: "UPDATE claim SET expires_at_ms = 0, counted = 0 WHERE slot = :slot",
    parameters: { slot: integer() },
  }),
};

export function toClaimRow(claim: StoredClaim): ValuesOf<typeof CLAIM_ROW> {
  return {
    slot: claim.slot,
    id: claim.id,
    created_at_ms: claim.createdAt,
    ttl_s: claim.lease.ttl,
    grace_s: claim.lease.grace,
    expires_at_ms: claim.expiresAt,
    counted: claim.isCounted ? 1 : 0,
    ranges: JSON.stringify(claim.ranges.map(({ from, to }) => [from, to])),
    client: claim.client,
  };
}

export function toStoredClaim(row: ValuesOf<typeof CLAIM_ROW>): StoredClaim {
  return {
    slot: row.slot,
    id: row.id,
    createdAt: row.created_at_ms,
    lease: { ttl: row.ttl_s, grace: row.grace_s },
    expiresAt: row.expires_at_ms,
    isCounted: row.counted === 1,
    ranges: parseRanges(row.ranges),
    client: row.client,
  };
}

/** Parses the ranges; none if the row is damaged. Its slot is then overwritten like that of an ended claim. */
function parseRanges(json: string): Range[] {
  try {
    return (JSON.parse(json) as [number, number][]).map(([from, to]) => ({ from, to }));
  } catch {
    return [];
  }
}

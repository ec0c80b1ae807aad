/**
 * Per-message exceptions of a segment: messages that are deleted, were claimed before, or live longer because a claim extended
 * their life. Most segments have none. Offsets count from the segment's first message.
 */
import type { Life } from "../../domain/claim.ts";
import { toEpochMs, toSeconds } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";

export const TABLES = ["residue"] as const;

export interface MessageExceptions {
  /** Offsets of deleted messages. */
  readonly deleted: Set<number>;
  /** Claim counts by offset. */
  readonly claimCounts: Map<number, number>;
  /** By offset, the life (ttl and expiry) that replaces the segment's. */
  readonly lives: Map<number, Life>;
}

/** The columns of a row of the table `residue`; all null where a segment has no exceptions. */
export const EXCEPTION_COLUMNS = { gone: nullable(text()), claims: nullable(text()), lives: nullable(text()) };

export const STATEMENTS = {
  write: statement({
    text: `INSERT INTO residue (first, gone, gone_count, claims, lives, expires_at_ms)
             VALUES (:first, :gone, :gone_count, :claims, :lives, :expires_at_ms)
             ON CONFLICT (first) DO UPDATE SET gone = excluded.gone, gone_count = excluded.gone_count,
               claims = excluded.claims, lives = excluded.lives, expires_at_ms = excluded.expires_at_ms`,
    parameters: {
      first: integer(),
      gone: text(),
      gone_count: integer(),
      claims: text(),
      lives: text(),
      expires_at_ms: integer(),
    },
  }),
  remove: statement({ text: "DELETE FROM residue WHERE first = :first", parameters: { first: integer() } }),
};

export function noExceptions(): MessageExceptions {
  return { deleted: new Set(), claimCounts: new Map(), lives: new Map() };
}

/** Whether there is no exception. */
export function isEmpty({ deleted, claimCounts, lives }: MessageExceptions): boolean {
  return deleted.size === 0 && claimCounts.size === 0 && lives.size === 0;
}

/** Parses the columns. Null: no exceptions; `damaged`: the row cannot be read. */
export function toExceptions(row: ValuesOf<typeof EXCEPTION_COLUMNS>): MessageExceptions | "damaged" | null {
  if (row.gone === null || row.claims === null || row.lives === null) return null;
  try {
    return parseExceptions(row.gone, row.claims, row.lives);
  } catch {
    return "damaged";
  }
}

function parseExceptions(gone: string, claims: string, lives: string): MessageExceptions {
  const extended = JSON.parse(lives) as [number, number, number][];
  return {
    deleted: new Set(JSON.parse(gone) as number[]),
    claimCounts: new Map(JSON.parse(claims) as [number, number][]),
    lives: new Map(
      extended.map(([offset, ttl, expiresAt]) => [offset, { ttl: toSeconds(ttl), expiresAt: toEpochMs(expiresAt) }]),
    ),
  };
}

export function writeExceptions(sql: Sql, first: number, exceptions: MessageExceptions): void {
  const lives = [...exceptions.lives].map(([offset, life]) => [offset, life.ttl, life.expiresAt]);
  // The latest end of an extended life, so that a scan for expired segments need not parse the lives.
  const expiresAt = lives.reduce((latest, [, , end]) => Math.max(latest, end ?? 0), 0);
  sql.run(STATEMENTS.write, {
    first,
    gone: JSON.stringify([...exceptions.deleted]),
    gone_count: exceptions.deleted.size,
    claims: JSON.stringify([...exceptions.claimCounts]),
    lives: JSON.stringify(lives),
    expires_at_ms: expiresAt,
  });
}

export function removeExceptions(sql: Sql, first: number): void {
  sql.run(STATEMENTS.remove, { first });
}

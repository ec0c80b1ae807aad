/**
 * What sets single messages of a segment apart from the segment: some deleted, some claimed before, some whose life a
 * claim stretched. Most segments never have any. Offsets count from the segment's first message.
 */
import type { Life } from "../../domain/claim.ts";
import { toEpochMs, toSeconds } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";

export interface MessageExceptions {
  /** Offsets of deleted messages. */
  readonly gone: Set<number>;
  /** Offset → claims so far. */
  readonly claims: Map<number, number>;
  /** Offset → the life that replaces the segment's. */
  readonly lives: Map<number, Life>;
}

/** The columns of a `residue` row; null in all of them where a segment has none. */
export interface ExceptionColumns extends Record<string, SqlStorageValue> {
  gone: string | null;
  claims: string | null;
  lives: string | null;
}

const QUERIES = {
  write: `INSERT INTO residue (first, gone, gone_count, claims, lives, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (first) DO UPDATE SET gone = excluded.gone, gone_count = excluded.gone_count,
            claims = excluded.claims, lives = excluded.lives, expires_at_ms = excluded.expires_at_ms`,
  remove: "DELETE FROM residue WHERE first = ?",
};

export function noExceptions(): MessageExceptions {
  return { gone: new Set(), claims: new Map(), lives: new Map() };
}

/** Whether it sets no message apart. */
export function isEmpty({ gone, claims, lives }: MessageExceptions): boolean {
  return gone.size === 0 && claims.size === 0 && lives.size === 0;
}

/** Null where there is none; `damaged` where there is no telling what it was. */
export function toExceptions(row: ExceptionColumns): MessageExceptions | "damaged" | null {
  if (row.gone === null || row.claims === null || row.lives === null) return null;
  try {
    return parseResidue(row.gone, row.claims, row.lives);
  } catch {
    return "damaged";
  }
}

function parseResidue(gone: string, claims: string, lives: string): MessageExceptions {
  const stretched = JSON.parse(lives) as [number, number, number][];
  return {
    gone: new Set(JSON.parse(gone) as number[]),
    claims: new Map(JSON.parse(claims) as [number, number][]),
    lives: new Map(
      stretched.map(([offset, ttl, expiresAt]) => [offset, { ttl: toSeconds(ttl), expiresAt: toEpochMs(expiresAt) }]),
    ),
  };
}

export function writeExceptions(sql: Sql, first: number, exceptions: MessageExceptions): void {
  const lives = [...exceptions.lives].map(([offset, life]) => [offset, life.ttl, life.expiresAt]);
  // The longest stretched life, so that a scan for what is expired need not decode the rest.
  const expiresAt = lives.reduce((latest, [, , end]) => Math.max(latest, end ?? 0), 0);
  sql.run(
    QUERIES.write,
    first,
    JSON.stringify([...exceptions.gone]),
    exceptions.gone.size,
    JSON.stringify([...exceptions.claims]),
    JSON.stringify(lives),
    expiresAt,
  );
}

export function removeExceptions(sql: Sql, first: number): void {
  sql.run(QUERIES.remove, first);
}

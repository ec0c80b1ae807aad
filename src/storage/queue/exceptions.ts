/**
 * Per-message exceptions of a segment: messages that are deleted, were claimed before, live longer because a claim extended
 * their life, or were released with a delay. Most segments have none. Offsets count from the segment's first message.
 */
import type { Life } from "../../domain/claim.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
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
  /** By offset, the end of the delay with which a claim released the message. It may be in the past. */
  readonly delays: Map<number, EpochMs>;
}

/** The columns of a row of the table `residue`; all null where a segment has no exceptions. */
export const EXCEPTION_COLUMNS = {
  gone: nullable(text()),
  claims: nullable(text()),
  lives: nullable(text()),
  /** Null also where there are none, and in rows of versions without delayed releases. */
  delays: nullable(text()),
};

export const STATEMENTS = {
  write: statement({
    text: `INSERT INTO residue (first, gone, gone_count, claims, lives, expires_at_ms, delays)
             VALUES (:first, :gone, :gone_count, :claims, :lives, :expires_at_ms, :delays)
             ON CONFLICT (first) DO UPDATE SET gone = excluded.gone, gone_count = excluded.gone_count,
               claims = excluded.claims, lives = excluded.lives, expires_at_ms = excluded.expires_at_ms,
               delays = excluded.delays`,
    parameters: {
      first: integer(),
      gone: text(),
      gone_count: integer(),
      claims: text(),
      lives: text(),
      expires_at_ms: integer(),
      delays: nullable(text()),
    },
  }),
  remove: statement({ text: "DELETE FROM residue WHERE first = :first", parameters: { first: integer() } }),
};

export function noExceptions(): MessageExceptions {
  return { deleted: new Set(), claimCounts: new Map(), lives: new Map(), delays: new Map() };
}

/** Whether there is no exception. */
export function isEmpty({ deleted, claimCounts, lives, delays }: MessageExceptions): boolean {
  return deleted.size === 0 && claimCounts.size === 0 && lives.size === 0 && delays.size === 0;
}

/** Parses the columns. Null: no exceptions; `damaged`: the row cannot be read. */
export function toExceptions(row: ValuesOf<typeof EXCEPTION_COLUMNS>): MessageExceptions | "damaged" | null {
  const { gone, claims, lives, delays } = row;
  if (gone === null || claims === null || lives === null) return null;
  try {
    return parseExceptions({ gone, claims, lives, delays });
  } catch {
    return "damaged";
  }
}

interface ExceptionTexts {
  readonly gone: string;
  readonly claims: string;
  readonly lives: string;
  readonly delays: string | null;
}

function parseExceptions(texts: ExceptionTexts): MessageExceptions {
  const extended = JSON.parse(texts.lives) as [number, number, number][];
  return {
    deleted: new Set(JSON.parse(texts.gone) as number[]),
    claimCounts: new Map(JSON.parse(texts.claims) as [number, number][]),
    lives: new Map(
      extended.map(([offset, ttl, expiresAt]) => [offset, { ttl: toSeconds(ttl), expiresAt: toEpochMs(expiresAt) }]),
    ),
    delays: new Map(texts.delays === null ? [] : (JSON.parse(texts.delays) as [number, EpochMs][])),
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
    delays: exceptions.delays.size === 0 ? null : JSON.stringify([...exceptions.delays]),
  });
}

export function removeExceptions(sql: Sql, first: number): void {
  sql.run(STATEMENTS.remove, { first });
}

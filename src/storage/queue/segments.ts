/**
 * The rows of the message log. A segment is a run of successive messages of one post that share ttl and delay: one row
 * written for all of them. Rows are found by sequence number alone; conditions on time are scans, because a scan of a
 * thousand rows costs what one index entry costs.
 */
import type { Life } from "../../domain/claim.ts";
import type { Epoch } from "../../domain/id.ts";
import { toMessageId, toSequence, type ClientId, type MessageId, type MessagePosition } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import { splitBodies, type Bodies } from "../../domain/message.ts";
import { toEpochMs, toSeconds, type EpochMs, type Seconds } from "../../domain/time.ts";
import { checksumOf } from "./checksum.ts";
import {
  isEmpty,
  noExceptions,
  removeExceptions,
  toExceptions,
  writeExceptions,
  type MessageExceptions,
  type ExceptionColumns,
} from "./exceptions.ts";
import type { Sql } from "../sql.ts";

/** A segment without its bodies. */
export interface Segment {
  readonly first: number;
  readonly count: number;
  /** Bytes of its bodies in UTF-8, deleted messages included: reading one body reads all. */
  readonly size: number;
  readonly ttl: Seconds;
  readonly postedAt: EpochMs;
  readonly visibleAt: EpochMs;
  readonly expiresAt: EpochMs;
  readonly client: ClientId;
  /** The position of its first message in the log it was posted to, if that is another one: a dead letter keeps its id. */
  readonly origin: MessagePosition | null;
  /** Null while no message has an exception. */
  readonly exceptions: MessageExceptions | null;
  /** Its exceptions are damaged, so its deleted messages are not known. It is not handed out, and is removed as a whole. */
  readonly isDamaged: boolean;
}

export type NewSegment = Omit<Segment, "size" | "exceptions" | "isDamaged"> & {
  readonly bodies: Bodies;
  /** How often its messages have moved to a dead-letter queue. */
  readonly moves: number;
};

/** One message of a segment. */
export interface Entry {
  readonly segment: Segment;
  readonly offset: number;
}

/** More messages in one row would make every claim read more than it hands out. */
export const SEGMENT_COUNT_MAX = 128;
/** UTF-16 units; at most three bytes each in UTF-8, so that a row stays below the platform's 2 MB. */
export const SEGMENT_LENGTH_MAX = 524_288;

interface SegmentRow extends ExceptionColumns {
  first: number;
  count: number;
  size: number;
  ttl_s: number;
  posted_at_ms: number;
  visible_at_ms: number;
  expires_at_ms: number;
  client: string;
  origin_epoch: string | null;
  origin_first: number | null;
}

interface BodiesRow extends Record<string, SqlStorageValue> {
  first: number;
  count: number;
  bodies: string;
  /** NULL: written before there were any. */
  checksum: number | null;
}

// The length of a text is read without the text.
const COLUMNS = `s.first, s.count, octet_length(s.bodies) AS size, s.ttl_s, s.posted_at_ms, s.visible_at_ms,
  s.expires_at_ms, s.client, s.origin_epoch, s.origin_first, r.gone, r.claims, r.lives
  FROM segment s LEFT JOIN residue r ON r.first = s.first`;
/** The row that holds sequence ?1, or else the next row after it. */
const FROM = "s.first >= coalesce((SELECT first FROM segment WHERE first <= ?1 ORDER BY first DESC LIMIT 1), 0)";
const REACHES = "s.first + s.count > ?1";
const ALIVE = "max(s.expires_at_ms, coalesce(r.expires_at_ms, 0))";

/**
 * The row limits of reads. SQLite prepares a statement anew whenever a bound LIMIT changes, which costs ten times as much as
 * running it (measured: 40 against 5 µs). So limits are constants, and a read uses the next larger one.
 */
const LOOKS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] as const;
/** The most rows that one read returns. */
export const LOOK_MAX = 512;

type Looks = readonly { readonly rows: number; readonly query: string }[];

function inLooks(query: string): Looks {
  return LOOKS.map((rows) => ({ rows, query: `${query} LIMIT ${rows}` }));
}

const QUERIES = {
  insert: `INSERT INTO segment (first, count, ttl_s, posted_at_ms, visible_at_ms, expires_at_ms, client, origin_epoch,
             origin_first, bodies, checksum, moves) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  at: `SELECT ${COLUMNS} WHERE s.first = (SELECT first FROM segment WHERE first <= ?1 ORDER BY first DESC LIMIT 1)
         AND ${REACHES}`,
  from: inLooks(`SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} ORDER BY s.first`),
  alive: inLooks(`SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} AND ${ALIVE} > ?2 ORDER BY s.first`),
  // An empty ?3 excludes no client; ?4 is the latest visible_at that is shown.
  listed: inLooks(`SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} AND ${ALIVE} > ?2 AND s.client <> ?3
                     AND s.visible_at_ms <= ?4 ORDER BY s.first`),
  newest: inLooks(
    `SELECT ${COLUMNS} WHERE s.first < ?1 AND ${ALIVE} > ?2 AND s.visible_at_ms <= ?2 ORDER BY s.first DESC`,
  ),
  // No segment is longer, so older ones need not be looked at.
  byOrigin: `SELECT ${COLUMNS} WHERE s.origin_epoch = ?1 AND s.origin_first <= ?2
               AND s.origin_first > ?2 - ${SEGMENT_COUNT_MAX} AND s.origin_first + s.count > ?2
             ORDER BY s.origin_first DESC LIMIT 1`,
  bodies: "SELECT first, count, bodies, checksum FROM segment WHERE first BETWEEN ? AND ?",
  moves: "SELECT moves FROM segment WHERE first = ?",
  remove: "DELETE FROM segment WHERE first = ?",
  // One whose messages are all deleted was only kept.
  expired: inLooks(
    `SELECT ${COLUMNS} WHERE (${ALIVE} <= ?1 OR r.gone_count = s.count) AND s.first + s.count - 1 <= ?2`,
  ),
  earliestExpiry: `SELECT min(${ALIVE}) AS at FROM segment s LEFT JOIN residue r ON r.first = s.first`,
  // A dead letter was posted long before; it became visible when it came here.
  lastPost: `SELECT CASE WHEN origin_epoch IS NULL THEN posted_at_ms ELSE visible_at_ms END AS at
               FROM segment ORDER BY first DESC LIMIT 1`,
  lastStored: "SELECT first + count - 1 AS last FROM segment ORDER BY first DESC LIMIT 1",
  countAlive: `SELECT coalesce(sum(s.count - coalesce(r.gone_count, 0)), 0) AS count, min(s.expires_at_ms) AS at
                 FROM segment s LEFT JOIN residue r ON r.first = s.first WHERE s.expires_at_ms > ?1`,
  countBetween: `SELECT coalesce(sum(s.count - coalesce(r.gone_count, 0)), 0) AS count
                   FROM segment s LEFT JOIN residue r ON r.first = s.first
                   WHERE s.first BETWEEN ?1 AND ?2 AND ${ALIVE} > ?3`,
  // Expired segments in which a claim has extended some lives.
  stretched: `SELECT ${COLUMNS} WHERE s.expires_at_ms <= ?1 AND r.expires_at_ms > ?1`,
};

export class Segments {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  insert(segment: NewSegment): void {
    const { origin } = segment;
    this.sql.run(
      QUERIES.insert,
      segment.first,
      segment.count,
      segment.ttl,
      segment.postedAt,
      segment.visibleAt,
      segment.expiresAt,
      segment.client,
      origin?.epoch ?? null,
      origin?.sequence ?? null,
      segment.bodies,
      checksumOf(segment.bodies),
      segment.moves === 0 ? null : segment.moves,
    );
  }

  /** The segment that holds the sequence number, or null. */
  at(sequence: number): Segment | null {
    const row = this.sql.one<SegmentRow>(QUERIES.at, sequence);
    return row === null ? null : toSegment(row);
  }

  /**
   * Segments in log order that end at or after `sequence`, expired ones too. This and the following methods return at least as
   * many as asked for, if there are as many.
   */
  from(sequence: number, count: number): Segment[] {
    return this.look(QUERIES.from, count, sequence);
  }

  /** The same, but only segments that may hold live messages. */
  aliveFrom(sequence: number, count: number, now: EpochMs): Segment[] {
    return this.look(QUERIES.alive, count, sequence, now);
  }

  /** The same, without one client's own (if given) and without those visible only after `visibleBy`. */
  listedFrom(
    sequence: number,
    count: number,
    filter: { readonly now: EpochMs; readonly without: ClientId | null; readonly visibleBy: number },
  ): Segment[] {
    return this.look(QUERIES.listed, count, sequence, filter.now, filter.without ?? "", filter.visibleBy);
  }

  /** Visible segments before `sequence`, newest first. */
  newestBefore(sequence: number, count: number, now: EpochMs): Segment[] {
    return this.look(QUERIES.newest, count, sequence, now);
  }

  /** The message that was posted at `position` of another log, or null. */
  byOrigin(position: MessagePosition): Entry | null {
    const row = this.sql.one<SegmentRow>(QUERIES.byOrigin, position.epoch, position.sequence);
    if (row === null) return null;
    const segment = toSegment(row);
    return { segment, offset: position.sequence - (segment.origin?.sequence ?? 0) };
  }

  /** The bodies of the segments whose first number lies in the range, by first number; null: the row is damaged. */
  bodies(from: number, to: number): Map<number, readonly JsonText[] | null> {
    return new Map(this.sql.all<BodiesRow>(QUERIES.bodies, from, to).map((row) => [row.first, toBodies(row)]));
  }

  /** How often the segment's messages have moved on as dead letters. */
  movesOf(segment: Segment): number {
    return this.sql.one<{ moves: number | null }>(QUERIES.moves, segment.first)?.moves ?? 0;
  }

  remove(segment: Segment): void {
    this.sql.run(QUERIES.remove, segment.first);
    if (segment.exceptions !== null || segment.isDamaged) removeExceptions(this.sql, segment.first);
  }

  /** Replaces the exceptions of the segment. */
  mark(segment: Segment, change: (exceptions: MessageExceptions) => void): void {
    if (segment.isDamaged) return;
    const exceptions = segment.exceptions ?? noExceptions();
    change(exceptions);
    if (!isEmpty(exceptions)) writeExceptions(this.sql, segment.first, exceptions);
    else if (segment.exceptions !== null) removeExceptions(this.sql, segment.first);
  }

  /** Segments without live messages that do not reach beyond `kept`. */
  expired(now: EpochMs, count: number, kept: number): Segment[] {
    return this.look(QUERIES.expired, count, now, Math.min(kept, Number.MAX_SAFE_INTEGER));
  }

  /** When the next segment ends, or null for an empty log. Reads every row. */
  earliestExpiry(): EpochMs | null {
    const at = this.sql.one<{ at: number | null }>(QUERIES.earliestExpiry)?.at ?? null;
    return at === null ? null : toEpochMs(at);
  }

  /** When the newest stored message came into the log, or null. */
  lastPost(): EpochMs | null {
    const at = this.sql.one<{ at: number }>(QUERIES.lastPost)?.at ?? null;
    return at === null ? null : toEpochMs(at);
  }

  /** The number of the newest stored message, deleted or not; 0 for an empty log. */
  lastStored(): number {
    return this.sql.one<{ last: number }>(QUERIES.lastStored)?.last ?? 0;
  }

  /** The number of live messages, and until when it holds if nothing is changed. Reads every row. */
  countAlive(now: EpochMs): { readonly count: number; readonly until: EpochMs } {
    const whole = this.sql.one<{ count: number; at: number | null }>(QUERIES.countAlive, now);
    let count = whole?.count ?? 0;
    let until = whole?.at ?? Number.MAX_SAFE_INTEGER;
    for (const segment of this.sql.all<SegmentRow>(QUERIES.stretched, now).map(toSegment)) {
      for (let offset = 0; offset < segment.count; offset++) {
        if (!isAlive({ segment, offset }, now)) continue;
        count++;
        until = Math.min(until, lifeOf({ segment, offset }).expiresAt);
      }
    }
    return { count, until: toEpochMs(until) };
  }

  /**
   * The number of undeleted messages with numbers in a range. An expired one counts while its segment holds live ones. The range
   * begins anywhere and ends with a segment. Reads every row of it.
   */
  countBetween(from: number, to: number, now: EpochMs): number {
    const whole = this.sql.one<{ count: number }>(QUERIES.countBetween, from, to, now)?.count ?? 0;
    const cut = this.at(from);
    if (cut === null || cut.first === from) return whole;
    return whole + entriesOf(cut, from).filter((entry) => isAlive(entry, now)).length;
  }

  private look(looks: Looks, count: number, ...bindings: SqlStorageValue[]): Segment[] {
    const { query } = looks.find(({ rows }) => rows >= count) ?? looks.at(-1) ?? { query: "" };
    return this.sql.all<SegmentRow>(query, ...bindings).map(toSegment);
  }
}

/** The messages of a segment from a sequence number on, deleted ones too. */
export function entriesOf(segment: Segment, from: number): Entry[] {
  const entries: Entry[] = [];
  for (let offset = Math.max(0, from - segment.first); offset < segment.count; offset++)
    entries.push({ segment, offset });
  return entries;
}

export function sequenceOf(entry: Entry): number {
  return entry.segment.first + entry.offset;
}

export function lifeOf({ segment, offset }: Entry): Life {
  return segment.exceptions?.lives.get(offset) ?? segment;
}

export function isGone({ segment, offset }: Entry): boolean {
  return segment.exceptions?.gone.has(offset) ?? false;
}

export function isAlive(entry: Entry, now: EpochMs): boolean {
  return !isGone(entry) && lifeOf(entry).expiresAt > now;
}

export function claimsOf({ segment, offset }: Entry): number {
  return segment.exceptions?.claims.get(offset) ?? 0;
}

/** The id of a message: the one under which it was first posted. */
export function idOf({ segment, offset }: Entry, epoch: Epoch): MessageId {
  const { origin } = segment;
  if (origin === null) return toMessageId(epoch, segment.first + offset);
  return toMessageId(origin.epoch, origin.sequence + offset);
}

function toBodies({ count, bodies, checksum }: BodiesRow): readonly JsonText[] | null {
  if (checksum !== null && checksum !== checksumOf(bodies as Bodies)) return null;
  const split = splitBodies(bodies as Bodies);
  return split.length === count ? split : null;
}

function toSegment(row: SegmentRow): Segment {
  const { origin_epoch: epoch, origin_first: first } = row;
  const exceptions = toExceptions(row);
  return {
    first: row.first,
    count: row.count,
    size: row.size,
    ttl: toSeconds(row.ttl_s),
    postedAt: toEpochMs(row.posted_at_ms),
    visibleAt: toEpochMs(row.visible_at_ms),
    expiresAt: toEpochMs(row.expires_at_ms),
    client: row.client as ClientId,
    origin: epoch === null || first === null ? null : { epoch: epoch as Epoch, sequence: toSequence(first) },
    exceptions: exceptions === "damaged" ? null : exceptions,
    isDamaged: exceptions === "damaged",
  };
}

/**
 * The rows of the message log. A segment is a run of successive messages of one post that share ttl and delay: one row
 * written for all of them. Rows are found by sequence number alone; conditions on time are scans, because a scan of a
 * thousand rows costs what one index entry costs.
 */
import type { ClientId, Epoch, MessagePosition, Sequence } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import { splitBodies, type Bodies } from "../../domain/message.ts";
import { toEpochMs, type EpochMs, type Seconds } from "../../domain/time.ts";
import { checksumOf } from "./checksum.ts";
import {
  EXCEPTION_COLUMNS,
  isEmpty,
  noExceptions,
  removeExceptions,
  toExceptions,
  writeExceptions,
  type MessageExceptions,
} from "./exceptions.ts";
import { entriesOf, isAlive, lifeOf, SEGMENT_COUNT_MAX, type Entry, type NewSegment, type Segment } from "./segment.ts";
import type { Sql } from "../sql.ts";
import {
  integer,
  nullable,
  statement,
  text,
  type Arguments,
  type SqlTypes,
  type Statement,
  type ValuesOf,
} from "../statement.ts";

export const TABLES = ["segment"] as const;

const OWN_COLUMNS = {
  first: integer(),
  count: integer(),
  ttl_s: integer<Seconds>(),
  posted_at_ms: integer<EpochMs>(),
  visible_at_ms: integer<EpochMs>(),
  expires_at_ms: integer<EpochMs>(),
  client: text<ClientId>(),
  origin_epoch: nullable(text<Epoch>()),
  origin_first: nullable(integer<Sequence>()),
};
const SEGMENT_ROW = { ...OWN_COLUMNS, size: integer(), ...EXCEPTION_COLUMNS };
type SegmentRow = ValuesOf<typeof SEGMENT_ROW>;
const BODIES_ROW = {
  first: integer(),
  count: integer(),
  bodies: text<Bodies>(),
  /** NULL: written before there were any. */
  checksum: nullable(integer()),
};

// The length of a text is read without the text.
const COLUMNS = `s.first, s.count, octet_length(s.bodies) AS size, s.ttl_s, s.posted_at_ms, s.visible_at_ms,
  s.expires_at_ms, s.client, s.origin_epoch, s.origin_first, r.gone, r.claims, r.lives
  FROM segment s LEFT JOIN residue r ON r.first = s.first`;
/** The row that holds the message `:sequence`, or else the next row after it. */
const FROM = "s.first >= coalesce((SELECT first FROM segment WHERE first <= :sequence ORDER BY first DESC LIMIT 1), 0)";
const REACHES = "s.first + s.count > :sequence";
const ALIVE = "max(s.expires_at_ms, coalesce(r.expires_at_ms, 0))";

/**
 * The row limits of reads. SQLite prepares a statement anew whenever a bound LIMIT changes, which costs ten times as much as
 * running it (measured: 40 against 5 µs). So limits are constants, and a read uses the next larger one.
 */
const LOOKS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] as const;
/** The most rows that one read returns. */
export const LOOK_MAX = 512;

/** One statement for each row limit. */
type Looks<Parameters> = readonly Statement<SegmentRow, Parameters>[];

function inLooks<Parameters>(parts: {
  readonly text: string;
  readonly parameters: SqlTypes<Parameters>;
}): Looks<Parameters> {
  return LOOKS.map((rows) => statement({ ...parts, text: `${parts.text} LIMIT ${rows}`, row: SEGMENT_ROW }));
}

const SEQUENCE = { sequence: integer() };
const NOW = { now: integer<EpochMs>() };

export const STATEMENTS = {
  insert: statement({
    text: `INSERT INTO segment (first, count, ttl_s, posted_at_ms, visible_at_ms, expires_at_ms, client, origin_epoch,
             origin_first, bodies, checksum, moves)
             VALUES (:first, :count, :ttl_s, :posted_at_ms, :visible_at_ms, :expires_at_ms, :client, :origin_epoch,
               :origin_first, :bodies, :checksum, :moves)`,
    parameters: { ...OWN_COLUMNS, bodies: text<Bodies>(), checksum: integer(), moves: nullable(integer()) },
  }),
  at: statement({
    text: `SELECT ${COLUMNS} WHERE s.first = (SELECT first FROM segment WHERE first <= :sequence ORDER BY first DESC LIMIT 1)
             AND ${REACHES}`,
    parameters: SEQUENCE,
    row: SEGMENT_ROW,
  }),
  from: inLooks({
    text: `SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} ORDER BY s.first`,
    parameters: SEQUENCE,
  }),
  alive: inLooks({
    text: `SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} AND ${ALIVE} > :now ORDER BY s.first`,
    parameters: { ...SEQUENCE, ...NOW },
  }),
  // An empty `without` excludes no client.
  listed: inLooks({
    text: `SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} AND ${ALIVE} > :now AND s.client <> :without
             AND s.visible_at_ms <= :visibleBy ORDER BY s.first`,
    parameters: { ...SEQUENCE, ...NOW, without: text<ClientId | "">(), visibleBy: integer() },
  }),
  newest: inLooks({
    text: `SELECT ${COLUMNS} WHERE s.first < :sequence AND ${ALIVE} > :now AND s.visible_at_ms <= :now ORDER BY s.first DESC`,
    parameters: { ...SEQUENCE, ...NOW },
  }),
  // No segment is longer, so older ones need not be looked at.
  byOrigin: statement({
    text: `SELECT ${COLUMNS} WHERE s.origin_epoch = :epoch AND s.origin_first <= :sequence
             AND s.origin_first > :sequence - ${SEGMENT_COUNT_MAX} AND s.origin_first + s.count > :sequence
             ORDER BY s.origin_first DESC LIMIT 1`,
    parameters: { epoch: text<Epoch>(), ...SEQUENCE },
    row: SEGMENT_ROW,
  }),
  bodies: statement({
    text: "SELECT first, count, bodies, checksum FROM segment WHERE first BETWEEN :from AND :to",
    parameters: { from: integer(), to: integer() },
    row: BODIES_ROW,
  }),
  moves: statement({
    text: "SELECT moves FROM segment WHERE first = :first",
    parameters: { first: integer() },
    row: { moves: nullable(integer()) },
  }),
  remove: statement({ text: "DELETE FROM segment WHERE first = :first", parameters: { first: integer() } }),
  // One whose messages are all deleted was only kept.
  expired: inLooks({
    text: `SELECT ${COLUMNS} WHERE (${ALIVE} <= :now OR r.gone_count = s.count) AND s.first + s.count - 1 <= :kept`,
    parameters: { ...NOW, kept: integer() },
  }),
  earliestExpiry: statement({
    text: `SELECT min(${ALIVE}) AS at FROM segment s LEFT JOIN residue r ON r.first = s.first`,
    row: { at: nullable(integer<EpochMs>()) },
  }),
  // A dead letter was posted long before; it became visible when it came here.
  lastPost: statement({
    text: `SELECT CASE WHEN origin_epoch IS NULL THEN posted_at_ms ELSE visible_at_ms END AS at
             FROM segment ORDER BY first DESC LIMIT 1`,
    row: { at: integer<EpochMs>() },
  }),
  lastStored: statement({
    text: "SELECT first + count - 1 AS last FROM segment ORDER BY first DESC LIMIT 1",
    row: { last: integer() },
  }),
  countAlive: statement({
    text: `SELECT coalesce(sum(s.count - coalesce(r.gone_count, 0)), 0) AS count, min(s.expires_at_ms) AS at
             FROM segment s LEFT JOIN residue r ON r.first = s.first WHERE s.expires_at_ms > :now`,
    parameters: NOW,
    row: { count: integer(), at: nullable(integer<EpochMs>()) },
  }),
  countBetween: statement({
    text: `SELECT coalesce(sum(s.count - coalesce(r.gone_count, 0)), 0) AS count
             FROM segment s LEFT JOIN residue r ON r.first = s.first
             WHERE s.first BETWEEN :from AND :to AND ${ALIVE} > :now`,
    parameters: { from: integer(), to: integer(), ...NOW },
    row: { count: integer() },
  }),
  // Expired segments in which a claim has extended some lives.
  stretched: statement({
    text: `SELECT ${COLUMNS} WHERE s.expires_at_ms <= :now AND r.expires_at_ms > :now`,
    parameters: NOW,
    row: SEGMENT_ROW,
  }),
};

export class Segments {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  insert(segment: NewSegment): void {
    const { origin } = segment;
    this.sql.run(STATEMENTS.insert, {
      first: segment.first,
      count: segment.count,
      ttl_s: segment.ttl,
      posted_at_ms: segment.postedAt,
      visible_at_ms: segment.visibleAt,
      expires_at_ms: segment.expiresAt,
      client: segment.client,
      origin_epoch: origin?.epoch ?? null,
      origin_first: origin?.sequence ?? null,
      bodies: segment.bodies,
      checksum: checksumOf(segment.bodies),
      moves: segment.moves === 0 ? null : segment.moves,
    });
  }

  /** The segment that holds the sequence number, or null. */
  at(sequence: number): Segment | null {
    const row = this.sql.one(STATEMENTS.at, { sequence });
    return row === null ? null : toSegment(row);
  }

  /**
   * Segments in log order that end at or after `sequence`, expired ones too. This and the following methods return at least as
   * many as asked for, if there are as many.
   */
  from(sequence: number, count: number): Segment[] {
    return this.look(STATEMENTS.from, count, { sequence });
  }

  /** The same, but only segments that may hold live messages. */
  aliveFrom(sequence: number, count: number, now: EpochMs): Segment[] {
    return this.look(STATEMENTS.alive, count, { sequence, now });
  }

  /** The same, without one client's own (if given) and without those visible only after `visibleBy`. */
  listedFrom(
    sequence: number,
    count: number,
    filter: { readonly now: EpochMs; readonly without: ClientId | null; readonly visibleBy: number },
  ): Segment[] {
    const { now, without, visibleBy } = filter;
    return this.look(STATEMENTS.listed, count, { sequence, now, without: without ?? "", visibleBy });
  }

  /** Visible segments before `sequence`, newest first. */
  newestBefore(sequence: number, count: number, now: EpochMs): Segment[] {
    return this.look(STATEMENTS.newest, count, { sequence, now });
  }

  /** The message that was posted at `position` of another log, or null. */
  byOrigin(position: MessagePosition): Entry | null {
    const row = this.sql.one(STATEMENTS.byOrigin, position);
    if (row === null) return null;
    const segment = toSegment(row);
    return { segment, offset: position.sequence - (segment.origin?.sequence ?? 0) };
  }

  /** The bodies of the segments whose first number lies in the range, by first number; null: the row is damaged. */
  bodies(from: number, to: number): Map<number, readonly JsonText[] | null> {
    return new Map(this.sql.all(STATEMENTS.bodies, { from, to }).map((row) => [row.first, toBodies(row)]));
  }

  /** How often the segment's messages have moved on as dead letters. */
  movesOf(segment: Segment): number {
    return this.sql.one(STATEMENTS.moves, { first: segment.first })?.moves ?? 0;
  }

  remove(segment: Segment): void {
    this.sql.run(STATEMENTS.remove, { first: segment.first });
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
    return this.look(STATEMENTS.expired, count, { now, kept: Math.min(kept, Number.MAX_SAFE_INTEGER) });
  }

  /** When the next segment ends, or null for an empty log. Reads every row. */
  earliestExpiry(): EpochMs | null {
    return this.sql.one(STATEMENTS.earliestExpiry)?.at ?? null;
  }

  /** When the newest stored message came into the log, or null. */
  lastPost(): EpochMs | null {
    return this.sql.one(STATEMENTS.lastPost)?.at ?? null;
  }

  /** The number of the newest stored message, deleted or not; 0 for an empty log. */
  lastStored(): number {
    return this.sql.one(STATEMENTS.lastStored)?.last ?? 0;
  }

  /** The number of live messages, and until when it holds if nothing is changed. Reads every row. */
  countAlive(now: EpochMs): { readonly count: number; readonly until: EpochMs } {
    const whole = this.sql.one(STATEMENTS.countAlive, { now });
    let count = whole?.count ?? 0;
    let until: number = whole?.at ?? Number.MAX_SAFE_INTEGER;
    for (const segment of this.sql.all(STATEMENTS.stretched, { now }).map(toSegment)) {
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
    const whole = this.sql.one(STATEMENTS.countBetween, { from, to, now })?.count ?? 0;
    const cut = this.at(from);
    if (cut === null || cut.first === from) return whole;
    return whole + entriesOf(cut, from).filter((entry) => isAlive(entry, now)).length;
  }

  private look<Parameters>(
    looks: Looks<Parameters>,
    count: number,
    ...parameters: Arguments<NoInfer<Parameters>>
  ): Segment[] {
    const found = looks[LOOKS.findIndex((rows) => rows >= count)] ?? looks.at(-1);
    return found === undefined ? [] : this.sql.all(found, ...parameters).map(toSegment);
  }
}

function toBodies({ count, bodies, checksum }: ValuesOf<typeof BODIES_ROW>): readonly JsonText[] | null {
  if (checksum !== null && checksum !== checksumOf(bodies)) return null;
  const split = splitBodies(bodies);
  return split.length === count ? split : null;
}

function toSegment(row: SegmentRow): Segment {
  const { origin_epoch: epoch, origin_first: first } = row;
  const exceptions = toExceptions(row);
  return {
    first: row.first,
    count: row.count,
    size: row.size,
    ttl: row.ttl_s,
    postedAt: row.posted_at_ms,
    visibleAt: row.visible_at_ms,
    expiresAt: row.expires_at_ms,
    client: row.client,
    origin: epoch === null || first === null ? null : { epoch, sequence: first },
    exceptions: exceptions === "damaged" ? null : exceptions,
    isDamaged: exceptions === "damaged",
  };
}

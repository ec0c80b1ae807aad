/**
 * The rows of the message log. They are indexed only by sequence number. Conditions on time scan the rows, because reading a
 * thousand rows costs as much as writing one entry of an index.
 */
import { crc32 } from "node:zlib";
import type { ClientId, Epoch, QueueName, Sequence } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import { splitBodies, type Bodies } from "../../domain/message.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
import type { Traceparent } from "../../domain/traceparent.ts";
import { integer, nullable, statement, text, type SqlTypes, type Statement, type ValuesOf } from "../statement.ts";
import { EXCEPTION_COLUMNS, toExceptions } from "./exceptions.ts";
import { SEGMENT_COUNT_MAX, type NewSegment, type Segment, type StoredContent } from "./segment.ts";

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
/** NULL: no dead letters, or dead letters of a version that did not store this. */
const DEAD_LETTER_ROW = { dead_from: nullable(text<QueueName>()), dead_at_ms: nullable(integer<EpochMs>()) };
const NEW_SEGMENT_ROW = {
  ...OWN_COLUMNS,
  bodies: text<Bodies>(),
  crc: integer(),
  moves: nullable(integer()),
  ...DEAD_LETTER_ROW,
  traceparent: nullable(text<Traceparent>()),
};
/** What `LogHead` keeps of a row. */
const HEAD_ROW = { first: integer(), posted_at_ms: integer<EpochMs>(), expires_at_ms: integer<EpochMs>() };
export type HeadRow = ValuesOf<typeof HEAD_ROW>;
/** The rows that `headAfter` reads at once. */
export const HEAD_ROWS_MAX = 256;
const CONTENT_COLUMNS = {
  bodies: text<Bodies>(),
  crc: nullable(integer()),
  traceparent: nullable(text<Traceparent>()),
} satisfies SqlTypes<StoredContent>;
const CONTENT_ROW = { first: integer(), count: integer(), ...CONTENT_COLUMNS };

// SQLite finds the length of a text without reading the text.
const OWN = `s.first, s.count, octet_length(s.bodies) AS size, s.ttl_s, s.posted_at_ms, s.visible_at_ms,
  s.expires_at_ms, s.client, s.origin_epoch, s.origin_first, r.gone, r.claims, r.lives, r.delays`;
const JOINED = "FROM segment s LEFT JOIN residue r ON r.first = s.first";
const COLUMNS = `${OWN} ${JOINED}`;
/** The row with the message `:sequence`, and all rows after it. */
const FROM = "s.first >= coalesce((SELECT first FROM segment WHERE first <= :sequence ORDER BY first DESC LIMIT 1), 0)";
const REACHES = "s.first + s.count > :sequence";
const ALIVE = "max(s.expires_at_ms, coalesce(r.expires_at_ms, 0))";

/**
 * The row limits of reads. SQLite prepares a statement again whenever a bound LIMIT changes, which costs ten times as much as
 * running it (measured: 40 against 5 µs). So limits are constants in the text, and a read uses the next larger one.
 */
export const ROW_LIMITS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] as const;
/** The most rows that one read returns. */
export const READ_ROWS_MAX = 512;

/** A read of segments: one statement for each row limit. */
export type LimitedRead<Parameters> = readonly Statement<SegmentRow, Parameters>[];

function limitedRead<Parameters>(parts: {
  readonly text: string;
  readonly parameters: SqlTypes<Parameters>;
}): LimitedRead<Parameters> {
  return ROW_LIMITS.map((rows) => statement({ ...parts, text: `${parts.text} LIMIT ${rows}`, row: SEGMENT_ROW }));
}

const SEQUENCE = { sequence: integer() };
const NOW = { now: integer<EpochMs>() };

export const STATEMENTS = {
  insert: statement({
    text: `INSERT INTO segment (first, count, ttl_s, posted_at_ms, visible_at_ms, expires_at_ms, client, origin_epoch,
             origin_first, bodies, crc, moves, dead_from, dead_at_ms, traceparent)
             VALUES (:first, :count, :ttl_s, :posted_at_ms, :visible_at_ms, :expires_at_ms, :client, :origin_epoch,
               :origin_first, :bodies, :crc, :moves, :dead_from, :dead_at_ms, :traceparent)`,
    parameters: NEW_SEGMENT_ROW,
  }),
  at: statement({
    text: `SELECT ${COLUMNS} WHERE s.first = (SELECT first FROM segment WHERE first <= :sequence ORDER BY first DESC LIMIT 1)
             AND ${REACHES}`,
    parameters: SEQUENCE,
    row: SEGMENT_ROW,
  }),
  from: limitedRead({
    text: `SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} ORDER BY s.first`,
    parameters: SEQUENCE,
  }),
  alive: limitedRead({
    text: `SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} AND ${ALIVE} > :now ORDER BY s.first`,
    parameters: { ...SEQUENCE, ...NOW },
  }),
  // The first of `alive`, with its content.
  firstAlive: statement({
    text: `SELECT ${OWN}, s.bodies, s.crc, s.traceparent ${JOINED}
             WHERE ${FROM} AND ${REACHES} AND ${ALIVE} > :now ORDER BY s.first LIMIT 1`,
    parameters: { ...SEQUENCE, ...NOW },
    row: { ...SEGMENT_ROW, ...CONTENT_COLUMNS },
  }),
  // An empty `without` excludes no client.
  listed: limitedRead({
    text: `SELECT ${COLUMNS} WHERE ${FROM} AND ${REACHES} AND ${ALIVE} > :now AND s.client <> :without
             AND s.visible_at_ms <= :visibleBy ORDER BY s.first`,
    parameters: { ...SEQUENCE, ...NOW, without: text<ClientId | "">(), visibleBy: integer() },
  }),
  newest: limitedRead({
    text: `SELECT ${COLUMNS} WHERE s.first < :sequence AND ${ALIVE} > :now AND s.visible_at_ms <= :now ORDER BY s.first DESC`,
    parameters: { ...SEQUENCE, ...NOW },
  }),
  // A segment has at most SEGMENT_COUNT_MAX messages, so those that begin earlier cannot contain the position.
  byOrigin: statement({
    text: `SELECT ${COLUMNS} WHERE s.origin_epoch = :epoch AND s.origin_first <= :sequence
             AND s.origin_first > :sequence - ${SEGMENT_COUNT_MAX} AND s.origin_first + s.count > :sequence
             ORDER BY s.origin_first DESC LIMIT 1`,
    parameters: { epoch: text<Epoch>(), ...SEQUENCE },
    row: SEGMENT_ROW,
  }),
  content: statement({
    text: "SELECT first, count, bodies, crc, traceparent FROM segment WHERE first BETWEEN :from AND :to",
    parameters: { from: integer(), to: integer() },
    row: CONTENT_ROW,
  }),
  moves: statement({
    text: "SELECT moves FROM segment WHERE first = :first",
    parameters: { first: integer() },
    row: { moves: nullable(integer()) },
  }),
  deadLetter: statement({
    text: "SELECT dead_from, dead_at_ms FROM segment WHERE first = :first",
    parameters: { first: integer() },
    row: DEAD_LETTER_ROW,
  }),
  remove: statement({ text: "DELETE FROM segment WHERE first = :first", parameters: { first: integer() } }),
  // A segment whose messages are all deleted was kept for the outbox.
  expired: limitedRead({
    text: `SELECT ${COLUMNS} WHERE (${ALIVE} <= :now OR r.gone_count = s.count) AND s.first + s.count - 1 <= :cursor`,
    parameters: { ...NOW, cursor: integer() },
  }),
  earliestExpiry: statement({
    text: `SELECT min(${ALIVE}) AS at FROM segment s LEFT JOIN residue r ON r.first = s.first`,
    row: { at: nullable(integer<EpochMs>()) },
  }),
  // A dead letter was posted to another log before; it became visible when it came to this one.
  newestPost: statement({
    text: `SELECT CASE WHEN origin_epoch IS NULL THEN posted_at_ms ELSE visible_at_ms END AS at, first + count - 1 AS last
             FROM segment ORDER BY first DESC LIMIT 1`,
    row: { at: integer<EpochMs>(), last: integer() },
  }),
  headAfter: statement({
    text: `SELECT s.first, s.posted_at_ms, s.expires_at_ms FROM segment s LEFT JOIN residue r ON r.first = s.first
             WHERE s.first > :first AND coalesce(r.gone_count, 0) < s.count ORDER BY s.first LIMIT ${HEAD_ROWS_MAX}`,
    parameters: { first: integer() },
    row: HEAD_ROW,
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
  extended: statement({
    text: `SELECT ${COLUMNS} WHERE s.expires_at_ms <= :now AND r.expires_at_ms > :now`,
    parameters: NOW,
    row: SEGMENT_ROW,
  }),
};

export function toSegmentRow(segment: NewSegment): ValuesOf<typeof NEW_SEGMENT_ROW> {
  const { origin, bodies, moves, deadLetter, traceparent } = segment;
  return {
    first: segment.first,
    count: segment.count,
    ttl_s: segment.ttl,
    posted_at_ms: segment.postedAt,
    visible_at_ms: segment.visibleAt,
    expires_at_ms: segment.expiresAt,
    client: segment.client,
    origin_epoch: origin?.epoch ?? null,
    origin_first: origin?.sequence ?? null,
    bodies,
    crc: crc32(bodies),
    moves: moves === 0 ? null : moves,
    dead_from: deadLetter?.queue ?? null,
    dead_at_ms: deadLetter?.at ?? null,
    traceparent,
  };
}

/** What a row has that is read with the bodies only. */
export interface Content {
  readonly bodies: readonly JsonText[];
  readonly traceparent: Traceparent | null;
}

/** The content of a row with so many messages, or null: the row is damaged. */
export function toContent(count: number, { bodies, crc, traceparent }: StoredContent): Content | null {
  if (crc !== null && crc !== crc32(bodies)) return null;
  const split = splitBodies(bodies);
  return split.length === count ? { bodies: split, traceparent } : null;
}

export function toSegment(row: SegmentRow): Segment {
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

/**
 * The rows of the outbox: the cursor that all subscriptions share that do not lag, and the messages after a cursor. A cursor is a
 * sequence number: all messages up to it were handed over.
 */
import type { MessageNotification } from "../../domain/delivery.ts";
import { decodeHops } from "../../domain/hops.ts";
import type { Epoch } from "../../domain/id.ts";
import { toSeconds, type EpochMs } from "../../domain/time.ts";
import { readEntries, type UnreadableReason } from "./readable-entries.ts";
import { entriesOf, originalIdOf, SEGMENT_COUNT_MAX, sequenceOf, type Entry, type Segment } from "./segment.ts";
import type { Segments } from "./segments.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text } from "../statement.ts";

export const TABLES = ["outbox"] as const;

const CURSOR_ROW = { epoch: text<Epoch>(), handed: integer(), sweep_at_ms: nullable(integer<EpochMs>()) };

export const STATEMENTS = {
  read: statement({ text: "SELECT epoch, handed, sweep_at_ms FROM outbox", row: CURSOR_ROW }),
  write: statement({
    text: "INSERT OR REPLACE INTO outbox (id, epoch, handed, sweep_at_ms) VALUES (1, :epoch, :handed, :sweep_at_ms)",
    parameters: CURSOR_ROW,
  }),
};

/** Segments handed over at once, for each concurrent attempt. A segment has at most 128 messages and a megabyte. */
const SEGMENTS_PER_ATTEMPT = 4;
/** With more messages or bytes than these, at most SEGMENTS_PER_ATTEMPT segments are handed over, whatever the concurrency. */
const MESSAGES_MAX = SEGMENTS_PER_ATTEMPT * SEGMENT_COUNT_MAX;
const BYTES_MAX = 1_048_576;

/** The cursor shared by all subscriptions that do not lag. */
export interface SharedCursor {
  /** 0: nothing was handed over. */
  readonly sequence: number;
  /**
   * When the next sweep was due when this was written. Without it, an object that wakes for a hand-over would have to read its
   * whole log to find that out. In this row it needs no row of its own.
   */
  readonly sweepAt: EpochMs | null;
}

export function readSharedCursor(sql: Sql, epoch: Epoch): SharedCursor {
  const row = sql.one(STATEMENTS.read);
  if (row?.epoch !== epoch) return { sequence: 0, sweepAt: null };
  return { sequence: row.handed, sweepAt: row.sweep_at_ms };
}

export function writeSharedCursor(sql: Sql, epoch: Epoch, { sequence, sweepAt }: SharedCursor): void {
  sql.run(STATEMENTS.write, { epoch, handed: sequence, sweep_at_ms: sweepAt });
}

/** Consecutive messages of the log, to be handed over. */
export interface LogPage {
  readonly notifications: readonly MessageNotification[];
  /** The cursor after this page: it has all readable messages up to this number. */
  readonly end: number;
}

/**
 * The next messages after a cursor, with deleted and expired ones whose rows still exist. Bodies are returned as stored. Damaged
 * messages are skipped. `last`: the newest number of the log. `concurrency`: the concurrent attempts of the subscriber, which
 * would be idle until the next hand-over if it got fewer messages.
 */
export function readLogPage(
  segments: Segments,
  cursor: number,
  {
    last,
    isDelayed,
    concurrency,
  }: { readonly last: number; readonly isDelayed: boolean; readonly concurrency: number },
  skip: (entry: Entry, why: UnreadableReason) => void,
): LogPage {
  const segmentsMax = SEGMENTS_PER_ATTEMPT * concurrency;
  const found = segments.from(cursor + 1, segmentsMax);
  const page = firstWithinBounds(found, segmentsMax);
  const entries = page.flatMap((segment) => entriesOf(segment, cursor + 1));
  const notifications = readEntries(segments, entries, () => true, skip).map(({ entry, body, traceparent }) => {
    const { segment } = entry;
    const delay = segment.origin === null ? Math.round((segment.visibleAt - segment.postedAt) / 1000) : 0;
    const notification = {
      number: sequenceOf(entry),
      ttl: segment.ttl,
      delay: isDelayed ? toSeconds(delay) : null,
      body,
      hops: decodeHops(segment.client),
      ...(traceparent === null ? {} : { traceparent }),
    };
    return segment.origin === null ? notification : { ...notification, id: originalIdOf(segment.origin, entry) };
  });
  const newest = page.at(-1);
  const isAll = newest === undefined || (page.length === found.length && found.length < segmentsMax);
  return { notifications, end: isAll ? last : newest.first + newest.count - 1 };
}

/** The first of the segments that are together within the bounds above. */
function firstWithinBounds(found: readonly Segment[], segmentsMax: number): readonly Segment[] {
  let [messages, bytes] = [0, 0];
  const end = found.findIndex((segment, index) => {
    messages += segment.count;
    bytes += segment.size;
    return index >= segmentsMax || (index >= SEGMENTS_PER_ATTEMPT && (messages > MESSAGES_MAX || bytes > BYTES_MAX));
  });
  return end === -1 ? found : found.slice(0, end);
}

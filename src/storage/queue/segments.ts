/** The stored segments of one message log: finds, changes and counts them. */
import type { ClientId, MessagePosition } from "../../domain/id.ts";
import type { DeadLetterOrigin } from "../../domain/message.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import type { Arguments } from "../statement.ts";
import { isEmpty, noExceptions, removeExceptions, writeExceptions, type MessageExceptions } from "./exceptions.ts";
import { entriesOf, isAlive, lifeOf, type Entry, type NewSegment, type Segment } from "./segment.ts";
import {
  ROW_LIMITS,
  STATEMENTS,
  toContent,
  toSegment,
  toSegmentRow,
  type Content,
  type HeadRow,
  type LimitedRead,
} from "./segment-rows.ts";

export class Segments {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  insert(segment: NewSegment): void {
    this.sql.run(STATEMENTS.insert, toSegmentRow(segment));
  }

  /** The segment with the sequence number, or null. */
  at(sequence: number): Segment | null {
    const row = this.sql.one(STATEMENTS.at, { sequence });
    return row === null ? null : toSegment(row);
  }

  /**
   * Segments in log order that end at or after `sequence`, expired ones too. This and the next three methods may return more than
   * asked for.
   */
  from(sequence: number, count: number): Segment[] {
    return this.read(STATEMENTS.from, count, { sequence });
  }

  /** As `from`, but only segments that may have live messages. */
  aliveFrom(sequence: number, count: number, now: EpochMs): Segment[] {
    return this.read(STATEMENTS.alive, count, { sequence, now });
  }

  /** The first segment of `aliveFrom` with its content, so that a claim of one segment takes one statement. */
  firstAliveFrom(sequence: number, now: EpochMs): Segment | null {
    const row = this.sql.one(STATEMENTS.firstAlive, { sequence, now });
    return row === null ? null : { ...toSegment(row), content: row };
  }

  /** As `aliveFrom`, without the messages of one client (null: of none) and those that become visible after `visibleBy`. */
  listedFrom(
    sequence: number,
    count: number,
    filter: { readonly now: EpochMs; readonly without: ClientId | null; readonly visibleBy: number },
  ): Segment[] {
    const { now, without, visibleBy } = filter;
    return this.read(STATEMENTS.listed, count, { sequence, now, without: without ?? "", visibleBy });
  }

  /** Visible segments before `sequence`, newest first. */
  newestBefore(sequence: number, count: number, now: EpochMs): Segment[] {
    return this.read(STATEMENTS.newest, count, { sequence, now });
  }

  /** The message that was posted at `position` of another log, or null. */
  byOrigin(position: MessagePosition): Entry | null {
    const row = this.sql.one(STATEMENTS.byOrigin, position);
    if (row === null) return null;
    const segment = toSegment(row);
    return { segment, offset: position.sequence - (segment.origin?.sequence ?? 0) };
  }

  /** The content of the segments whose first number lies in the range, by first number; null: the row is damaged. */
  contents(from: number, to: number): Map<number, Content | null> {
    return new Map(this.sql.all(STATEMENTS.content, { from, to }).map((row) => [row.first, toContent(row.count, row)]));
  }

  /** How many times the segment's messages have moved to a dead-letter queue. */
  movesOf(segment: Segment): number {
    return this.sql.one(STATEMENTS.moves, { first: segment.first })?.moves ?? 0;
  }

  /** Where its messages come from if they are dead letters, else null. */
  deadLetterOf(segment: Segment): DeadLetterOrigin | null {
    if (segment.origin === null) return null;
    const { dead_from: queue = null, dead_at_ms: at = null } =
      this.sql.one(STATEMENTS.deadLetter, { first: segment.first }) ?? {};
    return queue === null || at === null ? null : { queue, at };
  }

  remove(segment: Segment): void {
    this.sql.run(STATEMENTS.remove, { first: segment.first });
    if (segment.exceptions !== null || segment.isDamaged) removeExceptions(this.sql, segment.first);
  }

  /** Replaces the exceptions of the segment. */
  changeExceptions(segment: Segment, change: (exceptions: MessageExceptions) => void): void {
    if (segment.isDamaged) return;
    const exceptions = segment.exceptions ?? noExceptions();
    change(exceptions);
    if (!isEmpty(exceptions)) writeExceptions(this.sql, segment.first, exceptions);
    else if (segment.exceptions !== null) removeExceptions(this.sql, segment.first);
  }

  /** Segments without live messages that end at or before the cursor. */
  expired(now: EpochMs, count: number, cursor: number): Segment[] {
    return this.read(STATEMENTS.expired, count, { now, cursor: Math.min(cursor, Number.MAX_SAFE_INTEGER) });
  }

  /** When the next segment ends, or null for an empty log. Reads every row. */
  earliestExpiry(): EpochMs | null {
    return this.sql.one(STATEMENTS.earliestExpiry)?.at ?? null;
  }

  /** When the newest stored message came into the log, and its number; null: the log is empty. */
  newestPost(): { readonly at: EpochMs; readonly last: number } | null {
    return this.sql.one(STATEMENTS.newestPost);
  }

  /** The next rows after one that have a message which is not deleted. */
  headAfter(first: number): readonly HeadRow[] {
    return this.sql.all(STATEMENTS.headAfter, { first });
  }

  /** The number of the newest stored message, deleted or not; 0 for an empty log. */
  lastStored(): number {
    return this.sql.one(STATEMENTS.lastStored)?.last ?? 0;
  }

  /** The number of live messages, and the instant at which the first of them expires. Reads every row. */
  countAlive(now: EpochMs): { readonly count: number; readonly until: EpochMs } {
    const whole = this.sql.one(STATEMENTS.countAlive, { now });
    let count = whole?.count ?? 0;
    let until: number = whole?.at ?? Number.MAX_SAFE_INTEGER;
    for (const segment of this.sql.all(STATEMENTS.extended, { now }).map(toSegment)) {
      for (let offset = 0; offset < segment.count; offset++) {
        if (!isAlive({ segment, offset }, now)) continue;
        count++;
        until = Math.min(until, lifeOf({ segment, offset }).expiresAt);
      }
    }
    return { count, until: toEpochMs(until) };
  }

  /**
   * The number of undeleted messages in a range, which begins anywhere and ends with a segment. An expired message counts while
   * its segment has live ones. Reads every row of the range.
   */
  countBetween(from: number, to: number, now: EpochMs): number {
    const whole = this.sql.one(STATEMENTS.countBetween, { from, to, now })?.count ?? 0;
    const cut = this.at(from);
    if (cut === null || cut.first === from) return whole;
    return whole + entriesOf(cut, from).filter((entry) => isAlive(entry, now)).length;
  }

  /**
   * Calls `each` for every segment with some of the numbers. It is read just before, because an earlier call may have changed it.
   */
  forEachSegment(sequences: readonly number[], each: (segment: Segment, offsets: readonly number[]) => void): void {
    const ascending = [...new Set(sequences)].toSorted((a, b) => a - b);
    for (let index = 0; index < ascending.length;) {
      const segment = this.at(ascending[index] ?? 0);
      const end = segment === null ? 0 : segment.first + segment.count;
      const offsets: number[] = [];
      do {
        offsets.push((ascending[index] ?? 0) - (segment?.first ?? 0));
        index++;
      } while (index < ascending.length && (ascending[index] ?? 0) < end);
      if (segment !== null) each(segment, offsets);
    }
  }

  private read<Parameters>(
    read: LimitedRead<Parameters>,
    count: number,
    ...parameters: Arguments<NoInfer<Parameters>>
  ): Segment[] {
    // If no limit is large enough, the index is -1, which is the largest limit.
    const found = read.at(ROW_LIMITS.findIndex((rows) => rows >= count));
    return found === undefined ? [] : this.sql.all(found, ...parameters).map(toSegment);
  }
}

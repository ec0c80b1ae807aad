/**
 * The redrive of a queue: one row with the state of the latest one. A redrive goes once through the messages that were stored
 * when it began, in bounded steps. One transaction per step removes free messages from the log, writes their transfers, and
 * writes how far the redrive has come. So a crash between two steps loses and repeats nothing.
 */
import type { Epoch, QueueName } from "../../domain/id.ts";
import {
  allowedCount,
  initialRate,
  msUntilFullBurst,
  recordMoved,
  type Redrive,
  type RedriveOptions,
  type RedriveStatus,
} from "../../domain/redrive.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
import { entriesOf, sequenceOf, type Entry } from "./segment.ts";
import { Segments } from "./segments.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";
import { Transfers } from "./transfers.ts";

export const TABLES = ["redrive"] as const;

/** The queue whose messages a redrive moves. */
export interface RedriveDeps {
  readonly record: { readonly name: QueueName };
  readonly extent: { readonly to: number };
  isFree(entry: Entry, now: EpochMs): boolean;
  /**
   * Removes readable messages from the log and writes transfers to another queue. Returns their number. A ttl of null leaves
   * their lives as they are.
   */
  send(
    entries: readonly Entry[],
    to: { readonly queue: QueueName; readonly ttl: Seconds | null },
    now: EpochMs,
  ): number;
}

/** The columns that are written when a redrive starts. */
const START_ROW = {
  target: nullable(text<QueueName>()),
  /** Only queues whose names begin with it get messages back. */
  prefix: text(),
  max_messages: nullable(integer()),
  /** Messages per second. */
  rate: nullable(integer()),
  /** The last sequence number that it will read. */
  last: integer(),
  /** The rate's allowance is used up to this instant. Further messages are allowed for the time after it. */
  used_up_to_ms: integer<EpochMs>(),
  started_at_ms: integer<EpochMs>(),
};
const REDRIVE_ROW = {
  ...START_ROW,
  status: text<RedriveStatus>(),
  /** The first sequence number that it has not read. */
  next: integer(),
  moved: integer(),
  finished_at_ms: nullable(integer<EpochMs>()),
};
type RedriveRow = ValuesOf<typeof REDRIVE_ROW>;

export const STATEMENTS = {
  read: statement({
    text: `SELECT status, target, prefix, max_messages, rate, next, last, moved, used_up_to_ms, started_at_ms,
             finished_at_ms FROM redrive`,
    row: REDRIVE_ROW,
  }),
  start: statement({
    text: `INSERT OR REPLACE INTO redrive (id, status, target, prefix, max_messages, rate, next, last, moved, used_up_to_ms,
             started_at_ms, finished_at_ms)
             VALUES (1, 'running', :target, :prefix, :max_messages, :rate, 1, :last, 0, :used_up_to_ms, :started_at_ms, NULL)`,
    parameters: START_ROW,
  }),
  advance: statement({
    text: "UPDATE redrive SET next = :next, moved = :moved, used_up_to_ms = :used_up_to_ms",
    parameters: { next: integer(), moved: integer(), used_up_to_ms: integer<EpochMs>() },
  }),
  end: statement({
    text: "UPDATE redrive SET status = :status, finished_at_ms = :finished_at_ms WHERE status = 'running'",
    parameters: { status: text<RedriveStatus>(), finished_at_ms: integer<EpochMs>() },
  }),
};

/** The most messages that one step moves, and the most segments that it reads: all their bodies are in memory. */
const STEP_MAX = 32;

export class Redrives {
  private readonly sql: Sql;
  private readonly segments: Segments;
  private readonly transfers: Transfers;

  constructor(sql: Sql) {
    this.sql = sql;
    this.segments = new Segments(sql);
    this.transfers = new Transfers(sql);
  }

  get isRunning(): boolean {
    return this.row()?.status === "running";
  }

  /** The latest redrive in its present state; null when there never was one. */
  latest(now: EpochMs): Redrive | null {
    const row = this.row();
    if (row === null) return null;
    return {
      status: row.status,
      target: row.target,
      maxMessages: row.max_messages,
      messagesPerSecond: row.rate,
      moved: row.moved,
      remaining: this.remaining(row, now),
      startedAt: row.started_at_ms,
      finishedAt: row.finished_at_ms,
    };
  }

  /** Begins a redrive of the messages that are stored now. */
  start(source: RedriveDeps, options: RedriveOptions & { readonly prefix: string }, now: EpochMs): void {
    const { target, prefix, maxMessages, messagesPerSecond: rate } = options;
    const { usedUpTo } = initialRate(rate, now);
    this.sql.run(STATEMENTS.start, {
      target,
      prefix,
      max_messages: maxMessages,
      rate,
      last: source.extent.to,
      used_up_to_ms: usedUpTo,
      started_at_ms: now,
    });
  }

  /** Ends the running redrive. Without effect when none is running. */
  cancel(now: EpochMs): void {
    this.sql.run(STATEMENTS.end, { status: "canceled", finished_at_ms: now });
  }

  /** Moves a bounded number of messages. Returns the milliseconds until the next step; null: the redrive has ended. */
  step(source: RedriveDeps, now: EpochMs): number | null {
    const row = this.row();
    if (row?.status !== "running") return null;
    // If it is in the future by more than its rounding (1 ms), it was written while the clock was ahead.
    const isAhead = row.used_up_to_ms > now + 1;
    const rateState = isAhead ? initialRate(row.rate, now) : { rate: row.rate, usedUpTo: row.used_up_to_ms };
    const room = (row.max_messages ?? Infinity) - row.moved;
    const limit = Math.min(STEP_MAX, room, allowedCount(rateState, now));
    if (limit === 0) return msUntilFullBurst(rateState, now);
    const { taken: selected, next } = this.selectMessages(source, row, limit, now);
    let count = 0;
    for (const [queue, entries] of selected) count += source.send(entries, { queue, ttl: null }, now);
    const { usedUpTo } = recordMoved(rateState, count, now);
    this.sql.run(STATEMENTS.advance, { next, moved: row.moved + count, used_up_to_ms: usedUpTo });
    if (next <= row.last && count < room) return 0;
    this.sql.run(STATEMENTS.end, { status: "done", finished_at_ms: now });
    return null;
  }

  /** Whether transfers with numbers up to this one have not arrived yet. */
  hasTransfersUpTo(number: number): boolean {
    const oldest = this.transfers.oldest();
    return oldest !== null && oldest <= number;
  }

  /** Up to `limit` movable messages by their target queues, and the number at which the next step continues. */
  private selectMessages(
    source: RedriveDeps,
    row: RedriveRow,
    limit: number,
    now: EpochMs,
  ): { readonly taken: ReadonlyMap<QueueName, readonly Entry[]>; readonly next: number } {
    const targets = new Map<Epoch | null, QueueName | null>();
    const taken = new Map<QueueName, Entry[]>();
    const segments = this.segments.aliveFrom(row.next, STEP_MAX, now);
    const over = row.last + 1;
    let left = limit;
    for (const entry of segments.flatMap((segment) => entriesOf(segment, row.next))) {
      if (sequenceOf(entry) > row.last) return { taken, next: over };
      if (left === 0) return { taken, next: sequenceOf(entry) };
      const epoch = entry.segment.origin?.epoch ?? null;
      if (!targets.has(epoch)) targets.set(epoch, this.targetOf(source, row, epoch));
      const target = targets.get(epoch) ?? null;
      if (target === null || !source.isFree(entry, now)) continue;
      taken.set(target, [...(taken.get(target) ?? []), entry]);
      left--;
    }
    const end = segments.at(-1);
    return { taken, next: end === undefined || segments.length < STEP_MAX ? over : end.first + end.count };
  }

  /** The target of messages that were first posted to the log of `epoch` (null: this queue's). Null: they stay here. */
  private targetOf(source: RedriveDeps, row: RedriveRow, epoch: Epoch | null): QueueName | null {
    if (row.target !== null) return row.target;
    const queue = epoch === null ? null : this.transfers.queueOf(epoch);
    return queue === source.record.name || queue?.startsWith(row.prefix) !== true ? null : queue;
  }

  private remaining(row: RedriveRow, now: EpochMs): number {
    if (row.status !== "running") return 0;
    const unseen = this.segments.countBetween(row.next, row.last, now);
    return Math.min(unseen, (row.max_messages ?? Infinity) - row.moved);
  }

  private row(): RedriveRow | null {
    return this.sql.one(STATEMENTS.read);
  }
}

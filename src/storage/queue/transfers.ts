/**
 * Transfers: messages on their way to another queue, one row for each run. The source writes the row in the transaction that
 * removes the messages from its log, and deletes it when the target has stored them. The target stores the last number that it
 * has adopted from each source. The numbers of a source grow and are sent in order, so one row per source suffices to recognise
 * every repeat.
 */
import type { ClientId, Epoch, QueueName, Sequence } from "../../domain/id.ts";
import type { Bodies, Transfer } from "../../domain/message.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
import type { Traceparent } from "../../domain/traceparent.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";

export const TABLES = ["transfer", "adoption"] as const;

const TRANSFER_ROW = {
  number: integer(),
  origin_epoch: text<Epoch>(),
  origin_first: integer<Sequence>(),
  count: integer(),
  ttl_s: integer<Seconds>(),
  posted_at_ms: integer<EpochMs>(),
  expires_at_ms: integer<EpochMs>(),
  client: text<ClientId>(),
  bodies: text<Bodies>(),
  /** NULL: none. */
  moves: nullable(integer()),
  /** NULL: they are redriven, or were written by a version that did not store this. */
  dead_at_ms: nullable(integer<EpochMs>()),
  /** NULL: their post had none. */
  traceparent: nullable(text<Traceparent>()),
};

export const STATEMENTS = {
  write: statement({
    text: `INSERT INTO transfer (number, target, origin_epoch, origin_first, count, ttl_s, posted_at_ms, expires_at_ms, client,
             bodies, moves, dead_at_ms, traceparent)
             VALUES (:number, :target, :origin_epoch, :origin_first, :count, :ttl_s, :posted_at_ms, :expires_at_ms, :client,
               :bodies, :moves, :dead_at_ms, :traceparent)`,
    parameters: { ...TRANSFER_ROW, target: text<QueueName>() },
  }),
  // A few at a time, because together they must fit into one call.
  pendingTo: statement({
    text: `SELECT number, origin_epoch, origin_first, count, ttl_s, posted_at_ms, expires_at_ms, client, bodies, moves,
             dead_at_ms, traceparent FROM transfer WHERE target = :target ORDER BY number LIMIT 16`,
    parameters: { target: text<QueueName>() },
    row: TRANSFER_ROW,
  }),
  remove: statement({
    text: "DELETE FROM transfer WHERE target = :target AND number <= :upTo",
    parameters: { target: text<QueueName>(), upTo: integer() },
  }),
  targets: statement({ text: "SELECT DISTINCT target FROM transfer", row: { target: text<QueueName>() } }),
  oldest: statement({ text: "SELECT min(number) AS number FROM transfer", row: { number: nullable(integer()) } }),
  adopted: statement({
    text: "SELECT number FROM adoption WHERE source = :source",
    parameters: { source: text() },
    row: { number: integer() },
  }),
  // A source is a queue's name, a `/`, which no name contains, and its epoch.
  sourceOf: statement({
    text: "SELECT source FROM adoption WHERE substr(source, instr(source, '/') + 1) = :epoch",
    parameters: { epoch: text<Epoch>() },
    row: { source: text() },
  }),
  // 0: more than one life has counted them.
  adopt: statement({
    text: `INSERT INTO adoption (source, number, counted_by) VALUES (:source, :number, :life)
             ON CONFLICT (source) DO UPDATE SET number = excluded.number,
               counted_by = CASE WHEN coalesce(counted_by, :life) = :life THEN :life ELSE 0 END`,
    parameters: { source: text(), number: integer(), life: integer() },
  }),
  unreported: statement({
    text: "SELECT max(counted_by <> :life) AS lost FROM adoption WHERE counted_by IS NOT NULL",
    parameters: { life: integer() },
    row: { lost: nullable(integer()) },
  }),
  markReported: statement({ text: "UPDATE adoption SET counted_by = NULL WHERE counted_by IS NOT NULL" }),
};

export class Transfers {
  private readonly sql: Sql;
  private readonly life: number;
  /** What the rows say of adoptions that no alarm has reported to the meter; null: not read yet. */
  private unreported: "none" | "own" | "lost" | null = null;
  /** The adoptions of this life. */
  private adoptions = 0;

  /** `life`: the number of the life of the object, which counts the messages. */
  constructor(sql: Sql, life = 0) {
    this.sql = sql;
    this.life = life;
  }

  write(target: QueueName, { number, run }: Transfer): void {
    this.sql.run(STATEMENTS.write, {
      number,
      target,
      origin_epoch: run.origin.epoch,
      origin_first: run.origin.sequence,
      count: run.count,
      ttl_s: run.ttl,
      posted_at_ms: run.postedAt,
      expires_at_ms: run.expiresAt,
      client: run.client,
      bodies: run.bodies,
      moves: run.moves ?? null,
      dead_at_ms: run.deadAt ?? null,
      traceparent: run.traceparent ?? null,
    });
  }

  /** The queues to which transfers are pending. */
  targets(): QueueName[] {
    return this.sql.all(STATEMENTS.targets).map(({ target }) => target);
  }

  /** The number of the oldest pending transfer, or null. */
  oldest(): number | null {
    return this.sql.one(STATEMENTS.oldest)?.number ?? null;
  }

  /** The queue with the log of that epoch, if messages came from it directly; else null. */
  queueOf(epoch: Epoch): QueueName | null {
    const source = this.sql.one(STATEMENTS.sourceOf, { epoch })?.source ?? null;
    return source === null ? null : queueIn(source);
  }

  get isEmpty(): boolean {
    return this.targets().length === 0;
  }

  /** The oldest transfers to a target, in order. */
  pendingTo(target: QueueName): Transfer[] {
    return this.sql.all(STATEMENTS.pendingTo, { target }).map(toTransfer);
  }

  /** Removes the transfers up to a number, which the target has stored. */
  remove(target: QueueName, upTo: number): void {
    this.sql.run(STATEMENTS.remove, { target, upTo });
  }

  /** The transfers of a source that were not adopted before. Marks them as adopted. */
  adopt(source: string, transfers: readonly Transfer[]): readonly Transfer[] {
    const last = this.sql.one(STATEMENTS.adopted, { source })?.number ?? 0;
    const fresh = transfers.filter(({ number }) => number > last);
    const newest = fresh.at(-1);
    if (newest === undefined) return fresh;
    if (this.reportable === "none") this.unreported = "own";
    this.adoptions++;
    this.sql.run(STATEMENTS.adopt, { source, number: newest.number, life: this.life });
    return fresh;
  }

  /** Adoptions that the meter may not know of: none, those of this life, or also of an earlier one, whose counts are lost. */
  get reportable(): "none" | "own" | "lost" {
    this.unreported ??= this.readUnreported();
    return this.unreported;
  }

  /** Marks the adoptions as reported. Without effect if there were others since `report` began. Within a transaction. */
  markReported(report: { readonly adoptions: number }): void {
    if (report.adoptions !== this.adoptions) return;
    this.sql.run(STATEMENTS.markReported);
    this.unreported = "none";
  }

  /** What a report says of adoptions that begins now. */
  beginReport(): { readonly adoptions: number } {
    return { adoptions: this.adoptions };
  }

  private readUnreported(): "none" | "own" | "lost" {
    const lost = this.sql.one(STATEMENTS.unreported, { life: this.life })?.lost ?? null;
    if (lost === null) return "none";
    return lost === 1 ? "lost" : "own";
  }
}

/** The name of the queue that a source states. */
export function queueIn(source: string): QueueName {
  return source.slice(0, source.indexOf("/")) as QueueName;
}

function toTransfer(row: ValuesOf<typeof TRANSFER_ROW>): Transfer {
  return {
    number: row.number,
    run: {
      origin: { epoch: row.origin_epoch, sequence: row.origin_first },
      count: row.count,
      ttl: row.ttl_s,
      postedAt: row.posted_at_ms,
      expiresAt: row.expires_at_ms,
      client: row.client,
      bodies: row.bodies,
      moves: row.moves ?? 0,
      ...(row.dead_at_ms === null ? {} : { deadAt: row.dead_at_ms }),
      ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    },
  };
}

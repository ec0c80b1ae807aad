/**
 * Transfers: messages on their way to another queue, one row for each run that moves together. The source writes the row in the
 * transaction that removes the messages from its log, and deletes it once the target has stored them. The target notes the last
 * number it has adopted from each source. The numbers of a source only grow and are sent in order, so one row per source suffices
 * to recognise every repeat.
 */
import { toSequence, type ClientId, type Epoch, type QueueName, type Sequence } from "../../domain/id.ts";
import { joinBodies, splitBodies, type Bodies, type Transfer, type TransferredRun } from "../../domain/message.ts";
import { after, type EpochMs, type Seconds } from "../../domain/time.ts";
import type { Legible } from "./reading.ts";
import { lifeOf, sequenceOf, type Segment } from "./segment.ts";
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
};

export const STATEMENTS = {
  write: statement({
    text: `INSERT INTO transfer (number, target, origin_epoch, origin_first, count, ttl_s, posted_at_ms, expires_at_ms, client,
             bodies, moves) VALUES (:number, :target, :origin_epoch, :origin_first, :count, :ttl_s, :posted_at_ms,
             :expires_at_ms, :client, :bodies, :moves)`,
    parameters: { ...TRANSFER_ROW, target: text<QueueName>() },
  }),
  // A few at a time, because together they must fit into one call.
  due: statement({
    text: `SELECT number, origin_epoch, origin_first, count, ttl_s, posted_at_ms, expires_at_ms, client, bodies, moves
             FROM transfer WHERE target = :target ORDER BY number LIMIT 16`,
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
  adopt: statement({
    text: "INSERT OR REPLACE INTO adoption (source, number) VALUES (:source, :number)",
    parameters: { source: text(), number: integer() },
  }),
};

export class Transfers {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
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
    return source === null ? null : (source.slice(0, source.indexOf("/")) as QueueName);
  }

  get isEmpty(): boolean {
    return this.targets().length === 0;
  }

  /** The oldest transfers to a target, in order. */
  due(target: QueueName): Transfer[] {
    return this.sql.all(STATEMENTS.due, { target }).map(toTransfer);
  }

  /** Notes that a target has all transfers up to a number. */
  remove(target: QueueName, upTo: number): void {
    this.sql.run(STATEMENTS.remove, { target, upTo });
  }

  /** The transfers of a source that were not adopted before. Notes them as adopted. */
  adopt(source: string, transfers: readonly Transfer[]): readonly Transfer[] {
    const last = this.sql.one(STATEMENTS.adopted, { source })?.number ?? 0;
    const fresh = transfers.filter(({ number }) => number > last);
    const newest = fresh.at(-1);
    if (newest !== undefined) this.sql.run(STATEMENTS.adopt, { source, number: newest.number });
    return fresh;
  }
}

/**
 * Groups messages into runs for transfers: neighbours of one segment with the same life stay together. If a ttl is given, it
 * replaces theirs and counts from now.
 */
export function toTransferredRuns(
  entries: readonly Legible[],
  context: {
    readonly epoch: Epoch;
    readonly now: EpochMs;
    readonly ttl: Seconds | null;
    readonly movesOf: (segment: Segment) => number;
  },
): TransferredRun[] {
  const { epoch, now, ttl, movesOf } = context;
  const runs: (TransferredRun & { readonly sequence: number })[] = [];
  for (const { entry, body } of entries) {
    const { segment, offset } = entry;
    const life = ttl === null ? lifeOf(entry) : { ttl, expiresAt: after(now, ttl) };
    const origin = segment.origin ?? { epoch, sequence: toSequence(segment.first) };
    const last = runs.at(-1);
    const isNeighbour =
      last !== undefined &&
      last.sequence + last.count === sequenceOf(entry) &&
      last.sequence >= segment.first &&
      last.expiresAt === life.expiresAt &&
      last.ttl === life.ttl;
    if (isNeighbour) {
      runs[runs.length - 1] = {
        ...last,
        count: last.count + 1,
        bodies: joinBodies([...splitBodies(last.bodies), body]),
      };
      continue;
    }
    runs.push({
      sequence: sequenceOf(entry),
      origin: { epoch: origin.epoch, sequence: toSequence(origin.sequence + offset) },
      count: 1,
      ttl: life.ttl,
      postedAt: segment.postedAt,
      expiresAt: life.expiresAt,
      client: segment.client,
      bodies: joinBodies([body]),
      moves: movesOf(segment),
    });
  }
  return runs;
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
    },
  };
}

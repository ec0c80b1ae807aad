/**
 * Messages on their way to another queue. The source writes a transfer in the transaction that takes them out of its log,
 * and removes it once the target has them; the target notes the last transfer it adopted from each source. Numbers of one
 * source only grow and are sent in order, so a repeated transfer is recognised for ever by one row.
 */
import { toSequence, type ClientId, type Epoch, type QueueName } from "../domain/id.ts";
import { joinBodies, splitBodies, type Bodies, type TransferredRun } from "../domain/message.ts";
import { after, toEpochMs, toSeconds, type EpochMs, type Seconds } from "../domain/time.ts";
import { readBodies } from "./reading.ts";
import { lifeOf, sequenceOf, type Entry, type Segments } from "./segments.ts";
import type { Sql } from "./sql.ts";

export interface Transfer {
  readonly number: number;
  readonly target: QueueName;
  readonly runs: readonly TransferredRun[];
}

interface TransferRow extends Record<string, SqlStorageValue> {
  number: number;
  target: string;
  runs: string;
}

type RunColumns = [
  epoch: string,
  first: number,
  count: number,
  ttl: number,
  posted: number,
  expires: number,
  client: string,
  bodies: string,
];

const QUERIES = {
  write: "INSERT INTO transfer (number, target, runs) VALUES (?, ?, ?)",
  remove: "DELETE FROM transfer WHERE number = ?",
  // One per target: the next goes when the one before has arrived.
  due: "SELECT number, target, runs FROM transfer WHERE number IN (SELECT min(number) FROM transfer GROUP BY target)",
  any: "SELECT 1 FROM transfer LIMIT 1",
  adopted: "SELECT number FROM adoption WHERE source = ?",
  adopt: "INSERT OR REPLACE INTO adoption (source, number) VALUES (?, ?)",
};

export class Transfers {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  write(transfer: Transfer): void {
    const runs = transfer.runs.map((run): RunColumns => {
      const { origin, count, ttl, postedAt, expiresAt, client, bodies } = run;
      return [origin.epoch, origin.sequence, count, ttl, postedAt, expiresAt, client, bodies];
    });
    this.sql.run(QUERIES.write, transfer.number, transfer.target, JSON.stringify(runs));
  }

  remove(number: number): void {
    this.sql.run(QUERIES.remove, number);
  }

  /** The oldest transfer to each target. */
  due(): Transfer[] {
    return this.sql.all<TransferRow>(QUERIES.due).map(toTransfer);
  }

  get isEmpty(): boolean {
    return this.sql.one(QUERIES.any) === null;
  }

  /** Notes that a transfer has arrived; false if it had before. */
  adopt(source: string, number: number): boolean {
    const last = this.sql.one<{ number: number }>(QUERIES.adopted, source)?.number ?? 0;
    if (number <= last) return false;
    this.sql.run(QUERIES.adopt, source, number);
    return true;
  }
}

/**
 * The runs that carry messages away: neighbours of one segment with one life stay together. A given ttl replaces theirs,
 * counted from now.
 */
export function toTransferredRuns(
  segments: Segments,
  entries: readonly Entry[],
  context: { readonly epoch: Epoch; readonly now: EpochMs; readonly ttl: Seconds | null },
): TransferredRun[] {
  const { epoch, now, ttl } = context;
  const bodies = readBodies(segments, entries);
  const runs: (TransferredRun & { readonly sequence: number })[] = [];
  for (const entry of entries) {
    const { segment, offset } = entry;
    const body = bodies.get(segment.first)?.[offset];
    if (body === undefined) throw new Error("A segment holds fewer bodies than messages.");
    const life = ttl === null ? lifeOf(entry) : { ttl, expiresAt: after(now, ttl) };
    const origin = segment.origin ?? { epoch, sequence: toSequence(segment.first) };
    const last = runs.at(-1);
    const isNeighbour =
      last !== undefined &&
      last.sequence + last.count === sequenceOf(entry) &&
      last.sequence >= segment.first &&
      last.expiresAt === life.expiresAt;
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
    });
  }
  return runs;
}

function toTransfer(row: TransferRow): Transfer {
  const runs = (JSON.parse(row.runs) as RunColumns[]).map(
    ([epoch, first, count, ttl, posted, expires, client, bodies]) => ({
      origin: { epoch: epoch as Epoch, sequence: toSequence(first) },
      count,
      ttl: toSeconds(ttl),
      postedAt: toEpochMs(posted),
      expiresAt: toEpochMs(expires),
      client: client as ClientId,
      bodies: bodies as Bodies,
    }),
  );
  return { number: row.number, target: row.target as QueueName, runs };
}

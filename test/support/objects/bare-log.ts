/** A message log in an empty database, without a queue, for tests of its parts. */
import { toEpoch, toSequence, type ClientId, type Epoch } from "../../../src/domain/id.ts";
import type { JsonText } from "../../../src/domain/json.ts";
import { joinBodies } from "../../../src/domain/message.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../../src/domain/time.ts";
import { Availability } from "../../../src/storage/queue/availability.ts";
import { Census } from "../../../src/storage/queue/census.ts";
import { InFlight } from "../../../src/storage/queue/in-flight.ts";
import { LiveCount } from "../../../src/storage/queue/live-count.ts";
import { LogReader } from "../../../src/storage/queue/log-reader.ts";
import { LogNumbers } from "../../../src/storage/queue/log-numbers.ts";
import { MessageLog } from "../../../src/storage/queue/message-log.ts";
import { QUEUE_MIGRATIONS } from "../../../src/storage/queue/schema.ts";
import { sequenceOf, type Entry, type NewSegment } from "../../../src/storage/queue/segment.ts";
import { Segments } from "../../../src/storage/queue/segments.ts";
import { Tally } from "../../../src/storage/queue/tally.ts";
import type { Sql } from "../../../src/storage/sql.ts";
import { withStorage } from "./bare-storage.ts";

export const CLIENT = "3381af922b9e11e3b19171861300734c" as ClientId;
export const EPOCH = toEpoch(1_000_000_000_000, 1);
/** The epoch of another queue's log. */
export const FOREIGN = "0000000000000001" as Epoch;

export class BareLog {
  now: EpochMs = toEpochMs(1_000_000_000_000);
  readonly sql: Sql;
  readonly raw: SqlStorage;
  readonly segments: Segments;
  readonly inFlight = new InFlight();
  readonly availability: Availability;
  readonly liveCount: LiveCount;
  readonly log: MessageLog;
  readonly reader: LogReader;
  /** The numbers up to which the log has reserved numbers. */
  readonly reservations: number[] = [];

  constructor(sql: Sql, raw: SqlStorage, state = { next: 1, reserved: 5000 }) {
    this.sql = sql;
    this.raw = raw;
    const { inFlight } = this;
    const segments = new Segments(sql);
    const availability = new Availability({ segments, inFlight, end: state.next });
    const liveCount = new LiveCount(segments);
    const numbers = new LogNumbers(state, (upTo) => void this.reservations.push(upTo));
    const census = new Census(segments, { lastStored: state.next - 1, next: state.next });
    const tally = new Tally();
    this.log = new MessageLog({ numbers, segments, inFlight, availability, liveCount, census, tally });
    this.reader = new LogReader({ epoch: EPOCH, segments, inFlight });
    this.segments = segments;
    this.availability = availability;
    this.liveCount = liveCount;
  }

  /** Posts messages that share ttl and delay (seconds). Returns the first number. */
  post(
    count: number,
    options: { readonly ttl?: number; readonly delay?: number; readonly client?: ClientId } = {},
  ): number {
    const bodies = bodiesOf(count);
    const run = { ttl: toSeconds(options.ttl ?? 3600), delay: toSeconds(options.delay ?? 0), count, bodies };
    return this.log.append([run], options.client ?? CLIENT, null, this.now);
  }

  /** Stores messages that were posted to another log, from this number on. Returns their first number here. */
  adopt(count: number, origin: number): number {
    const first = this.log.allocate(count);
    this.log.insert({
      ...newSegment(first, count, this.now),
      origin: { epoch: FOREIGN, sequence: toSequence(origin) },
    });
    return first;
  }

  /** Deletes the messages with these numbers, as far as they are stored. */
  remove(sequences: readonly number[]): void {
    this.log.remove(this.reader.entriesAt(sequences));
  }

  /** The numbers of all messages in lists. */
  listed(): number[] {
    const all = {
      now: this.now,
      without: null,
      includeClaimed: true,
      includeDelayed: true,
      includeReleasedLater: true,
    };
    return this.reader.listFrom(1, 10_000, all).map(sequenceOf);
  }

  rows(): number {
    return this.raw.exec("SELECT first FROM segment").toArray().length;
  }

  /** The rows that `work` writes. */
  written(work: () => void): number {
    const before = this.sql.rowsWritten;
    work();
    return this.sql.rowsWritten - before;
  }

  /** Damages the exceptions of the segment that begins with this number. */
  damage(first: number): void {
    this.raw.exec("UPDATE residue SET gone = '[' WHERE first = ?", first);
  }

  advance(seconds: number): void {
    this.now = after(this.now, toSeconds(seconds));
  }
}

/** A segment that was posted to this log now, with a ttl of an hour. */
export function newSegment(first: number, count: number, now: EpochMs): NewSegment {
  return {
    first,
    count,
    ttl: toSeconds(3600),
    postedAt: now,
    visibleAt: now,
    expiresAt: after(now, toSeconds(3600)),
    client: CLIENT,
    origin: null,
    bodies: bodiesOf(count),
    moves: 0,
    deadLetter: null,
    traceparent: null,
  };
}

export function bodiesOf(count: number): NewSegment["bodies"] {
  return joinBodies(Array.from({ length: count }, (_, index) => `"m${index}"` as JsonText));
}

export function numbersOf(entries: readonly Entry[]): number[] {
  return entries.map(sequenceOf);
}

/** Runs a test on an empty log. */
export async function withBareLog(
  work: (bare: BareLog) => void,
  state?: { next: number; reserved: number },
): Promise<void> {
  await withStorage(QUEUE_MIGRATIONS, (sql, raw) => work(new BareLog(sql, raw, state)));
}

/**
 * An existing queue: its record, its message log and its claims, whose rows change together. Every method is one synchronous step
 * at one instant. The caller runs methods that write in a transaction. When one throws, the caller opens the queue again, because
 * memory may then differ from the rows. Methods that only read messages are in `messages`.
 */
import type { ClaimedBy, Lease, ClaimUndo } from "../../domain/claim.ts";
import type { Counter, QueueFigures } from "../../domain/figures.ts";
import type { ClaimId, QueueName } from "../../domain/id.ts";
import type { Detailed } from "../../domain/details.ts";
import type { DeletionFailure, Message, Post, PostFailure, Transfer } from "../../domain/message.ts";
import type { DeadLetters } from "../../domain/queue-metadata.ts";
import { toRanges, type Range } from "../../mechanisms/range-set.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Settlement } from "../../domain/settlement.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import { Arrivals, type PostContext, type PostOutcome } from "./arrivals.ts";
import { Availability } from "./availability.ts";
import { Census, type CensusFigures } from "./census.ts";
import { ClaimCounts } from "./claim-counts.ts";
import { checkHolder, ClaimStore, type Claim } from "./claims.ts";
import { InFlight } from "./in-flight.ts";
import { restoreLives, extendLives, type LivesDeps } from "./life-extension.ts";
import { LiveCount } from "./live-count.ts";
import { LogReader } from "./log-reader.ts";
import { LogNumbers, RESERVATION } from "./log-numbers.ts";
import { MessageLog } from "./message-log.ts";
import { readLogPage, type LogPage } from "./outbox.ts";
import { OutgoingTransfers } from "./outgoing-transfers.ts";
import { Messages } from "./messages.ts";
import { Receipts } from "./receipts.ts";
import { idOf, isAlive, sequenceOf, visibleAt, type Entry } from "./segment.ts";
import { Segments } from "./segments.ts";
import { Settlements } from "./settlements.ts";
import { QueueRecord, type NewQueue } from "./record.ts";
import type { Sql } from "../sql.ts";
import type { Surroundings } from "./surroundings.ts";
import { SizeQuotas } from "./size-quotas.ts";
import { Tally } from "./tally.ts";
import { Transfers } from "./transfers.ts";
import { MessageReader, PLAIN_BODIES } from "./message-reader.ts";
import type { ReadableEntry } from "./readable-entries.ts";

/** The most bytes of dead letters that a claim moves in one transaction. */
const DEAD_LETTERS_BYTES_MAX = 1_048_576;
/** Bytes that a dead letter counts in addition to its body, so that a transaction moves about 1,000 short ones at most. */
const DEAD_LETTER_BYTES = 1024;

export class LiveQueue {
  readonly record: QueueRecord;
  /** Messages on their way to other queues, and the transfers adopted from others. */
  readonly transfers: Transfers;
  readonly census: Census;
  readonly log: MessageLog;
  readonly claims: ClaimStore;
  readonly messageReader: MessageReader;
  readonly messages: Messages;
  private readonly segments: Segments;
  private readonly inFlight = new InFlight();
  readonly availability: Availability;
  private readonly logReader: LogReader;
  private readonly liveCount: LiveCount;
  private readonly tally: Tally;
  private readonly lives: LivesDeps;
  private readonly receipts: Receipts;
  private readonly arrivals: Arrivals;
  private readonly outgoing: OutgoingTransfers;
  private readonly claimCounts: ClaimCounts;
  private readonly settlements: Settlements;

  private constructor(
    sql: Sql,
    record: QueueRecord,
    extent: { readonly next: number; readonly lastStored: number },
    { bodies = PLAIN_BODIES, tally = new Tally() }: Surroundings,
  ) {
    const { next } = extent;
    this.record = record;
    this.tally = tally;
    this.segments = new Segments(sql);
    this.census = new Census(this.segments, extent);
    this.claims = new ClaimStore(sql, this.inFlight);
    this.availability = new Availability({ segments: this.segments, inFlight: this.inFlight, end: next });
    this.liveCount = new LiveCount(this.segments);
    this.log = new MessageLog({
      numbers: new LogNumbers({ next, reserved: record.reserved }, (upTo) => record.reserve(upTo)),
      segments: this.segments,
      inFlight: this.inFlight,
      availability: this.availability,
      liveCount: this.liveCount,
      census: this.census,
      tally,
    });
    this.lives = { log: this.log, census: this.census, liveCount: this.liveCount };
    this.claimCounts = new ClaimCounts({ log: this.log, claims: this.claims });
    this.receipts = new Receipts(sql);
    this.transfers = new Transfers(sql, tally.life);
    const { segments, transfers, log, liveCount, claims, inFlight, receipts } = this;
    const { epoch } = record;
    this.logReader = new LogReader({ epoch, segments, inFlight });
    const sizeQuotas = new SizeQuotas({ count: (now) => liveCount.at(now), measure: () => sql.databaseSize });
    this.arrivals = new Arrivals({ record, log, sizeQuotas, receipts, transfers });
    this.outgoing = new OutgoingTransfers({ segments, transfers, epoch, allocate: () => log.allocate(1) });
    this.messageReader = new MessageReader({ segments, bodies, idOf: (entry) => idOf(entry, epoch) });
    this.messages = new Messages({
      record,
      log: this.logReader,
      liveCount,
      claims,
      claimCounts: this.claimCounts,
      inFlight,
      messageReader: this.messageReader,
    });
    const { messages, availability, census } = this;
    this.settlements = new Settlements({ claims, messages, log, availability, epoch, census, tally });
  }

  /**
   * The stored queue with its live claims; null: the queue does not exist. The tables have to exist. `clock` gets the latest
   * instant in the rows, which is later than the time of a clock that was set back, and returns the present instant.
   */
  static open(
    sql: Sql,
    name: QueueName,
    clock: (latestInstant: EpochMs, lead: number) => EpochMs,
    context: Surroundings = {},
  ): LiveQueue | null {
    const record = QueueRecord.read(sql, name);
    if (record === null) return null;
    const newest = new Segments(sql).newestPost();
    const queue = new LiveQueue(sql, record, { next: record.reserved, lastStored: newest?.last ?? 0 }, context);
    // Without messages there are no claims, so time need not continue from the latest instant in the rows.
    const latest = newest === null ? 0 : Math.max(queue.claims.newestAt(), newest.at);
    const now = clock(toEpochMs(latest), newest === null ? 0 : record.lead);
    for (const lapsed of queue.claims.load(now, (ranges) => queue.logReader.stored(ranges))) {
      queue.claimCounts.noteLapsed(lapsed);
    }
    return queue;
  }

  static create(sql: Sql, name: QueueName, values: NewQueue, context: Surroundings = {}): LiveQueue {
    const record = QueueRecord.insert(sql, name, { ...values, reserved: 1 + RESERVATION });
    return new LiveQueue(sql, record, { next: 1, lastStored: 0 }, context);
  }

  /** Advances time-driven state to `now`: claims lapse, delays end. In memory only. */
  advanceTo(now: EpochMs): void {
    this.availability.advanceTo(now);
    for (const ended of this.claims.takeLapsed(now)) {
      this.availability.makeClaimable(toRanges(ended.sequences));
      this.tally.add("lapsed", ended.sequences.length);
      if (ended.claim.isCounted) this.claimCounts.noteLapsed(ended);
    }
  }

  /** Whether a claim may find a message; false is certain. */
  get mayHaveClaimable(): boolean {
    return !this.record.settings.pausesClaims && this.availability.mayHaveClaimable;
  }

  /** When the next claim lapses or the next known delay ends, if there may be a claimable message then; or null. */
  get nextChange(): EpochMs | null {
    if (this.record.settings.pausesClaims) return null;
    const { nextLapse } = this.claims;
    const { nextVisible } = this.availability;
    return nextLapse === null || nextVisible === null
      ? (nextLapse ?? nextVisible)
      : toEpochMs(Math.min(nextLapse, nextVisible));
  }

  /** What the queue knows of its messages. Time-driven state has to be at `now`. Reads a page of rows at most. */
  figures(now: EpochMs): CensusFigures & Pick<QueueFigures, "claimed" | "lapse"> {
    if (this.census.isBehind) this.census.countPage();
    return { ...this.census.at(now, this.claimedCount), claimed: this.claimedCount, lapse: this.claims.lapse };
  }

  get claimedCount(): number {
    return this.inFlight.size;
  }

  /** Stores all messages of a post, or none. */
  post(post: Post, context: PostContext, now: EpochMs): Result<PostOutcome, PostFailure> {
    const outcome = this.arrivals.post(post, context, now);
    // The repeat of a post has no expiry, because it stores nothing.
    if (outcome.ok && outcome.value.expiresAt !== null) this.tally.add("posted", outcome.value.block.count);
    return outcome;
  }

  /** Deletes a message, which may require its claim. The checks are those of upstream's Redis driver. null: there is none. */
  delete(id: string, claim: string | null, now: EpochMs): Result<null, DeletionFailure> | null {
    const [entry] = this.messages.find([id], now);
    if (entry === undefined) return null;
    const holder = this.claims.holderOf(sequenceOf(entry));
    const named = claim === null ? null : this.claims.find(claim);
    if (claim !== null && named === null) return err({ kind: "claim-over", message: id });
    const failure = checkHolder(id, { holder, named });
    if (failure !== null) return err(failure);
    this.remove([entry], "deleted");
    return ok(null);
  }

  deleteMany(
    ids: readonly string[],
    claims: readonly string[] | null,
    now: EpochMs,
  ): Result<null, "claims-mismatched"> {
    const entries = this.messages.find(ids, now);
    if (claims !== null) {
      const holders = entries.map((entry) => this.claims.holderOf(sequenceOf(entry))?.id);
      if (holders.some((holder) => holder === undefined || !claims.includes(holder))) {
        return err({ kind: "claims-mismatched" });
      }
    }
    this.remove(entries, "deleted");
    return ok(null);
  }

  pop(limit: number, now: EpochMs): readonly Message[] {
    this.claimCounts.countLapsed();
    const popped = this.messageReader.gather(limit, (rest) => this.availability.take(rest, now));
    const messages = this.messages.toMessages(popped, now);
    this.remove(
      popped.map(({ entry }) => entry),
      "deleted",
    );
    return messages;
  }

  /**
   * Claims up to `limit` messages; null: there is none. Messages that were claimed too often leave for the dead-letter
   * queue. After a bounded number of these it returns null although others may follow: `MessageReader.consumeWasCut`.
   */
  claim(
    request: Detailed & ClaimedBy & { readonly id: ClaimId; readonly lease: Lease; readonly limit: number },
    now: EpochMs,
  ): { readonly messages: readonly Message[]; readonly undo: ClaimUndo } | null {
    this.claimCounts.countLapsed();
    const { deadLetters } = this.record.settings;
    const claimed = this.takeForClaim(request.limit, deadLetters, now);
    if (claimed.length === 0) return null;
    const entries = claimed.map(({ entry }) => entry);
    this.claims.create(request.id, request.lease, entries.map(sequenceOf), {
      now,
      isCounted: deadLetters !== null,
      client: request.client ?? null,
    });
    this.tally.add("claimed", claimed.length);
    const { lives, former } = extendLives(this.lives, entries, request.lease, now);
    return { messages: this.messages.toMessages(claimed, now, request, lives), undo: { claimedAt: now, former } };
  }

  /** Takes the messages of a claim, and moves dead letters. While it finds nothing else, it goes on, up to a bound. */
  private takeForClaim(limit: number, deadLetters: DeadLetters | null, now: EpochMs): readonly ReadableEntry[] {
    for (let moved = 0; ;) {
      const taken = this.messageReader.gather(limit, (rest) => this.availability.take(rest, now));
      const dead = deadLetters === null ? [] : this.outgoing.writeDeadLetters(taken, deadLetters, now);
      if (dead.length === 0) return taken;
      this.remove(
        dead.map(({ entry }) => entry),
        "deadLettered",
      );
      if (dead.length < taken.length) return taken.filter((each) => !dead.includes(each));
      moved += dead.reduce((size, { body }) => size + DEAD_LETTER_BYTES + body.length, 0);
      if (moved < DEAD_LETTERS_BYTES_MAX) continue;
      this.messageReader.noteCut();
      return [];
    }
  }

  claimOf(
    id: string,
    now: EpochMs,
    how?: Detailed,
  ): { readonly claim: Claim; readonly messages: readonly Message[] } | null {
    const claim = this.claims.find(id);
    return claim === null ? null : { claim, messages: this.messages.read(this.entriesOf(claim), now, how) };
  }

  renew(id: string, lease: Lease, now: EpochMs): boolean {
    const claim = this.claims.find(id);
    if (claim === null) return false;
    this.claims.renew(claim, lease, now);
    extendLives(this.lives, this.entriesOf(claim), lease, now);
    return true;
  }

  /** Releases a claim and returns the number of its messages. */
  release(id: string): number {
    const claim = this.claims.find(id);
    if (claim === null) return 0;
    const { sequences } = this.claims.release(claim);
    this.availability.makeClaimable(toRanges(sequences));
    this.tally.add("released", sequences.length);
    if (claim.isCounted) this.claimCounts.count(sequences);
    return sequences.length;
  }

  /** As `Settlements.settle`. */
  settle(id: string, settlement: Settlement, now: EpochMs): ReturnType<Settlements["settle"]> {
    return this.settlements.settle(id, settlement, now);
  }

  /**
   * Undoes a live claim: claim counts and lives of its messages are as before the claim. Returns the number of its messages, and
   * the earliest expiry among those whose life the claim had extended. null: the claim has ended, or was renewed, so its client
   * has it.
   */
  withdraw(id: string, undo: ClaimUndo): { readonly count: number; readonly endsAt: EpochMs | null } | null {
    const claim = this.claims.find(id);
    if (claim === null || claim.createdAt !== undo.claimedAt) return null;
    const { sequences } = this.claims.release(claim);
    this.tally.add("released", sequences.length);
    const held = new Set(sequences);
    const former = undo.former.filter(({ sequence }) => held.has(sequence));
    const endsAt = restoreLives(this.lives, former);
    this.availability.makeClaimable(toRanges(sequences));
    return { count: sequences.length, endsAt };
  }

  /** The numbers assigned so far: the range of a purge or a hand-over that starts now. */
  get extent(): Range {
    return { from: 1, to: this.log.last };
  }

  /** Deletes unclaimed messages in a bounded part of the range. Returns the number to continue at, or null when done. */
  purge(range: Range, now: EpochMs): number | null {
    return this.log.purge(range, now);
  }

  /** Removes a bounded number of expired rows. Returns whether there may be more. */
  sweep(now: EpochMs): boolean {
    this.receipts.sweep(now);
    return this.log.sweep(now);
  }

  /** When the next row expires, or null. Reads every row: for the alarm only. */
  nextExpiry(): EpochMs | null {
    const times = [this.segments.earliestExpiry(), this.receipts.earliestExpiry()].filter((at) => at !== null);
    return times.length === 0 ? null : toEpochMs(Math.min(...times));
  }

  /** The next messages after a cursor, as they are handed over to DeliveryObjects. */
  logPageAfter(cursor: number, concurrency: number): LogPage {
    const how = { last: this.log.last, isDelayed: this.record.settings.defaultMessageDelay > 0, concurrency };
    return readLogPage(this.segments, cursor, how, this.messageReader.skip);
  }

  /** The number of the newest message that `logPageAfter` can show. */
  get lastStored(): number {
    return this.segments.lastStored();
  }

  /** Keeps the messages after a cursor, also deleted and expired ones, because they were not handed over to all subscriptions. */
  keepAfter(cursor: number): void {
    this.log.keepAfter(cursor);
  }

  /** Whether a claim could take the message. */
  isFree(entry: Entry, now: EpochMs): boolean {
    return this.inFlight.slotOf(sequenceOf(entry)) === null && isAlive(entry, now) && visibleAt(entry) <= now;
  }

  /** Removes messages that were just read, and writes transfers to another queue. Returns the number of the readable ones. */
  send(entries: readonly Entry[], to: Pick<DeadLetters, "queue" | "ttl">, now: EpochMs): number {
    const readable = this.messageReader.read(entries);
    this.outgoing.writeRedriven(readable, to, now);
    this.remove(
      readable.map(({ entry }) => entry),
      "redriven",
    );
    return readable.length;
  }

  /** Stores messages of another queue with their ids and ages. Returns their number; transfers stored before change nothing. */
  adopt(source: string, transfers: readonly Transfer[], now: EpochMs): number {
    const adopted = this.arrivals.adopt(source, transfers, now);
    this.tally.add("adopted", adopted);
    return adopted;
  }

  private entriesOf(claim: Claim): Entry[] {
    return this.logReader.entriesAt(this.claims.sequencesOf(claim));
  }

  /** Removes messages that were just read. */
  private remove(entries: readonly Entry[], counter: Counter): void {
    this.tally.add(counter, entries.length);
    for (const entry of entries) this.claims.noteDeletion(sequenceOf(entry));
    this.log.remove(entries);
  }
}

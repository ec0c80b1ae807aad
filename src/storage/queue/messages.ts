/** Reads of a queue's messages: lists, single messages and statistics. Nothing here changes the queue. */
import type { Life } from "../../domain/claim.ts";
import { parseMessageId, toMessageId } from "../../domain/id.ts";
import type { Detailed } from "../../domain/details.ts";
import type { Listing, Message, MessagePage, MessageStamp, PageFilter } from "../../domain/message.ts";
import type { QueueStats } from "../../domain/queue-view.ts";
import { ageOf, type EpochMs } from "../../domain/time.ts";
import type { ClaimCounts } from "./claim-counts.ts";
import type { ClaimStore } from "./claims.ts";
import type { InFlight } from "./in-flight.ts";
import type { LiveCount } from "./live-count.ts";
import type { LogReader } from "./log-reader.ts";
import { detailsReader } from "./message-details.ts";
import type { ReadableEntry } from "./readable-entries.ts";
import type { QueueRecord } from "./record.ts";
import { claimCountOf, idOf, isAlive, lifeOf, sequenceOf, type Entry } from "./segment.ts";
import type { MessageReader } from "./message-reader.ts";

export interface MessagesDeps {
  readonly record: QueueRecord;
  readonly log: LogReader;
  readonly liveCount: LiveCount;
  readonly claims: ClaimStore;
  readonly claimCounts: ClaimCounts;
  readonly inFlight: InFlight;
  readonly messageReader: MessageReader;
}

/** Messages of a list with their numbers, ascending. */
export interface NumberedPage {
  readonly entries: readonly { readonly number: number; readonly message: Message }[];
  /** The number up to which the log was read. */
  readonly last: number;
  /** Whether there is more after that number now. Reads a row. */
  readonly hasMore: () => boolean;
}

export class Messages {
  private readonly deps: MessagesDeps;

  constructor(deps: MessagesDeps) {
    this.deps = deps;
  }

  list({ marker, limit, ...listed }: Listing, now: EpochMs): Omit<MessagePage, "isDelayed"> {
    const after = marker === null ? 0 : this.sequenceOf(marker);
    if (after === null) return { messages: [], next: null };
    const { entries, last } = this.page({ from: after + 1, limit }, listed, now);
    const messages = entries.map(({ message }) => message);
    return { messages, next: last === after ? null : toMessageId(this.deps.record.epoch, last) };
  }

  /** As a list, with the number of each message. */
  page(
    { from, limit }: { readonly from: number; readonly limit: number },
    listing: PageFilter,
    now: EpochMs,
  ): NumberedPage {
    const { record, log, messageReader } = this.deps;
    const filter = {
      now,
      without: listing.echo ? null : listing.client,
      includeClaimed: listing.includeClaimed,
      // Messages of a queue without a default delay are not delayed, unless it had one before. These are shown.
      includeDelayed: listing.includeDelayed || record.settings.defaultMessageDelay === 0,
      includeReleasedLater: listing.includeDelayed,
    };
    let last = from - 1;
    const listed = messageReader.gather(limit, (rest) => {
      const entries = log.listFrom(last + 1, rest, filter);
      last = entries.map(sequenceOf).at(-1) ?? last;
      return entries;
    });
    const numbers = listed.map(({ entry }) => sequenceOf(entry));
    const messages = this.toMessages(listed, now, listing);
    const entries = messages.map((message, index) => ({ number: numbers[index] ?? last, message }));
    return { entries, last, hasMore: () => log.listFrom(last + 1, 1, filter).length > 0 };
  }

  get(ids: readonly string[], now: EpochMs, how?: Detailed): readonly Message[] {
    return this.read(this.find(ids, now), now, how);
  }

  /** Counts, and the oldest and newest visible messages. */
  stats(now: EpochMs): Omit<QueueStats, "exists"> {
    const { log, liveCount, messageReader } = this.deps;
    const claimed = this.deps.inFlight.size;
    // A message that was released with a delay has been there since its post.
    const visible = { now, without: null, includeClaimed: true, includeDelayed: false, includeReleasedLater: true };
    const [oldest] = log.listFrom(1, 1, visible);
    return {
      claimed,
      free: Math.max(0, liveCount.at(now) - claimed),
      oldest: this.stampOf(oldest ?? null, now),
      newest: this.stampOf(log.newest(now), now),
      unreadable: log.entriesAt(messageReader.skipped).filter((entry) => isAlive(entry, now)).length,
    };
  }

  /** The live messages with these ids, without repeats. Malformed ids are ignored. */
  find(ids: readonly string[], now: EpochMs): Entry[] {
    const positions = [...new Set(ids)].map(parseMessageId).filter((position) => position !== null);
    return this.deps.log.find(positions).filter((entry) => isAlive(entry, now));
  }

  /** The ids that no live message has. */
  missing(ids: readonly string[], now: EpochMs): readonly string[] {
    const found = new Set<string>(this.find(ids, now).map((entry) => idOf(entry, this.deps.record.epoch)));
    return ids.filter((id) => !found.has(id));
  }

  /** The readable ones among the entries, in the form of answers. */
  read(entries: readonly Entry[], now: EpochMs, how?: Detailed): Message[] {
    return this.toMessages(this.deps.messageReader.read(entries), now, how);
  }

  /** Entries that were read, in the form of answers. `lives`: lives that have changed since they were read. */
  toMessages(
    readable: readonly ReadableEntry[],
    now: EpochMs,
    how: Detailed = {},
    lives?: ReadonlyMap<number, Life>,
  ): Message[] {
    const { record, claims } = this.deps;
    const detailsOf = how.details === true ? detailsReader(this.deps, now) : null;
    return readable.map((each) => {
      const { entry, body } = each;
      const sequence = sequenceOf(entry);
      const message = {
        id: idOf(entry, record.epoch),
        ttl: (lives?.get(sequence) ?? lifeOf(entry)).ttl,
        age: ageOf(entry.segment.postedAt, now),
        body,
        claim: claims.holderOf(sequence)?.id ?? null,
        claimCount: claimCountOf(entry),
      };
      return detailsOf === null ? message : { ...message, ...detailsOf(each) };
    });
  }

  private stampOf(entry: Entry | null, now: EpochMs): MessageStamp | null {
    if (entry === null) return null;
    const createdAt = entry.segment.postedAt;
    return { id: idOf(entry, this.deps.record.epoch), age: ageOf(createdAt, now), createdAt };
  }

  /** The sequence number that a marker stands for; null: it is not a position of this log. */
  sequenceOf(marker: string): number | null {
    const position = parseMessageId(marker);
    return position === null ? null : this.deps.log.sequenceOfMarker(position);
  }
}

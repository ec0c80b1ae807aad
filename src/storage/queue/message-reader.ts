/**
 * Reads messages from the log and skips the unreadable ones: those whose row is damaged, and those that no encryption key opens.
 * So an unreadable message blocks no other. It stays until it is deleted or purged, or expires. The log is never searched for
 * such messages: only those that a read has met since the object woke are known.
 */
import type { MessageId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import { RangeSet, toNumbers } from "../../mechanisms/range-set.ts";
import { PAGE_BYTES_MAX } from "../page-budget.ts";
import { readEntries, type ReadableEntry, type UnreadableReason } from "./readable-entries.ts";
import { sequenceOf, type Entry } from "./segment.ts";
import type { Segments } from "./segments.ts";

/** The most unreadable messages that one read skips. It then returns the messages found so far. */
const SKIPPED_MAX = 1000;

/** Access to bodies, provided by the queue's object, which has the encryption keys. */
export interface BodyAccess {
  /** Whether a stored body is plain, or its key is known. */
  canDecrypt(body: JsonText): boolean;
  /** Called once for each unreadable message that a read finds. */
  report(message: MessageId, why: UnreadableReason): void;
}

/** Without encryption, every undamaged body is readable. */
export const PLAIN_BODIES: BodyAccess = { canDecrypt: () => true, report: () => undefined };

export interface MessageReaderDeps {
  readonly segments: Segments;
  readonly bodies: BodyAccess;
  readonly idOf: (entry: Entry) => MessageId;
}

export class MessageReader {
  private readonly segments: Segments;
  private readonly bodies: BodyAccess;
  private readonly idOf: (entry: Entry) => MessageId;
  private readonly unreadable = new RangeSet();
  private wasCut = false;

  constructor(deps: MessageReaderDeps) {
    this.segments = deps.segments;
    this.bodies = deps.bodies;
    this.idOf = deps.idOf;
  }

  /** The readable ones among `entries`, with their bodies. */
  read(entries: readonly Entry[]): ReadableEntry[] {
    return readEntries(this.segments, entries, (body) => this.bodies.canDecrypt(body), this.skip);
  }

  /** Up to `limit` readable messages out of those that `next` returns. Skips about SKIPPED_MAX unreadable ones at most. */
  gather(limit: number, next: (limit: number) => readonly Entry[]): ReadableEntry[] {
    const gathered: ReadableEntry[] = [];
    for (let skipped = 0; ;) {
      const entries = next(limit - gathered.length);
      const readable = this.read(entries);
      gathered.push(...readable);
      skipped += entries.length - readable.length;
      const isOver = skipped >= SKIPPED_MAX || lengthOf(gathered) >= PAGE_BYTES_MAX;
      if (readable.length < entries.length && !isOver) continue;
      this.wasCut = gathered.length === 0 && readable.length < entries.length;
      return gathered;
    }
  }

  /** Notes that the caller has stopped at a bound of its own without a message, so that more may follow. */
  noteCut(): void {
    this.wasCut = true;
  }

  /** Whether the last search stopped at a bound without a message, so that more may follow. Resets this. */
  consumeWasCut(): boolean {
    const { wasCut } = this;
    this.wasCut = false;
    return wasCut;
  }

  /** Notes an unreadable message. */
  readonly skip = (entry: Entry, why: UnreadableReason): void => {
    const sequence = sequenceOf(entry);
    if (this.unreadable.has(sequence)) return;
    this.unreadable.add({ from: sequence, to: sequence });
    this.bodies.report(this.idOf(entry), why);
  };

  /** The numbers of the unreadable messages found so far. Some may have been deleted since. */
  get skipped(): number[] {
    return toNumbers(this.unreadable.toArray());
  }
}

function lengthOf(messages: readonly ReadableEntry[]): number {
  return messages.reduce((length, { body }) => length + body.length, 0);
}

/**
 * Unreadable messages: their row is damaged, or no encryption key opens them. Reads skip them, so that they block no other
 * message. They stay until they are deleted, purged or expire. Only those that a read has met since the object woke are known,
 * because the log is never scanned for them.
 */
import type { MessageId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import { RangeSet, toNumbers } from "../../mechanisms/range-set.ts";
import { PAGE_SIZE_MAX } from "../page-budget.ts";
import { readEntries, type Illegibility, type ReadableEntry } from "./reading.ts";
import { sequenceOf, type Entry } from "./segment.ts";
import type { Segments } from "./segments.ts";

/** Unreadable messages that one read skips at most; then it returns what it has found so far. */
const PASSED_MAX = 1000;

/** What the store needs of the queue's object. */
export interface Reader {
  /** Whether a body as stored can be opened. */
  isOpenable(body: JsonText): boolean;
  /** Called once for each unreadable message since the object woke. */
  report(message: MessageId, why: Illegibility): void;
}

/** Takes every undamaged body as readable. */
export const PLAIN_READER: Reader = { isOpenable: () => true, report: () => undefined };

export class Unreadable {
  private readonly segments: Segments;
  private readonly reader: Reader;
  private readonly idOf: (entry: Entry) => MessageId;
  private readonly met = new RangeSet();
  private isCut = false;

  constructor(parts: {
    readonly segments: Segments;
    readonly reader: Reader;
    readonly idOf: (entry: Entry) => MessageId;
  }) {
    this.segments = parts.segments;
    this.reader = parts.reader;
    this.idOf = parts.idOf;
  }

  /** The readable ones among `entries`, with their bodies. */
  read(entries: readonly Entry[]): ReadableEntry[] {
    return readEntries(this.segments, entries, (body) => this.reader.isOpenable(body), this.passOver);
  }

  /** Up to `limit` readable messages out of what `next` returns. Skips up to PASSED_MAX unreadable ones. */
  gather(limit: number, next: (limit: number) => readonly Entry[]): ReadableEntry[] {
    const gathered: ReadableEntry[] = [];
    for (let passed = 0; ;) {
      const entries = next(limit - gathered.length);
      const readable = this.read(entries);
      gathered.push(...readable);
      passed += entries.length - readable.length;
      const isOver = passed >= PASSED_MAX || lengthOf(gathered) >= PAGE_SIZE_MAX;
      if (readable.length < entries.length && !isOver) continue;
      this.isCut = gathered.length === 0 && readable.length < entries.length;
      return gathered;
    }
  }

  /** Whether the last `gather` stopped at its bound with nothing found, so that more may follow. Reading it resets it. */
  takeCut(): boolean {
    const { isCut } = this;
    this.isCut = false;
    return isCut;
  }

  /** Notes an unreadable message. */
  readonly passOver = (entry: Entry, why: Illegibility): void => {
    const sequence = sequenceOf(entry);
    if (this.met.has(sequence)) return;
    this.met.add({ from: sequence, to: sequence });
    this.reader.report(this.idOf(entry), why);
  };

  /** The numbers of the unreadable messages met so far. Some may have been deleted since. */
  get sequences(): number[] {
    return toNumbers(this.met.toArray());
  }
}

function lengthOf(messages: readonly ReadableEntry[]): number {
  return messages.reduce((length, { body }) => length + body.length, 0);
}

/**
 * The messages of a log that cannot be handed out: their row is damaged, or no key opens them. They are passed over, so that
 * they keep no other from anybody, and stay until they are deleted, purged or expire. Known are those that somebody has
 * met since the object woke: nobody reads a whole log to find out.
 */
import type { MessageId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import { RangeSet, toNumbers } from "../../mechanisms/range-set.ts";
import { PAGE_SIZE_MAX } from "../page-budget.ts";
import { readEntries, type Illegibility, type Legible } from "./reading.ts";
import { sequenceOf, type Entry, type Segments } from "./segments.ts";

/** Messages that one step passes over at most before it makes do with what it has found. */
const PASSED_MAX = 1000;

/** What the queue's object knows and is told. */
export interface Reader {
  /** Whether a body as stored can be opened. */
  isOpenable(body: JsonText): boolean;
  /** The first of its kind since the object woke. */
  report(message: MessageId, why: Illegibility): void;
}

/** Opens everything that is not damaged. */
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

  /** The entries that can be handed out, with their bodies. */
  read(entries: readonly Entry[]): Legible[] {
    return readEntries(this.segments, entries, (body) => this.reader.isOpenable(body), this.passOver);
  }

  /** Up to `limit` of those that `next` finds, as long as it finds any; a bounded number of others is passed over. */
  gather(limit: number, next: (limit: number) => readonly Entry[]): Legible[] {
    const gathered: Legible[] = [];
    for (let passed = 0; ;) {
      const entries = next(limit - gathered.length);
      const legible = this.read(entries);
      gathered.push(...legible);
      passed += entries.length - legible.length;
      const isOver = passed >= PASSED_MAX || lengthOf(gathered) >= PAGE_SIZE_MAX;
      if (legible.length < entries.length && !isOver) continue;
      this.isCut = gathered.length === 0 && legible.length < entries.length;
      return gathered;
    }
  }

  /** Whether what was gathered last ended before anything was found, and there may be others. Told once. */
  takeCut(): boolean {
    const { isCut } = this;
    this.isCut = false;
    return isCut;
  }

  /** Notes one that cannot. */
  readonly passOver = (entry: Entry, why: Illegibility): void => {
    const sequence = sequenceOf(entry);
    if (this.met.has(sequence)) return;
    this.met.add({ from: sequence, to: sequence });
    this.reader.report(this.idOf(entry), why);
  };

  /** Of those that were met, the numbers. Some may be gone by now. */
  get sequences(): number[] {
    return toNumbers(this.met.toArray());
  }
}

function lengthOf(messages: readonly Legible[]): number {
  return messages.reduce((length, { body }) => length + body.length, 0);
}

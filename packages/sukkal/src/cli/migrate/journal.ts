/**
 * What has been moved: a queue of the target with the ids of each batch, which is written before the batch is posted. So a
 * run of another day, or on another machine, knows it, also if messages have left the source meanwhile. Whether the last batch
 * of a run that was interrupted has arrived, the target tells by the batch's Idempotency-Key.
 */
import { SukkalError } from "../../error.ts";
import type { Queue } from "../../queue.ts";
import { toMessageText } from "../../place.ts";
import { keyOf } from "../messages/archive.ts";
import type { Limits } from "./findings.ts";
import type { Reader } from "./reader.ts";

/** The name of that queue. */
export const JOURNAL = "sukkal-migrate-journal";

/** A message of the journal. */
interface Entry {
  readonly queue: string;
  /** A batch that is about to be posted: the key of its post, and the ids of its messages at the source. */
  readonly key?: string;
  readonly ids?: readonly string[];
  /** The key of the batch before, which was stored. */
  readonly stored?: string;
  /** The queue was created anew: nothing of what was moved before is in it. */
  readonly isNew?: true;
}

/** A batch that was begun. */
interface Batch {
  readonly ids: readonly string[];
  /** Not after its post, in seconds of `performance.now()`. */
  readonly begunAt: number;
}

/** What is known of one queue. */
interface Record {
  readonly known: Set<string>;
  /** Batches of which it is not known whether they were stored, by their keys. */
  readonly open: Map<string, Batch>;
  /** The last batch that was stored. */
  last: (Batch & { readonly key: string }) | null;
}

/** Milliseconds. */
const CLOSE_MS = 5000;
/** The part of its time for which a key is trusted to be remembered: clocks differ, and entries have whole seconds. */
const TRUSTED = 0.9;

export class Journal {
  private readonly queue: Queue;
  private readonly limits: Limits;
  private readonly records: Map<string, Record>;

  static async open(target: Reader, limits: Limits, signal: AbortSignal): Promise<Journal> {
    const records = new Map<string, Record>();
    for await (const { body, age } of target.messages(JOURNAL, signal))
      note(records, body as Entry, secondsNow() - age);
    return new Journal(target.queue(JOURNAL), limits, records);
  }

  private constructor(queue: Queue, limits: Limits, records: Map<string, Record>) {
    this.queue = queue;
    this.limits = limits;
    this.records = records;
  }

  /** The part of one queue. `isNew`: the queue was created by this run. */
  async of(
    queue: Queue,
    { isNew, signal }: { readonly isNew: boolean; readonly signal: AbortSignal },
  ): Promise<QueueJournal> {
    const record = recordOf(this.records, queue.name);
    const part = new QueueJournal({ journal: this.queue, queue, record, ttl: this.limits["max_message_ttl"] ?? null });
    await part.settle({ isNew, window: this.limits["idempotency_window"] ?? 0, signal });
    return part;
  }
}

export class QueueJournal {
  private readonly journal: Queue;
  private readonly queue: Queue;
  private readonly record: Record;
  private readonly ttl: number | null;
  /** Not written yet. */
  private stored: string | null = null;

  constructor({ journal, queue, record, ttl }: QueueJournalOptions) {
    this.journal = journal;
    this.queue = queue;
    this.record = record;
    this.ttl = ttl;
  }

  /** Whether a message was moved. */
  has(id: string): boolean {
    return this.record.known.has(id);
  }

  /** Says which messages are about to be posted, and returns the key for it. */
  async begin(ids: readonly string[], signal: AbortSignal): Promise<string> {
    const key = keyOf(["migrate", ...ids]);
    await this.write({ key, ids, ...(this.stored === null ? {} : { stored: this.stored }) }, signal);
    this.stored = null;
    return key;
  }

  /** They are stored. It is written with the next batch, or at the end. */
  end(key: string, ids: readonly string[]): void {
    for (const id of ids) this.record.known.add(id);
    this.stored = key;
  }

  /** Writes what was stored last. */
  async close(signal: AbortSignal): Promise<void> {
    const { stored } = this;
    this.stored = null;
    if (stored !== null) await this.write({ stored }, signal);
  }

  /** The same after a failure or Ctrl-C, if the target still answers: otherwise it is asked for the last batch. */
  async abandon(): Promise<void> {
    await this.close(AbortSignal.timeout(CLOSE_MS)).catch(() => {});
  }

  /** Finds out what has become of batches that were begun, and whether the queue is the one that got them. */
  async settle({ isNew, window, signal }: SettleOptions): Promise<void> {
    const { known, open, last } = this.record;
    const isRemembered = last !== null && secondsNow() - last.begunAt < window * TRUSTED;
    const isAnother = isNew || (isRemembered && !(await this.wasStored(last.key, signal)));
    if (isAnother && known.size + open.size > 0) {
      known.clear();
      open.clear();
      await this.write({ isNew: true }, signal);
    }
    for (const [key, { ids }] of open) if (await this.wasStored(key, signal)) this.end(key, ids);
    open.clear();
    this.record.last = null;
  }

  /** A post without messages is refused, but not before its key is looked up: one that is known has another body. */
  private async wasStored(key: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.queue.postTexts([], { idempotencyKey: key, signal });
    } catch (error) {
      if (error instanceof SukkalError && error.status === 409) return true;
      if (!(error instanceof SukkalError) || error.status !== 400) throw error;
    }
    return false;
  }

  private async write(entry: Omit<Entry, "queue">, signal: AbortSignal): Promise<void> {
    const body: Entry = { queue: this.queue.name, ...entry };
    await this.journal.postTexts([toMessageText(body, this.ttl === null ? {} : { ttl: this.ttl })], { signal });
  }
}

interface QueueJournalOptions {
  readonly journal: Queue;
  readonly queue: Queue;
  readonly record: Record;
  readonly ttl: number | null;
}

interface SettleOptions {
  readonly isNew: boolean;
  /** Seconds for which the target remembers keys. */
  readonly window: number;
  readonly signal: AbortSignal;
}

function note(records: Map<string, Record>, { queue, key, ids, stored, isNew }: Entry, writtenAt: number): void {
  const record = recordOf(records, queue);
  if (isNew === true) {
    record.known.clear();
    record.open.clear();
    record.last = null;
  }
  const batch = stored === undefined ? undefined : record.open.get(stored);
  if (stored !== undefined && batch !== undefined) {
    for (const id of batch.ids) record.known.add(id);
    record.open.delete(stored);
    record.last = { key: stored, ...batch };
  }
  if (key !== undefined && ids !== undefined) record.open.set(key, { ids, begunAt: writtenAt });
}

function recordOf(records: Map<string, Record>, queue: string): Record {
  const record = records.get(queue) ?? { known: new Set<string>(), open: new Map<string, Batch>(), last: null };
  records.set(queue, record);
  return record;
}

function secondsNow(): number {
  return performance.now() / 1000;
}

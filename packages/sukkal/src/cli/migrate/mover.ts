/** Posts messages to the target, in their order and in batches, each message once. */
import { SukkalError } from "../../error.ts";
import type { Queue } from "../../queue.ts";
import type { QueueJournal } from "./journal.ts";

/** A message that is posted. */
export interface Moving {
  /** At the source. */
  readonly id: string;
  /** As a post has it. */
  readonly text: string;
}

export interface MoverOptions {
  readonly queue: Queue;
  readonly journal: QueueJournal;
  readonly signal: AbortSignal;
  readonly onMoved: (messages: readonly Moving[]) => void;
  /** The target does not take it. What it throws ends the move; otherwise the others are posted. */
  readonly onRefused: (message: Moving, reason: string) => void;
}

/** Posts of this size are accepted by a service of default settings. */
const BATCH_MESSAGES = 100;
const BATCH_BYTES = 200_000;

export class Mover {
  private readonly options: MoverOptions;
  private batch: Moving[] = [];
  private bytes = 0;

  constructor(options: MoverOptions) {
    this.options = options;
  }

  async add(message: Moving): Promise<void> {
    const bytes = Buffer.byteLength(message.text);
    if (this.bytes + bytes > BATCH_BYTES || this.batch.length === BATCH_MESSAGES) await this.flush();
    this.batch.push(message);
    this.bytes += bytes;
  }

  /** Posts what waits for a full batch. */
  async flush(): Promise<void> {
    const batch = this.batch;
    this.batch = [];
    this.bytes = 0;
    if (batch.length > 0) await this.post(batch);
  }

  private async post(batch: readonly Moving[]): Promise<void> {
    const { queue, journal, signal, onMoved, onRefused } = this.options;
    const ids = batch.map(({ id }) => id);
    const idempotencyKey = await journal.begin(ids, signal);
    try {
      await queue.postTexts(
        batch.map(({ text }) => text),
        { idempotencyKey, signal },
      );
    } catch (error) {
      if (!(error instanceof SukkalError)) throw error;
      // The same messages were posted before, when other lives were left.
      if (error.code !== "idempotency-key-reused") {
        if (error.status !== 400) throw error;
        const [only] = batch;
        if (batch.length === 1 && only !== undefined) return onRefused(only, error.message);
        // One of the messages is refused, and nothing is stored. The halves find out which.
        const middle = batch.length >> 1;
        await this.post(batch.slice(0, middle));
        return this.post(batch.slice(middle));
      }
    }
    journal.end(idempotencyKey, ids);
    onMoved(batch);
  }
}

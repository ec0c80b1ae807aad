/** Collects posts into batches: one request, and one row in the queue, for many messages. */
import { SukkalError } from "./error.ts";
import type { JsonText } from "./json-text.ts";
import { toMessageText, type Place, type PostOptions } from "./place.ts";
import { pause } from "./time.ts";

export interface ProducerOptions {
  /** Messages a batch. Default: 100. */
  readonly maxMessages?: number;
  /** Bytes a batch; a longer message goes alone. Default: 200,000. */
  readonly maxBytes?: number;
  /** Milliseconds for which a batch waits for more. Default: 20. */
  readonly lingerMs?: number;
}

interface Pending {
  readonly text: string;
  readonly bytes: number;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULTS = { maxMessages: 100, maxBytes: 200_000, lingerMs: 20 };

export class Producer<T> {
  private readonly place: Place<T>;
  private readonly options: Required<ProducerOptions>;
  private pending: Pending[] = [];
  private failures: unknown[] = [];
  private sending: Promise<void> | null = null;
  private isFlushing = false;
  /** Ends the wait of a batch for more messages. */
  private hurry = new AbortController();

  constructor(place: Place<T>, options: ProducerOptions) {
    this.place = place;
    this.options = { ...DEFAULTS, ...options };
  }

  /**
   * Posts a message with the next batch. Resolves with its id once it is stored; rejects if it cannot be. Batches are stored in the
   * order of the calls. Who does not await it learns of failures by `flush`.
   */
  post(body: T | JsonText, options: Pick<PostOptions, "ttl" | "delay"> = {}): Promise<string> {
    const text = toMessageText(body, options);
    const posted = new Promise<string>((resolve, reject) => {
      this.pending.push({ text, bytes: new TextEncoder().encode(text).length, resolve, reject });
    });
    posted.catch((error: unknown) => this.failures.push(error));
    if (this.pending.length >= this.options.maxMessages) this.hurry.abort();
    this.sending ??= this.sendAll();
    return posted;
  }

  /** Resolves when all messages are stored. Throws an AggregateError with the failures since the last `flush`. */
  async flush(): Promise<void> {
    this.isFlushing = true;
    this.hurry.abort();
    await this.sending;
    this.isFlushing = false;
    const { failures } = this;
    this.failures = [];
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} messages were not posted.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
  }

  private async sendAll(): Promise<void> {
    const { lingerMs, maxMessages } = this.options;
    while (this.pending.length > 0) {
      if (!this.isFlushing && this.pending.length < maxMessages) await pause(lingerMs, this.hurry.signal);
      this.hurry = new AbortController();
      await this.send(this.nextBatch());
    }
    this.sending = null;
  }

  private nextBatch(): Pending[] {
    const { maxMessages, maxBytes } = this.options;
    let bytes = 0;
    let count = 0;
    for (const message of this.pending) {
      bytes += message.bytes;
      if (count > 0 && (count === maxMessages || bytes > maxBytes)) break;
      count++;
    }
    return this.pending.splice(0, count);
  }

  private async send(batch: readonly Pending[]): Promise<void> {
    try {
      const ids = await this.place.postTexts(
        batch.map(({ text }) => text),
        {},
      );
      batch.forEach(({ resolve }, index) => resolve(ids[index] ?? ""));
    } catch (error) {
      if (batch.length === 1 || !(error instanceof SukkalError) || error.status !== 400) {
        for (const { reject } of batch) reject(error);
        return;
      }
      // One of the messages is refused, and nothing is stored. The halves find out which.
      const middle = batch.length >> 1;
      await this.send(batch.slice(0, middle));
      await this.send(batch.slice(middle));
    }
  }
}

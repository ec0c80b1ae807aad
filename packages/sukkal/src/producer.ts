/** Collects posts into batches: one request, and one row in the queue, for many messages. */
import { SukkalError } from "./error.ts";
import type { JsonText } from "./json-text.ts";
import { withDefaults } from "./options.ts";
import { toMessageText, type Place, type PostOptions } from "./place.ts";
import { ENDED, pause } from "./time.ts";

export interface ProducerOptions {
  /** Messages a batch. Default: 100. */
  readonly maxMessages?: number | undefined;
  /** Bytes a batch; a longer message goes alone. Default: 200,000. */
  readonly maxBytes?: number | undefined;
  /** Milliseconds for which a batch waits for more. Default: 20. */
  readonly lingerMs?: number | undefined;
}

interface Pending {
  readonly text: string;
  readonly bytes: number;
  readonly posted: Promise<string>;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

const DEFAULTS = { maxMessages: 100, maxBytes: 200_000, lingerMs: 20 };
/** Failures that are kept for `flush`. Programs that await each post may never call it. */
const FAILURES_MAX = 100;
const ENCODER = new TextEncoder();
/** Encoding into it takes 0.05 µs for 1 KiB, into a new array 0.6 µs. */
const SCRATCH = new Uint8Array(16_384);

/**
 * A producer, as `queue.producer()`.
 *
 * @example
 * ```ts
 * import { Sukkal } from "sukkal/client";
 * const jobs = new Sukkal({ url, project: "demo" }).queue("jobs");
 * const producer = jobs.producer({ lingerMs: 5 });
 * for (const name of ["cat.png", "dog.png"]) void producer.post({ resize: name });
 * await producer.flush();
 * ```
 */
export class Producer<T> {
  readonly #place: Place<T>;
  readonly #options: typeof DEFAULTS;
  #pending: Pending[] = [];
  /** The first failures since the last flush, and the number of all. */
  #failures: unknown[] = [];
  #failed = 0;
  #isSending = false;
  /** Resolves when the latest message is stored or refused, and all before it. */
  #latest: Promise<unknown> | null = null;
  /** The calls of `flush` that are under way. */
  #flushing = 0;
  /** Ends the wait of a batch for more messages. */
  #hurry = new AbortController();

  constructor(place: Place<T>, options: ProducerOptions) {
    this.#place = place;
    this.#options = withDefaults(DEFAULTS, options);
  }

  /**
   * Posts a message with the next batch. Resolves with its id once it is stored; rejects if it cannot be. Batches are
   * stored in the order of the calls. Who does not await it learns of failures by `flush`.
   */
  post(body: T | JsonText, options: Pick<PostOptions, "ttl" | "delay"> = {}): Promise<string> {
    const text = toMessageText(body, options);
    let resolve: Pending["resolve"] = nothing;
    let reject: Pending["reject"] = nothing;
    const posted = new Promise<string>((...settle) => {
      [resolve, reject] = settle;
    });
    this.#pending.push({ text, bytes: bytesOf(text), posted, resolve, reject });
    this.#latest = posted;
    if (this.#pending.length >= this.#options.maxMessages) this.#hurry.abort(ENDED);
    if (!this.#isSending) void this.#sendAll();
    return posted;
  }

  /** Resolves when all messages are stored. Throws an AggregateError with the failures since the last `flush`. */
  async flush(): Promise<void> {
    this.#flushing++;
    if (this.#isSending) this.#hurry.abort(ENDED);
    // Not until nothing is pending: others may go on posting.
    await this.#latest?.catch(nothing);
    this.#flushing--;
    const [failures, failed] = [this.#failures, this.#failed];
    this.#failures = [];
    this.#failed = 0;
    if (failed > 0) throw new AggregateError(failures, `${failed} messages were not posted.`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
  }

  async #sendAll(): Promise<void> {
    const { lingerMs, maxMessages } = this.#options;
    this.#isSending = true;
    while (this.#pending.length > 0) {
      if (this.#flushing === 0 && this.#pending.length < maxMessages) await pause(lingerMs, this.#hurry.signal);
      this.#hurry = new AbortController();
      await this.#send(this.#nextBatch());
    }
    this.#isSending = false;
  }

  #nextBatch(): Pending[] {
    const { maxMessages, maxBytes } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const message of this.#pending) {
      bytes += message.bytes;
      if (count > 0 && (count === maxMessages || bytes > maxBytes)) break;
      count++;
    }
    return this.#pending.splice(0, count);
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    try {
      const ids = await this.#place.postTexts(
        batch.map(({ text }) => text),
        {},
      );
      batch.forEach(({ resolve }, index) => resolve(ids[index] ?? ""));
    } catch (error) {
      if (batch.length === 1 || !(error instanceof SukkalError) || error.status !== 400) {
        for (const message of batch) this.#fail(message, error);
        return;
      }
      // One of the messages is refused, and nothing is stored. The halves find out which.
      const middle = batch.length >> 1;
      await this.#send(batch.slice(0, middle));
      await this.#send(batch.slice(middle));
    }
  }

  #fail({ posted, reject }: Pending, error: unknown): void {
    if (this.#failed++ < FAILURES_MAX) this.#failures.push(error);
    // Nobody has to await it: `flush` tells too.
    posted.catch(nothing);
    reject(error);
  }
}

function nothing(): void {}

/** In UTF-8, which needs at most 3 bytes for a unit of the text. */
function bytesOf(text: string): number {
  if (text.length * 3 > SCRATCH.length) return ENCODER.encode(text).length;
  return ENCODER.encodeInto(text, SCRATCH).written;
}

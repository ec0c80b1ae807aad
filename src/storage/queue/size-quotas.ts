/**
 * Compares the size of a queue with its project's quotas. It is rarely counted, because an upper bound in memory usually
 * suffices.
 */
import { UNLIMITED, type QuotaName, type Quotas } from "../../domain/quota.ts";
import type { EpochMs } from "../../domain/time.ts";
import { UpperBound } from "../../mechanisms/upper-bound.ts";

export interface QueueSize {
  readonly messages: number;
  readonly bytes: number;
}

export interface SizeQuotasDeps {
  /** The number of messages in the queue. */
  readonly count: (now: EpochMs) => number;
  /** The bytes of the queue. */
  readonly measure: () => number;
}

export class SizeQuotas {
  private readonly messages = new UpperBound();
  private readonly bytes = new UpperBound();
  private readonly count: (now: EpochMs) => number;
  private readonly measure: () => number;

  constructor(deps: SizeQuotasDeps) {
    this.count = deps.count;
    this.measure = deps.measure;
  }

  /** The quota that the queue would exceed with so much more; null: none. */
  exceeded(more: QueueSize, quotas: Quotas, now: EpochMs): QuotaName | null {
    const { messages_per_queue: messages, bytes_per_queue: bytes } = quotas;
    const count = (): number => this.count(now);
    if (messages !== UNLIMITED && !this.messages.admits(more.messages, messages, count)) return "messages_per_queue";
    return bytes !== UNLIMITED && !this.bytes.admits(more.bytes, bytes, this.measure) ? "bytes_per_queue" : null;
  }

  /** Notes that messages were added. */
  add({ messages, bytes }: QueueSize): void {
    this.messages.add(messages);
    this.bytes.add(bytes);
  }
}

/** Checks the size of a queue against its project's quotas. Counting is rare: an upper bound in memory mostly suffices. */
import { UNLIMITED, type QuotaName, type Quotas } from "../../domain/quota.ts";
import type { EpochMs } from "../../domain/time.ts";
import { UpperBound } from "../../mechanisms/upper-bound.ts";

export interface QueueSize {
  readonly messages: number;
  readonly bytes: number;
}

export class SizeQuotas {
  private readonly messages = new UpperBound();
  private readonly bytes = new UpperBound();
  private readonly count: (now: EpochMs) => number;
  private readonly measure: () => number;

  /** `count` returns the messages that the queue has, `measure` its bytes. */
  constructor(parts: { readonly count: (now: EpochMs) => number; readonly measure: () => number }) {
    this.count = parts.count;
    this.measure = parts.measure;
  }

  /** The quota that the queue would exceed with so much more; null: none. */
  exceeded(more: QueueSize, quotas: Quotas, now: EpochMs): QuotaName | null {
    const { messages_per_queue: messages, bytes_per_queue: bytes } = quotas;
    const count = (): number => this.count(now);
    if (messages !== UNLIMITED && !this.messages.admits(more.messages, messages, count)) return "messages_per_queue";
    return bytes !== UNLIMITED && !this.bytes.admits(more.bytes, bytes, this.measure) ? "bytes_per_queue" : null;
  }

  /** Notes what was added. */
  add({ messages, bytes }: QueueSize): void {
    this.messages.add(messages);
    this.bytes.add(bytes);
  }
}

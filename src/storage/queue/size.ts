/** Checks the size of a queue against its project's quotas. Counting is rare: upper bounds in memory mostly suffice. */
import { UNLIMITED, type QuotaName, type Quotas } from "../../domain/quota.ts";
import type { EpochMs } from "../../domain/time.ts";
import { UpperBound } from "../../mechanisms/upper-bound.ts";

/** Messages, and bytes. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

export class Size {
  private readonly messages = new UpperBound();
  private readonly bytes = new UpperBound();
  private readonly count: (now: EpochMs) => number;
  private readonly measure: () => number;

  /** `count` and `measure` return the present messages and bytes. */
  constructor(parts: { readonly count: (now: EpochMs) => number; readonly measure: () => number }) {
    this.count = parts.count;
    this.measure = parts.measure;
  }

  /** The quota that so many more messages or bytes would exceed, or null. */
  exceededQuota(more: Amount, quotas: Quotas, now: EpochMs): QuotaName | null {
    const { messages_per_queue: messages, bytes_per_queue: bytes } = quotas;
    const count = (): number => this.count(now);
    if (messages !== UNLIMITED && !this.messages.admits(more.messages, messages, count)) return "messages_per_queue";
    return bytes !== UNLIMITED && !this.bytes.admits(more.bytes, bytes, this.measure) ? "bytes_per_queue" : null;
  }

  /** Notes messages and bytes that were added. */
  add({ messages, bytes }: Amount): void {
    this.messages.add(messages);
    this.bytes.add(bytes);
  }
}

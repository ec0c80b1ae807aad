/** What a queue holds, against the quotas of its project. Counting is rare: bounds in memory tell most of the time. */
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

  /** `count` and `measure` tell how much there is. */
  constructor(parts: { readonly count: (now: EpochMs) => number; readonly measure: () => number }) {
    this.count = parts.count;
    this.measure = parts.measure;
  }

  /** The quota that so much more would exceed, or null. */
  exceededQuota(more: Amount, quotas: Quotas, now: EpochMs): QuotaName | null {
    const { messages_per_queue: messages, bytes_per_queue: bytes } = quotas;
    const count = (): number => this.count(now);
    if (messages !== UNLIMITED && !this.messages.admits(more.messages, messages, count)) return "messages_per_queue";
    return bytes !== UNLIMITED && !this.bytes.admits(more.bytes, bytes, this.measure) ? "bytes_per_queue" : null;
  }

  /** Notes what came in. */
  add({ messages, bytes }: Amount): void {
    this.messages.add(messages);
    this.bytes.add(bytes);
  }
}

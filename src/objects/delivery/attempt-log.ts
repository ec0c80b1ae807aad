/**
 * The history of a subscription's attempts: counts, and the last attempts one by one. It is kept in memory. It is written
 * together with another write of the object, such as a failure, or alone after UNWRITTEN_MAX attempts. A row for each attempt
 * would cost more than the attempts. A timer that writes the history would keep the object awake, which costs more than the
 * row. An eviction of the object loses the unwritten part.
 */
import type { AttemptRecord } from "../../domain/delivery.ts";
import type { DeliveryCounters } from "../../domain/figures.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { History } from "../../storage/delivery/deliveries.ts";

/** The newest attempts that are kept. */
export const ATTEMPTS_KEPT = 50;
/** The least time between two writes if a count has changed, because a delivery has ended. */
const COUNTS_INTERVAL = toSeconds(5);
/** The least time between two writes if only attempts of pending deliveries were added. */
const ATTEMPTS_INTERVAL = toSeconds(60);
/** Attempts since the last write after which the history is written alone. */
export const UNWRITTEN_MAX = 100;

export class AttemptLog implements History {
  delivered = 0;
  failed = 0;
  /** When the first attempt failed since the last one that arrived; null: the last one arrived, or there was none. */
  failsSince: EpochMs | null = null;
  private readonly counts = { delivered: 0, failed: 0, givenUp: 0 };
  private kept: AttemptRecord[] = [];
  /** Attempts since the last write. */
  private unwritten = 0;
  /** Whether a count has changed since the last write. */
  private hasUnwrittenCounts = false;
  private writtenAt = toEpochMs(0);

  /** Newest first. */
  get attempts(): readonly AttemptRecord[] {
    return this.kept;
  }

  /** Attempts by their outcome, and notifications that were given up, since the object started. */
  get sinceStart(): DeliveryCounters {
    return { ...this.counts };
  }

  load({ delivered, failed, attempts }: History): void {
    this.delivered = delivered;
    this.failed = failed;
    this.kept = [...attempts];
    for (const attempt of attempts.toReversed()) this.judge(attempt);
  }

  record(attempt: AttemptRecord): void {
    // A skipped attempt was not made.
    if (attempt.outcome !== "skipped") this.counts[attempt.outcome === "delivered" ? "delivered" : "failed"]++;
    this.judge(attempt);
    this.kept.unshift(attempt);
    this.kept.length = Math.min(this.kept.length, ATTEMPTS_KEPT);
    this.unwritten++;
  }

  countDelivered(): void {
    this.delivered++;
    this.hasUnwrittenCounts = true;
  }

  /** `count` is negative for deliveries that `redeliver` makes pending again. */
  countFailed(count: number): void {
    this.failed += count;
    this.counts.givenUp += Math.max(0, count);
    this.hasUnwrittenCounts = true;
  }

  /** Whether the next write of the object should include the history. */
  isWriteDue(now: EpochMs): boolean {
    if (this.hasUnwrittenCounts) return now >= after(this.writtenAt, COUNTS_INTERVAL);
    return this.unwritten > 0 && now >= after(this.writtenAt, ATTEMPTS_INTERVAL);
  }

  /** Whether the history should be written without another write. */
  isWriteOverdue(now: EpochMs): boolean {
    return this.unwritten >= UNWRITTEN_MAX && this.isWriteDue(now);
  }

  private judge({ outcome, at }: AttemptRecord): void {
    if (outcome === "delivered") this.failsSince = null;
    else if (outcome !== "skipped") this.failsSince ??= at;
  }

  /** Called after the history has been written. */
  markWritten(now: EpochMs): void {
    this.unwritten = 0;
    this.hasUnwrittenCounts = false;
    this.writtenAt = now;
  }
}

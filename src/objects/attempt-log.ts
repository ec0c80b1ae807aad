/**
 * What became of a subscription's attempts: counts, and the last ones one by one. Kept in memory and written down now and
 * then, because a row for each attempt would cost more than the attempts: what the last seconds held is lost with the object.
 */
import type { AttemptRecord } from "../domain/delivery.ts";
import type { History } from "../storage/deliveries.ts";

/** Attempts that are kept. */
export const ATTEMPTS_KEPT = 50;
/** Milliseconds between two writes while there is news. */
const WRITE_INTERVAL = 5000;

export class AttemptLog implements History {
  delivered = 0;
  failed = 0;
  private readonly write: (history: History) => void;
  private kept: AttemptRecord[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isClosed = false;

  /** `write` must not throw. */
  constructor(write: (history: History) => void) {
    this.write = write;
  }

  /** Newest first. */
  get attempts(): readonly AttemptRecord[] {
    return this.kept;
  }

  load({ delivered, failed, attempts }: History): void {
    this.delivered = delivered;
    this.failed = failed;
    this.kept = [...attempts];
  }

  record(attempt: AttemptRecord): void {
    this.kept.unshift(attempt);
    this.kept.length = Math.min(this.kept.length, ATTEMPTS_KEPT);
    this.writeSoon();
  }

  countDelivered(): void {
    this.delivered++;
    this.writeSoon();
  }

  /** Negative for those that are given another chance. */
  countFailed(count: number): void {
    this.failed += count;
    this.writeSoon();
  }

  /** Writes nothing from now on: what it would be written to is gone. */
  close(): void {
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** By a timer that holds nothing up: an object that goes before it rings loses what it may lose. */
  private writeSoon(): void {
    if (this.isClosed) return;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.write({ delivered: this.delivered, failed: this.failed, attempts: this.kept });
    }, WRITE_INTERVAL);
  }
}

/**
 * What became of a subscription's attempts: counts, and the last ones one by one. Kept in memory, and written down along
 * with whatever else the object writes: with what failed, or once much has happened. A row for each attempt would cost more
 * than the attempts, and a timer that writes it keeps the object awake, which costs more than the row. What was not
 * written by then is lost with the object.
 */
import type { AttemptRecord } from "../../domain/delivery.ts";
import { after, toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { History } from "../../storage/delivery/deliveries.ts";

/** Attempts that are kept. */
export const ATTEMPTS_KEPT = 50;
/** The time between two writes: of what has come to an end, and of attempts that only failed once more. */
const ENDS_INTERVAL = toSeconds(5);
const ATTEMPTS_INTERVAL = toSeconds(60);
/** Attempts since the last write that are reason enough for a row of their own. */
export const UNWRITTEN_MAX = 100;

export class AttemptLog implements History {
  delivered = 0;
  failed = 0;
  private kept: AttemptRecord[] = [];
  /** Attempts since the last write, and whether a count has changed. */
  private unwritten = 0;
  private hasEnds = false;
  private writtenAt = toEpochMs(0);

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
    this.unwritten++;
  }

  countDelivered(): void {
    this.delivered++;
    this.hasEnds = true;
  }

  /** Negative for those that are given another chance. */
  countFailed(count: number): void {
    this.failed += count;
    this.hasEnds = true;
  }

  /** Whether it is to be written along with something else. */
  hasNews(now: EpochMs): boolean {
    if (this.hasEnds) return now >= after(this.writtenAt, ENDS_INTERVAL);
    return this.unwritten > 0 && now >= after(this.writtenAt, ATTEMPTS_INTERVAL);
  }

  /** Whether it is to be written by itself. */
  hasMuchNews(now: EpochMs): boolean {
    return this.unwritten >= UNWRITTEN_MAX && this.hasNews(now);
  }

  /** It has been written down as it is. */
  written(now: EpochMs): void {
    this.unwritten = 0;
    this.hasEnds = false;
    this.writtenAt = now;
  }
}

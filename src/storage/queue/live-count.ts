/**
 * The number of live messages of a queue. Counting reads every row, so the count is kept in memory. It changes with each post and
 * deletion, and the messages are counted again when one of them may have expired.
 */
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { Segments } from "./segments.ts";

export class LiveCount {
  private readonly segments: Segments;
  /** Exact until the instant; null: not counted yet. */
  private counted: { count: number; until: EpochMs } | null = null;

  constructor(segments: Segments) {
    this.segments = segments;
  }

  at(now: EpochMs): number {
    if (this.counted === null || this.counted.until <= now) this.counted = { ...this.segments.countAlive(now) };
    return this.counted.count;
  }

  /** Notes new messages, the first of which expires at the instant. */
  add(count: number, expiresAt: EpochMs): void {
    if (this.counted === null) return;
    this.counted.count += count;
    this.expireAt(expiresAt);
  }

  /** Notes that live messages were deleted. */
  subtract(count: number): void {
    if (this.counted !== null) this.counted.count -= count;
  }

  /** Notes that some counted message expires at the instant. */
  expireAt(instant: EpochMs): void {
    if (this.counted !== null) this.counted.until = toEpochMs(Math.min(this.counted.until, instant));
  }

  /** Drops the count, so that the messages are counted again. */
  invalidate(): void {
    this.counted = null;
  }
}

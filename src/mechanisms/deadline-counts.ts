/**
 * How many things end when. Only counts are kept, in buckets of a second; with too many buckets these become wider. So any number
 * of things takes bounded memory, and a count is exact unless one of them ends in the present bucket.
 */
import { toEpochMs, type EpochMs } from "../domain/time.ts";
import { DeadlineHeap } from "./deadline-heap.ts";

/** About 400 kB with the heap. They cover an hour in buckets of a second, and two weeks in buckets of nine minutes. */
const BUCKETS_MAX = 4096;

export class DeadlineCounts {
  private widthMs = 1000;
  /** By the number of the bucket: the instants from `number * widthMs` on. */
  private readonly counts = new Map<number, number>();
  /** The numbers of the buckets, by their last instants. */
  private readonly order = new DeadlineHeap<number>();
  private total = 0;
  /** At or after the last deadline. */
  private last = -Infinity;

  add(at: EpochMs, count: number): void {
    this.total += count;
    this.last = Math.max(this.last, at);
    this.addTo(this.bucketOf(at), count);
    if (this.counts.size > BUCKETS_MAX) this.compact();
  }

  /** Removes things that were added with this deadline. Without effect if it is over. */
  remove(at: EpochMs, count: number): void {
    const bucket = this.bucketOf(at);
    const before = this.counts.get(bucket) ?? 0;
    const removed = Math.min(before, count);
    if (removed === 0) return;
    this.counts.set(bucket, before - removed);
    this.total -= removed;
  }

  /** The number of things that end after `now`. */
  leftAt(now: EpochMs): { readonly min: number; readonly max: number } {
    this.dropOver(now);
    const present = this.counts.get(this.bucketOf(now)) ?? 0;
    return { min: this.total - present, max: this.total };
  }

  /** When the first one ends, or a little before, and when the last one does, or later. Of those left at the last `leftAt`. */
  get span(): { readonly first: number; readonly last: number } {
    if (this.total === 0) return { first: Infinity, last: -Infinity };
    for (;;) {
      const end = this.order.nextDueAt ?? toEpochMs(Infinity);
      const bucket = this.bucketOf(end);
      if (this.counts.get(bucket) !== 0) return { first: bucket * this.widthMs, last: this.last };
      this.order.popDue(end);
      this.counts.delete(bucket);
    }
  }

  private bucketOf(at: EpochMs): number {
    return Math.floor(at / this.widthMs);
  }

  private addTo(bucket: number, count: number): void {
    const before = this.counts.get(bucket);
    this.counts.set(bucket, (before ?? 0) + count);
    if (before === undefined) this.order.add(toEpochMs((bucket + 1) * this.widthMs - 1), bucket);
  }

  private dropOver(now: EpochMs): void {
    for (let bucket = this.order.popDue(now); bucket !== undefined; bucket = this.order.popDue(now)) {
      this.total -= this.counts.get(bucket) ?? 0;
      this.counts.delete(bucket);
    }
    if (this.total === 0) this.last = -Infinity;
  }

  /** Forgets empty buckets, and doubles their width until at most half of the maximum is left. */
  private compact(): void {
    let kept = [...this.counts].filter(([, count]) => count > 0);
    this.counts.clear();
    for (const [bucket, count] of kept) this.counts.set(bucket, count);
    while (this.counts.size > BUCKETS_MAX / 2) {
      this.widthMs *= 2;
      kept = [...this.counts];
      this.counts.clear();
      for (const [bucket, count] of kept) {
        const wider = Math.floor(bucket / 2);
        this.counts.set(wider, (this.counts.get(wider) ?? 0) + count);
      }
    }
    this.order.clear();
    for (const bucket of this.counts.keys()) this.order.add(toEpochMs((bucket + 1) * this.widthMs - 1), bucket);
  }
}

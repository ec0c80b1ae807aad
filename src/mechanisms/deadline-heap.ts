/** A binary heap of entries with deadlines, the earliest first: expiring claims, ending delays, retries. */
import type { EpochMs } from "../domain/time.ts";

interface Entry<T> {
  readonly at: EpochMs;
  readonly item: T;
}

export class DeadlineHeap<T> {
  private readonly entries: Entry<T>[] = [];

  get size(): number {
    return this.entries.length;
  }

  /** When the earliest entry is due, or null. */
  get nextDueAt(): EpochMs | null {
    return this.entries[0]?.at ?? null;
  }

  add(at: EpochMs, item: T): void {
    const { entries } = this;
    let child = entries.length;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || above.at <= at) break;
      entries[child] = above;
      child = parent;
    }
    entries[child] = { at, item };
  }

  /** Removes and returns the earliest entry if it is due, else returns undefined. */
  popDue(now: EpochMs): T | undefined {
    const { entries } = this;
    const first = entries[0];
    if (first === undefined || first.at > now) return undefined;
    const last = entries.pop();
    if (last !== undefined && entries.length > 0) this.sink(last);
    return first.item;
  }

  clear(): void {
    this.entries.length = 0;
  }

  /** Puts an entry at the root and moves it down to its place. */
  private sink(entry: Entry<T>): void {
    const { entries } = this;
    let parent = 0;
    for (;;) {
      const left = entries[2 * parent + 1];
      const right = entries[2 * parent + 2];
      if (left === undefined) break;
      const isRightSooner = right !== undefined && right.at < left.at;
      const sooner = isRightSooner ? right : left;
      if (entry.at <= sooner.at) break;
      entries[parent] = sooner;
      parent = 2 * parent + (isRightSooner ? 2 : 1);
    }
    entries[parent] = entry;
  }
}

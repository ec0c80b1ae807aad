/**
 * What the shards of a queue have counted in this life of its home. Their counts go on with those of the home, also when a shard
 * starts anew or is closed, so that counters never fall within a life. What a shard counts after the last look and before its end
 * is lost.
 */
import { NO_COUNTS, type Counters, type QueueFigures } from "../../domain/figures.ts";
import { sumCounters, countedSince } from "../../domain/spread-figures.ts";
import type { EpochMs } from "../../domain/time.ts";

export class ShardCounts {
  total: Counters = NO_COUNTS;
  private readonly last = new Map<number, Pick<QueueFigures, "bootId" | "counters">>();

  get hasCounted(): boolean {
    return this.last.size > 0;
  }

  /** `since`: the start of the home. What a shard counted before its first look may have been told by an earlier life. */
  note(shard: number, { boot, bootId, counters }: QueueFigures, since: EpochMs): void {
    const last = this.last.get(shard);
    const isKnown = last?.bootId === bootId;
    if (isKnown) this.total = sumCounters(this.total, countedSince(last.counters, counters));
    else if (last !== undefined || boot >= since) this.total = sumCounters(this.total, counters);
    this.last.set(shard, { bootId, counters });
  }
}

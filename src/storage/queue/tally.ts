/** What a queue has counted since its object started, in memory only. After a rollback its host restores the counts of before. */
import { COUNTERS, type Counter, type Counters } from "../../domain/figures.ts";

export class Tally {
  private counts = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;

  add(counter: Counter, messages: number): void {
    this.counts[counter] += messages;
  }

  /** The counts as they are now. */
  get copy(): Counters {
    return { ...this.counts };
  }

  restore(counts: Counters): void {
    this.counts = { ...counts };
  }
}

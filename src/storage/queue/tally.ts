/** What a queue has counted since its object started, in memory only. After a rollback its host restores the counts of before. */
import { COUNTERS, type Counter, type Counters } from "../../domain/figures.ts";
import { randomInteger } from "../../domain/random.ts";

/** A number of a life is below this. */
const LIFE_END = 2 ** 48;

export class Tally {
  /** A random number of this life of the object. */
  readonly life = 1 + randomInteger(LIFE_END);
  private counts = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Record<Counter, number>;

  add(counter: Counter, messages: number): void {
    this.counts[counter] += messages;
  }

  /** The sum of all counts. It never falls but by `restore`. */
  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  countOf(counter: Counter): number {
    return this.counts[counter];
  }

  /** The counts as they are now. */
  get copy(): Counters {
    return { ...this.counts };
  }

  restore(counts: Counters): void {
    this.counts = { ...counts };
  }
}

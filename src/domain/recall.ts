/**
 * Remembers answers that are dear to get: each until its own time, at most so many, and one question at a time for one
 * key. For the Worker's side of the hop, where one isolate serves many requests.
 */
import type { EpochMs } from "./time.ts";

export interface Remembered<T> {
  readonly value: T;
  /** From then on the answer is asked for again. */
  readonly until: EpochMs;
}

/** What the request brings that asks. */
export interface Asker {
  readonly now: () => EpochMs;
  /** Lets work outlive the request that began it: others may be waiting for its outcome. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export class Recall<T> {
  private readonly capacity: number;
  private readonly answers = new Map<string, Remembered<T>>();
  private readonly asking = new Map<string, Promise<Remembered<T>>>();

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** The remembered answer, or the one that `ask` gets. What it throws is thrown to everybody who waits, and forgotten. */
  async get(key: string, ask: () => Promise<Remembered<T>>, asker: Asker): Promise<T> {
    const known = this.answers.get(key);
    if (known !== undefined && known.until > asker.now()) return known.value;
    const underway = this.asking.get(key);
    if (underway !== undefined) return (await underway).value;
    const answer = ask().then((fresh) => {
      this.remember(key, fresh);
      return fresh;
    });
    const settled = answer.finally(() => this.asking.delete(key));
    this.asking.set(key, settled);
    asker.waitUntil(settled.catch(() => undefined));
    return (await settled).value;
  }

  forget(key: string): void {
    this.answers.delete(key);
  }

  private remember(key: string, answer: Remembered<T>): void {
    // Re-entered at the end, so that the first is the one remembered longest ago.
    this.answers.delete(key);
    this.answers.set(key, answer);
    for (const oldest of this.answers.keys()) {
      if (this.answers.size <= this.capacity) break;
      this.answers.delete(oldest);
    }
  }
}

/** Simulated time. The asynchronous code of the service runs in it as it is: time advances only when nothing is left to do. */
import { toEpochMs } from "../../src/domain/time.ts";
import { DeadlineHeap } from "../../src/mechanisms/deadline-heap.ts";

export class Timeline {
  /** Milliseconds since the beginning, with fractions. */
  now = 0;
  private readonly planned = new DeadlineHeap<() => void>();

  after(milliseconds: number, work: () => void): void {
    this.planned.add(toEpochMs(this.now + milliseconds), work);
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, resolve);
    });
  }

  async run(until: number): Promise<void> {
    const end = toEpochMs(until);
    for (let work = this.next(end); work !== undefined; work = this.next(end)) {
      work();
      await settled();
    }
    this.now = until;
  }

  private next(end: ReturnType<typeof toEpochMs>): (() => void) | undefined {
    const { nextDueAt } = this.planned;
    const work = this.planned.popDue(end);
    if (work !== undefined) this.now = nextDueAt ?? this.now;
    return work;
  }
}

/** Resolves when all that was resolved has been continued: Node calls back after all microtasks. `setImmediate` takes longer. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

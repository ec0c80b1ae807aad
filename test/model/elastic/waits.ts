/** The claims that wait at a home: calls of Workers that are held. */
import type { FinderWaits } from "../../../src/objects/queue/spread-finder.ts";

type Timer = (milliseconds: number, work: () => void) => void;

export class ModelWaits implements FinderWaits {
  private readonly timer: Timer;
  /** The longest wait first. */
  private readonly held = new Set<(object: number | null) => void>();

  constructor(timer: Timer) {
    this.timer = timer;
  }

  get size(): number {
    return this.held.size;
  }

  /** The object that may have a message, or null when the time is over. */
  wait(milliseconds: number): Promise<number | null> {
    return new Promise((resolve) => {
      const settle = (object: number | null): void => {
        if (this.held.delete(settle)) resolve(object);
      };
      this.held.add(settle);
      this.timer(milliseconds, () => settle(null));
    });
  }

  tell(object: number, count: number): void {
    for (const settle of [...this.held].slice(0, count)) settle(object);
  }
}

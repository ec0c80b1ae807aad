/** The claims that wait at a home: calls of Workers that are held, and waits of connections. */
import type { FinderWaits } from "../../../src/objects/queue/spread-finder.ts";

type Timer = (milliseconds: number, work: () => void) => void;

export interface ModelWait {
  /** An object may have a message. False: it is no news. */
  tell(object: number): boolean;
}

export class ModelWaits implements FinderWaits {
  private readonly timer: Timer;
  /** The longest wait first. */
  private readonly waits = new Set<ModelWait>();

  constructor(timer: Timer) {
    this.timer = timer;
  }

  get size(): number {
    return this.waits.size;
  }

  add(wait: ModelWait): void {
    this.waits.add(wait);
  }

  delete(wait: ModelWait): void {
    this.waits.delete(wait);
  }

  /** Holds a call: the object that may have a message, or null when the time is over. */
  wait(milliseconds: number): Promise<number | null> {
    return new Promise((resolve) => {
      const settle = (object: number | null): boolean => {
        this.delete(wait);
        resolve(object);
        return true;
      };
      const wait = { tell: settle };
      this.add(wait);
      this.timer(milliseconds, () => settle(null));
    });
  }

  tell(object: number, count: number): void {
    let left = count;
    for (const wait of this.waits) {
      if (left <= 0) return;
      if (wait.tell(object)) left--;
    }
  }
}

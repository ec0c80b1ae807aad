/**
 * Calls to other objects, in slices: the platform lets one call of an object make no more than 1,000 calls itself (10,000 for
 * those who pay), and a queue may have more subscribers than that. When a slice is used up the object has to be called
 * again, by its alarm, which a crash does not end; what has to wait until then keeps its order.
 */

/** Calls in one slice; what else a call of the object does has room beside it. */
export const SLICE_MAX = 400;

export class Slices {
  private readonly callAgain: () => void;
  private left = SLICE_MAX;
  private readonly waiting: (() => void)[] = [];
  private readonly watching: (() => void)[] = [];

  /** `callAgain` sees to it that the object is called, and that `begin` is. */
  constructor(callAgain: () => void) {
    this.callAgain = callAgain;
  }

  /** The object has been called anew. */
  begin(): void {
    this.left = SLICE_MAX;
    for (const next of this.waiting.splice(0, this.left)) {
      this.left--;
      next();
    }
    if (this.waiting.length > 0) this.end();
  }

  /** Settles when there is room for a call in a slice. */
  async enter(): Promise<void> {
    if (this.left > 0) {
      this.left--;
      return;
    }
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve);
      if (this.waiting.length === 1) this.end();
    });
  }

  /** Settles when the slice is used up and more is to be done. */
  over(): Promise<void> {
    return new Promise((resolve) => {
      if (this.waiting.length > 0) resolve();
      else this.watching.push(resolve);
    });
  }

  private end(): void {
    for (const resolve of this.watching.splice(0)) resolve();
    this.callAgain();
  }
}

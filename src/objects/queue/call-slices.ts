/**
 * Calls to other objects, in slices: a queue may have more subscribers than one call of an object may make calls. A slice is the
 * part of the calls that one call of the object makes. When it is used up, the alarm calls the object again, also after a crash.
 * Calls that wait for the next slice keep their order.
 */
import { SLICE_MAX } from "../rpc/call-limit.ts";

export class Slices {
  private readonly callAgain: () => void;
  private left = SLICE_MAX;
  private readonly waiting: (() => void)[] = [];
  private readonly endWaiters: (() => void)[] = [];

  /** `callAgain` has to cause another call of the object, and that call has to call `begin`. */
  constructor(callAgain: () => void) {
    this.callAgain = callAgain;
  }

  /** Begins a slice: the object has been called anew. */
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

  /** Settles when the slice is used up and calls wait for the next one. */
  ended(): Promise<void> {
    return new Promise((resolve) => {
      if (this.waiting.length > 0) resolve();
      else this.endWaiters.push(resolve);
    });
  }

  private end(): void {
    for (const resolve of this.endWaiters.splice(0)) resolve();
    this.callAgain();
  }
}

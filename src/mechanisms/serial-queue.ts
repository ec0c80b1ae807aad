/** Runs asynchronous work one piece at a time, in the order of the calls. */
export class SerialQueue {
  /** Settles when all work so far has ended. Never rejects. */
  private last: Promise<unknown> = Promise.resolve();

  /** The outcome of `work`, which starts when all work before it has ended. A failure does not affect later work. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const outcome = this.last.then(work);
    this.last = outcome.catch(() => undefined);
    return outcome;
  }
}

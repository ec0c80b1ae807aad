/**
 * Group commit. Every commit costs a flush to disk (or a round of replication). Each request arrives in its own iteration of
 * the event loop ("turn"), so alone it pays for its own commit. When requests are known to arrive together, they wait for the
 * next turn and share one commit: the runtime commits at once what was written between two awaits, and holds all answers
 * until then.
 *
 * Waiting costs a lone request about a millisecond (a timer). So a request waits only when the last batch had several
 * requests. From time to time one request waits on trial, to find out whether others arrive with it.
 */
type Work = () => void;

/** From batches of this size on, waiting saves more time (flushes) than it costs (the timer). */
const BATCHING_MIN = 3;
/** The maximum number of turns that a batch waits while it grows. Each is about a millisecond. */
const TURNS_MAX = 8;
/**
 * While requests run alone, one in this many waits on trial. The interval doubles after each trial in which no other arrived.
 */
const TRIAL_INTERVAL_MIN = 32;
const TRIAL_INTERVAL_MAX = 512;

export class GroupCommit {
  private pending: Work[] = [];
  private isBatching = false;
  private sinceTrial = 0;
  private trialInterval = TRIAL_INTERVAL_MIN;

  /**
   * Runs `work` now or in the next shared turn, in the order of the calls. The returned promise settles with its outcome;
   * an exception affects only its own caller.
   */
  run<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle: Work = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error("The work of a group commit failed.", { cause: error }));
        }
      };
      if (this.pending.length > 0) this.pending.push(settle);
      else if (this.isBatching || ++this.sinceTrial >= this.trialInterval) this.openBatch(settle);
      else settle();
    });
  }

  private openBatch(first: Work): void {
    this.sinceTrial = 0;
    this.pending.push(first);
    this.wait(0, TURNS_MAX);
  }

  /** Waits a turn, and further ones while each brings more calls, then runs all calls that have arrived. */
  private wait(seen: number, turns: number): void {
    setTimeout(() => {
      const { length } = this.pending;
      if (turns > 1 && length > seen) this.wait(length, turns - 1);
      else this.flush();
    }, 0);
  }

  private flush(): void {
    const batch = this.pending;
    this.pending = [];
    this.isBatching = batch.length >= BATCHING_MIN;
    this.trialInterval = this.isBatching ? TRIAL_INTERVAL_MIN : Math.min(2 * this.trialInterval, TRIAL_INTERVAL_MAX);
    for (const settle of batch) settle();
  }
}

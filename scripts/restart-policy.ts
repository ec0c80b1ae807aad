/**
 * Decides whether and when workerd is restarted after it has ended by itself: with growing delays, a limited number of times.
 */

/** Milliseconds. A run that is shorter counts as a failed start. */
const SHORT_RUN_MS = 60_000;
/** After this many short runs in a row there is no restart: the cause seems to be permanent. */
const SHORT_RUNS_MAX = 6;
/**
 * Milliseconds before the second restart in a row. The delay doubles with each further one. The first restart is immediate.
 */
const DELAY_MS = 1000;

export class RestartPolicy {
  private shortRuns = 0;

  /** Records the end of a run of `durationMs`. Returns the delay of the restart in milliseconds, or null for no restart. */
  delayAfter(durationMs: number): number | null {
    this.shortRuns = durationMs < SHORT_RUN_MS ? this.shortRuns + 1 : 1;
    if (this.shortRuns >= SHORT_RUNS_MAX) return null;
    return this.shortRuns === 1 ? 0 : DELAY_MS * 2 ** (this.shortRuns - 2);
  }

  /** For the error message after the last run. */
  get summary(): string {
    return this.shortRuns === 0
      ? ""
      : ` ${this.shortRuns} times in a row, each within ${SHORT_RUN_MS / 1000} s of its start`;
  }
}

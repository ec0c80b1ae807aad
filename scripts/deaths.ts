/** Whether workerd is started again when it has ended by itself, and when: soon, ever later, and not for ever. */

/** A run that ends sooner than this is a quick death (ms). */
const QUICK_MS = 60_000;
/** So many in a row are enough: what ends it will end it again. */
const QUICK_DEATHS_MAX = 6;
/** Milliseconds to wait before the second restart in a row; doubles. The first waits for nothing. */
const DELAY_MS = 1000;

export class Deaths {
  private quick = 0;

  /** Notes that a run has ended after so many milliseconds. How long to wait before the next; null: no more. */
  next(livedMs: number): number | null {
    this.quick = livedMs < QUICK_MS ? this.quick + 1 : 1;
    if (this.quick >= QUICK_DEATHS_MAX) return null;
    return this.quick === 1 ? 0 : DELAY_MS * 2 ** (this.quick - 2);
  }

  /** Why there is no next. */
  get lastWords(): string {
    return this.quick === 0 ? "" : ` ${this.quick} times in a row, each within ${QUICK_MS / 1000} s of its start`;
  }
}

/**
 * Holds a limit on something whose size is dear to measure: the size is never above a bound that only additions raise,
 * so it is measured again only when the bound, not the size, would pass the limit.
 */
export class UpperBound {
  /** null: never measured. */
  private bound: number | null = null;

  /** Whether `more` fit under the limit. */
  admits(more: number, limit: number, measure: () => number): boolean {
    if (this.bound === null || this.bound + more > limit) this.bound = measure();
    return this.bound + more <= limit;
  }

  /** Notes that `more` were added. */
  add(more: number): void {
    if (this.bound !== null) this.bound += more;
  }
}

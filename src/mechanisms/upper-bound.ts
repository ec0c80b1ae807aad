/**
 * Enforces a limit on a size that is expensive to measure. Additions raise an upper bound of the size; removals leave it. The
 * size is measured again only when the bound would exceed the limit.
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

/**
 * Enforces a limit on a size that is expensive to measure. It keeps an upper bound in memory: additions raise it, removals do
 * not change it. The size is measured only when the bound would exceed the limit.
 */
export class UpperBound {
  /** null: never measured. */
  private bound: number | null = null;

  /** Whether `more` may be added: the size plus `more` is within the limit. */
  admits(more: number, limit: number, measure: () => number): boolean {
    if (this.bound === null || this.bound + more > limit) this.bound = measure();
    return this.bound + more <= limit;
  }

  /** Records an addition. */
  add(more: number): void {
    if (this.bound !== null) this.bound += more;
  }
}

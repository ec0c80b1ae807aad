/**
 * A set of integers as sorted, disjoint, non-adjacent ranges. A queue keeps the numbers of its returned messages in one: a
 * thousand messages of expired claims are usually a few ranges.
 */

/** Both ends are included. A range with `to` < `from` is empty. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export class RangeSet {
  private ranges: Range[] = [];

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** The integers in it. */
  get size(): number {
    return this.ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  }

  first(): number | null {
    return this.ranges[0]?.from ?? null;
  }

  last(): number | null {
    return this.ranges.at(-1)?.to ?? null;
  }

  has(value: number): boolean {
    const range = this.ranges[this.indexAt(value)];
    return range !== undefined && range.from <= value;
  }

  add(range: Range): void {
    if (range.from > range.to) return;
    // Adjacent ranges merge, so the search starts one number lower.
    const start = this.indexAt(range.from - 1);
    let end = start;
    let { from, to } = range;
    for (let next = this.ranges[end]; next !== undefined && next.from <= to + 1; next = this.ranges[++end]) {
      from = Math.min(from, next.from);
      to = Math.max(to, next.to);
    }
    this.ranges.splice(start, end - start, { from, to });
  }

  remove(range: Range): void {
    if (range.from > range.to) return;
    const start = this.indexAt(range.from);
    let end = start;
    const rest: Range[] = [];
    for (let next = this.ranges[end]; next !== undefined && next.from <= range.to; next = this.ranges[++end]) {
      if (next.from < range.from) rest.push({ from: next.from, to: range.from - 1 });
      if (next.to > range.to) rest.push({ from: range.to + 1, to: next.to });
    }
    if (end > start) this.ranges.splice(start, end - start, ...rest);
  }

  /** The ranges, in order. */
  toArray(): readonly Range[] {
    return this.ranges;
  }

  clear(): void {
    this.ranges = [];
  }

  /** The index of the first range that ends at or after `value`. */
  private indexAt(value: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle];
      if (range !== undefined && range.to < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Ascending numbers as ranges: 1 2 3 7 → [1,3] [7,7]. */
export function toRanges(ascending: readonly number[]): Range[] {
  const ranges: Range[] = [];
  for (const value of ascending) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === value - 1) ranges[ranges.length - 1] = { from: last.from, to: value };
    else ranges.push({ from: value, to: value });
  }
  return ranges;
}

/** The numbers in the ranges, in order. */
export function toNumbers(ranges: readonly Range[]): number[] {
  return ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, offset) => from + offset));
}

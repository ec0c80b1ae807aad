/** Statistics for the tables. */

/** A percentile of sorted values by the nearest-rank method, so the result is a measured value. */
export function percentile(sorted: ArrayLike<number>, fraction: number): number {
  const rank = Math.max(Math.ceil(sorted.length * fraction), 1);
  return sorted[rank - 1] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Of the mean. */
export function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = sum(values.map((value) => (value - middle) ** 2));
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The geometric mean of the ratios of the pairs, so that a/b and b/a say the same, and its standard error. */
export interface PairRatio {
  readonly mean: number;
  readonly error: number;
}

/**
 * Figures as the service has them: a number that is exact, bounds, or null for what is not known. What is not known is never
 * written as 0.
 */

export interface Bounds {
  readonly min: number;
  /** Absent: any number. */
  readonly max?: number;
}

export type Amount = number | Bounds | null;

/** `1,204`, `≤ 1,204`, `≥ 12`, or `?`. */
export function amount(value: Amount, write: (value: number) => string): string {
  if (value === null) return "?";
  if (typeof value === "number") return write(value);
  return value.max === undefined ? `≥ ${write(value.min)}` : `≤ ${write(value.max)}`;
}

/** The largest number that it can be; null: not known. */
export function most(value: Amount): number | null {
  if (value === null || typeof value === "number") return value;
  return value.max ?? null;
}

/** The smallest number that it can be: 0 if it is not known. */
export function least(value: Amount): number {
  if (value === null) return 0;
  return typeof value === "number" ? value : value.min;
}

/** The sum of figures, which is as certain as the least certain one. */
export function sumOf(amounts: readonly Amount[]): Amount {
  if (amounts.length > 0 && amounts.every((each) => each === null)) return null;
  if (amounts.includes(null)) return { min: added(amounts.map(least)) };
  const min = added(amounts.map(least));
  const max = added(amounts.map((each) => most(each) ?? Infinity));
  if (max === Infinity) return { min };
  return min === max ? min : { min, max };
}

function added(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

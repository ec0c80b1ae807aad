/** Numbers as the console writes them: exact where a person can read them, with a unit elsewhere. */

const EXACT_MAX = 999_999;
const STEPS = [
  { least: 1e12, unit: "T" },
  { least: 1e9, unit: "G" },
  { least: 1e6, unit: "M" },
] as const;

/** One for all, because `toLocaleString` makes another for each number. */
const SEPARATED = new Intl.NumberFormat("en-US");

/** A number with separators: `1,318`. */
export function exact(value: number): string {
  return SEPARATED.format(value);
}

/** A count: exact to 999,999, then three digits: `1.24 M`. */
export function count(value: number): string {
  if (Math.abs(value) <= EXACT_MAX) return exact(value);
  const step = STEPS.find(({ least }) => Math.abs(value) >= least);
  return step === undefined ? exact(value) : `${threeDigits(value / step.least)} ${step.unit}`;
}

/** A rate: `306`, `38.2`, `0.09`. What rounds to nothing, but is something, is `under 0.01`. */
export function rate(value: number): string {
  if (value === 0) return "0";
  if (value < 0.01) return "under 0.01";
  // 0.995 and more have one decimal, because two would show 1.00.
  if (value < 0.995) return value.toFixed(2);
  return value < 99.95 ? value.toFixed(1) : count(Math.round(value));
}

/** A difference with its sign: `+1,926`, `-4`, `0`. */
export function change(value: number): string {
  const rounded = Math.round(value);
  return rounded > 0 ? `+${count(rounded)}` : count(rounded === 0 ? 0 : rounded);
}

/** A part of a whole in per cent: `0.8 %`, `93 %`, `under 0.1 %`. */
export function percent(part: number, whole: number): string {
  const value = (part / whole) * 100;
  if (value > 0 && value < 0.05) return "under 0.1 %";
  return `${value < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : Math.floor(value)} %`;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return size < 9.995 ? value.toFixed(2) : size < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

/** Bytes: what is stored in decimal units, what is configured in the units in which it was. */
import { exact } from "./numbers.ts";
import type { Part } from "./durations.ts";

const DECIMAL = ["B", "kB", "MB", "GB", "TB", "PB"] as const;
const BINARY = [
  ["GiB", 2 ** 30],
  ["MiB", 2 ** 20],
  ["KiB", 2 ** 10],
] as const;

/** `62.3 MB`, `28.7 kB`, `999 B`. */
export function bytes(value: number): string {
  const { value: number, unit } = bytesPart(value);
  return `${number} ${unit}`;
}

export function bytesPart(value: number): Part {
  let left = value;
  let step = 0;
  // 999.95 would be written as 1000.0.
  while (step < DECIMAL.length - 1 && left >= (step === 0 ? 1000 : 999.95)) {
    left /= 1000;
    step++;
  }
  return { value: step === 0 ? exact(left) : left.toFixed(1), unit: DECIMAL[step] ?? "B" };
}

/** A limit in the larger unit of those that divide it: `256 KiB`, `8 GB`, `1,001 B`. */
export function byteLimit(value: number): string {
  const parts = [...BINARY, ...DECIMAL.map((unit, power) => [unit, 1000 ** power] as const)];
  const [unit, size] = parts
    .filter(([, each]) => value >= each && value % each === 0)
    .reduce((best, each) => (each[1] > best[1] ? each : best), ["B", 1] as readonly [string, number]);
  return `${exact(value / size)} ${unit}`;
}

/** Columns of the past as lines of a chart. What was not known is null, and stays a gap. */
import { most, type Amount } from "./amounts.ts";

/** The instant of each point, in milliseconds since 1970. `step`: seconds. */
export function timesOf(
  { from, step }: { readonly from: string; readonly step: number },
  length: number,
): readonly number[] {
  const start = Date.parse(from);
  return Array.from({ length }, (_, index) => start + index * step * 1000);
}

export function values(column: readonly Amount[]): readonly (number | null)[] {
  return column.map(most);
}

/** A second, of messages in each step. */
export function rates(column: readonly (number | null)[], step: number): readonly (number | null)[] {
  return column.map((count) => (count === null ? null : count / step));
}

/** The sum of columns; a point is known only if all are. */
export function sumOf(...columns: readonly (readonly (number | null)[])[]): readonly (number | null)[] {
  return (columns[0] ?? []).map((_, index) =>
    columns.reduce<number | null>((total, column) => {
      const value = column[index] ?? null;
      return total === null || value === null ? null : total + value;
    }, 0),
  );
}

/** How much of a rise may be there before it begins: queues are never quite empty. */
const CALM = 0.05;

/** The index where the values began to rise to the last one; null: they did so before, or it is not known. */
export function riseOf(column: readonly (number | null)[]): number | null {
  const last = column.findLastIndex((value) => value !== null);
  const top = column[last] ?? 0;
  const limit = Math.min(...column.flatMap((value) => value ?? [])) + CALM * top;
  const calm = column.findLastIndex((value) => value !== null && value <= limit);
  let begin = calm;
  while (isBelow(column[begin - 1], column[begin])) begin--;
  return begin <= 0 || calm >= last ? null : begin;
}

function isBelow(before: number | null | undefined, value: number | null | undefined): boolean {
  return before != null && value != null && before < value;
}

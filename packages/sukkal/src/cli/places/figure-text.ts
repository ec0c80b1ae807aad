/** Figures as texts: what is exact is a number, and what is not says so. */
import type { Figure } from "../../figures.ts";
import type { Column } from "../terminal/table.ts";
import { number } from "../terminal/units.ts";

/** For people: `12`, `3–7`, `≤7`, `≥3`, `?`. */
export function figureText(figure: Figure, shown: (value: number) => string = number): string {
  if (figure === null) return "?";
  if (typeof figure === "number") return shown(figure);
  const { min, max } = figure;
  if (max === undefined) return `≥${shown(min)}`;
  return min === 0 ? `≤${shown(max)}` : `${shown(min)}–${shown(max)}`;
}

/** For programs: `12`, `3..7`, `3..`; null: it is not known. */
export function figureValue(figure: Figure): number | string | null {
  if (figure === null || typeof figure === "number") return figure;
  return `${figure.min}..${figure.max ?? ""}`;
}

/** By what rows are sorted: the most that it can be. */
export function mostOf(figure: Figure): number | null {
  if (figure === null || typeof figure === "number") return figure;
  return figure.max ?? Infinity;
}

/** The sum of figures, of those that are known. */
export function sumOf(figures: readonly Figure[]): Figure {
  let [min, max] = [0, 0];
  for (const figure of figures) {
    min += (typeof figure === "number" ? figure : figure?.min) ?? 0;
    max += mostOf(figure) ?? 0;
  }
  if (min === max) return min;
  return max === Infinity ? { min } : { min, max };
}

/** Whether nothing is there for certain. */
export function isNone(figure: Figure | undefined): boolean {
  return figure == null || mostOf(figure) === 0;
}

/** `figure` undefined: the row can have none. */
export function figureColumn<R>(
  title: string,
  figure: (row: R) => Figure | undefined,
  options: {
    /** Whether it may have changed since. */
    readonly isDoubtful?: (row: R) => boolean;
    readonly style?: Column<R>["style"];
  } = {},
): Column<R> {
  const { isDoubtful = () => false, style } = options;
  return {
    title,
    value: (row) => figureValue(figure(row) ?? null),
    shown: (row) => {
      const given = figure(row);
      if (given === undefined) return null;
      return (given !== null && isDoubtful(row) ? "~" : "") + figureText(given);
    },
    align: "right",
    ...(style === undefined ? {} : { style }),
  };
}

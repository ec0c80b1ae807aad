/** Rows in columns: aligned for people, separated by tabs for programs. */
import { columnsOf, cut, onOneLine } from "./display-text.ts";
import type { Paint, Style } from "./style.ts";

export interface Column<Row> {
  /** Such as `CLAIMED`. */
  readonly title: string;
  /** null: there is no value, which a terminal shows as `-` and a pipe as nothing. */
  readonly value: (row: Row) => string | number | null;
  /** What a person reads instead, such as `3 min` for 180. */
  readonly shown?: (row: Row) => string | null;
  readonly align?: "right";
  /** It is never cut, such as an id that people copy. */
  readonly isWhole?: boolean;
  readonly style?: (row: Row) => Style | null;
}

const GAP = "  ";
/** A column is never narrower, even if the table then is wider than the terminal. */
const COLUMNS_MIN = 8;

/** A table with its header, at most `columns` wide: the widest columns are cut. */
export function* tableOf<Row>(
  rows: readonly Row[],
  shape: readonly Column<Row>[],
  { columns, paint }: { readonly columns: number; readonly paint: Paint },
): Generator<string, void, undefined> {
  const texts = rows.map((row) => shape.map((column) => shownText(column, row)));
  const natural = shape.map(({ title }, index) =>
    Math.max(columnsOf(title), ...texts.map((cells) => columnsOf(cells[index] ?? ""))),
  );
  const minima = shape.map(({ isWhole }, index) => (isWhole === true ? (natural[index] ?? 0) : COLUMNS_MIN));
  const widths = fitted(natural, minima, columns - GAP.length * (shape.length - 1));
  const line = (cells: readonly string[], styles: readonly (Style | null)[]): string =>
    cells
      .map((cell, index) => {
        const text = cut(cell, widths[index] ?? 0);
        const blanks = " ".repeat(Math.max(0, (widths[index] ?? 0) - columnsOf(text)));
        const painted = styles[index] == null ? text : paint(styles[index], text);
        if (shape[index]?.align === "right") return blanks + painted;
        return index === cells.length - 1 ? painted : painted + blanks;
      })
      .join(GAP);
  yield line(
    shape.map(({ title }) => title),
    shape.map(() => "quiet"),
  );
  for (const [index, row] of rows.entries()) {
    yield line(
      texts[index] ?? [],
      shape.map(({ style }) => style?.(row) ?? null),
    );
  }
}

/** One row for programs. */
export function tabbed<Row>(row: Row, shape: readonly Column<Row>[]): string {
  return shape.map(({ value }) => onOneLine(String(value(row) ?? ""))).join("\t");
}

function shownText<Row>({ value, shown }: Column<Row>, row: Row): string {
  return onOneLine(String((shown === undefined ? value(row) : shown(row)) ?? "-"));
}

/** Takes columns from the widest until all fit, or none is wider than its minimum. */
function fitted(natural: readonly number[], minima: readonly number[], room: number): number[] {
  const widths = [...natural];
  const isWider = (width: number, index: number): boolean => width > (minima[index] ?? 0);
  for (let excess = sum(widths) - room; excess > 0; excess = sum(widths) - room) {
    const wider = widths.filter(isWider);
    if (wider.length === 0) break;
    const widest = Math.max(...wider);
    const index = widths.findIndex((width, at) => width === widest && isWider(width, at));
    const next = Math.max(0, ...wider.filter((width) => width < widest));
    // One column less at least, where several are equally wide.
    widths[index] = Math.max(Math.min(next, widest - 1), widest - excess, minima[index] ?? 0);
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Formats a table as Markdown: the first column left-aligned, the others right-aligned. */

/** The text of a row in each column, by the title of the column. */
export type Columns<Row> = Readonly<Record<string, (row: Row) => string>>;

export function table<Row>(rows: readonly Row[], columns: Columns<Row>): string {
  const texts = Object.entries(columns).map(([title, textOf], index) => {
    const cells = [title, ...rows.map(textOf)];
    const width = Math.max(RULE.length, ...cells.map((cell) => cell.length));
    const [head = "", ...body] = cells.map((cell) => (index === 0 ? cell.padEnd(width) : cell.padStart(width)));
    const rule = index === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`;
    return [head, rule, ...body];
  });
  const lines = Array.from({ length: rows.length + 2 }, (_, line) => texts.map((column) => column[line]).join(" | "));
  return lines.map((line) => `| ${line} |`).join("\n");
}

const RULE = "---";

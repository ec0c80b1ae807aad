/**
 * A table. On a phone the rows of one with much text become cards: the first cell is the title, and the others have the headings
 * of their columns. Tables of figures, and those of many columns, stay tables, which scroll.
 */
import type { Tokens } from "marked";
import { escape } from "./escape.ts";
import { textOf } from "./text.ts";

type Inline = (cell: Tokens.TableCell) => string;

/** More would be cards that nobody compares. */
const CARD_COLUMNS_MAX = 5;
/** Characters of the first of two columns, which leave enough of a phone to the other one. */
const NARROW_MAX = 14;

/** Characters that stay on one line. Longer names may break after a separator, so that none makes a table too wide. */
const UNBROKEN_MAX = 20;

export function tableOf(table: Tokens.Table, inline: Inline): string {
  const cell: Inline = (content) => breakNames(inline(content));
  return isForCards(table) ? cards(table, cell) : figures(table, cell);
}

const PIECE = new RegExp(`(?=[^\\s&;]{${UNBROKEN_MAX + 1}})[^\\s&;]{1,${UNBROKEN_MAX - 1}}[_/.]`, "g");

function breakNames(html: string): string {
  return html.replaceAll(/(?<=^|>)[^<>]+/g, (text) => text.replaceAll(PIECE, "$&<wbr>"));
}

function isForCards({ header, rows, align }: Tokens.Table): boolean {
  if (align.includes("right") || header.length > CARD_COLUMNS_MAX) return false;
  const widths = [header, ...rows].map(([first]) => (first === undefined ? 0 : textOf(first.tokens).length));
  return header.length > 2 || Math.max(...widths) > NARROW_MAX;
}

/** The roles are those of the elements, which lose them when a style sheet lays them out otherwise. */
function cards({ header, rows }: Tokens.Table, inline: Inline): string {
  const labels = header.map(({ tokens }) => (header.length > 2 ? escape(textOf(tokens)) : ""));
  const cell = (content: Tokens.TableCell, index: number): string => {
    if (index === 0) return `<th scope="row" role="rowheader">${inline(content)}</th>`;
    const label = labels[index] === "" ? "" : ` data-label="${labels[index]}"`;
    return `<td role="cell"${label}>${inline(content)}</td>`;
  };
  const head = header.map((content) => `<th role="columnheader">${inline(content)}</th>`).join("");
  const body = rows.map((row) => `<tr role="row">${row.map(cell).join("")}</tr>`).join("\n");
  return (
    `<table class="cards" role="table"><thead role="rowgroup"><tr role="row">${head}</tr></thead>` +
    `<tbody role="rowgroup">${body}</tbody></table>`
  );
}

function figures({ header, rows, align }: Tokens.Table, inline: Inline): string {
  const row = (cells: readonly Tokens.TableCell[], tag: string): string => {
    const columns = cells.map((cell, index) => {
      const name = align[index] === "right" ? ` class="n"` : "";
      return `<${tag}${name}>${inline(cell)}</${tag}>`;
    });
    return `<tr>${columns.join("")}</tr>`;
  };
  const body = rows.map((cells) => row(cells, "td")).join("\n");
  return `<table><thead>${row(header, "th")}</thead><tbody>${body}</tbody></table>`;
}

/**
 * A table of links, or of buttons that open a row: one stop of the tab key, with arrows, j and k inside. Rows change in place.
 * Their order changes only while the pointer and the focus are elsewhere, so that nobody presses what has just moved there.
 * Further rows are shown on demand, because each takes the browser 0.2 ms whenever figures arrive.
 */
import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { exact } from "../text/numbers.ts";
import { Button } from "./button.tsx";
import { Nothing } from "./notice.tsx";
import { useRowKeys } from "./use-row-keys.ts";

/** Rows at the beginning, and those that each demand adds. */
const ROWS_STEP = 100;

export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  /** What it counts, over which time: shown on hover. */
  readonly meaning: string;
  /** On phones; absent: it is left out there. */
  readonly cardLabel?: string;
  /** Whether narrow windows leave it out. */
  readonly isWide?: boolean;
  readonly isText?: boolean;
  readonly tone?: (row: Row) => "act" | "watch" | undefined;
  readonly cell: (row: Row) => ComponentChildren;
  /** What it can be sorted by, the largest first; null: the row comes last. */
  readonly sortBy?: (row: Row) => number | null;
}

export interface TableProps<Row> {
  readonly caption: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Where a row leads, or what opens it here. One of both. */
  readonly hrefOf?: (row: Row) => string;
  readonly onOpen?: (row: Row) => void;
  /** The head of the column of names, and what a row has there around its link. */
  readonly nameLabel: string;
  /** Where a row leads: shown on hover of that head. */
  readonly nameMeaning: string;
  readonly name: (row: Row) => {
    readonly before?: ComponentChildren;
    readonly link: ComponentChildren;
    readonly after?: ComponentChildren;
  };
  readonly columns: readonly Column<Row>[];
  readonly rowClass?: (row: Row) => string | undefined;
}

export function Table<Row>(props: TableProps<Row>): JSX.Element {
  const { caption, keyOf, columns, nameLabel, nameMeaning } = props;
  const [sorted, setSorted] = useState<string | null>(null);
  const [isInside, setInside] = useState(false);
  const [rowsMax, setRowsMax] = useState(ROWS_STEP);
  const all = useStill(sortedRows(props, sorted), { keyOf, isStill: isInside, order: sorted });
  const rows = all.slice(0, rowsMax);
  const left = all.length - rows.length;
  const { body, at, setCurrent, isIn, onKeyDown } = useRowKeys<HTMLTableSectionElement>(rows.length);
  return (
    <>
      <table
        class="table cards"
        onPointerEnter={() => setInside(true)}
        onPointerLeave={() => setInside(isIn())}
        onFocusCapture={() => setInside(true)}
        onBlurCapture={() => setInside(false)}
      >
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col" title={nameMeaning}>
              {nameLabel}
            </th>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sorted={sorted} onSort={setSorted} />
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          {rows.map((row, index) => (
            <TableRow
              key={keyOf(row)}
              {...props}
              row={row}
              isCurrent={index === at}
              onFocus={() => setCurrent(index)}
            />
          ))}
        </tbody>
      </table>
      {left > 0 && (
        <Nothing>
          <Button onPress={() => setRowsMax(rowsMax + ROWS_STEP)}>
            Show {exact(Math.min(left, ROWS_STEP))} more of {exact(left)}
          </Button>
        </Nothing>
      )}
    </>
  );
}

interface HeadCellProps<Row> {
  readonly column: Column<Row>;
  readonly sorted: string | null;
  readonly onSort: (id: string | null) => void;
}

function HeadCell<Row>({ column, sorted, onSort }: HeadCellProps<Row>): JSX.Element {
  const isSorted = sorted === column.id;
  return (
    <th
      scope="col"
      class={classOf(column, false)}
      title={column.meaning}
      aria-sort={isSorted ? "descending" : undefined}
    >
      {column.sortBy === undefined ? (
        column.label
      ) : (
        <button type="button" onClick={() => onSort(isSorted ? null : column.id)}>
          {column.label}
        </button>
      )}
    </th>
  );
}

interface TableRowProps<Row> extends TableProps<Row> {
  readonly row: Row;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
}

function TableRow<Row>({ row, name, columns, rowClass, ...rest }: TableRowProps<Row>): JSX.Element {
  const { before, link, after } = name(row);
  return (
    <tr class={rowClass?.(row)}>
      <th scope="row" class="fill">
        <span class="cell">
          {before}
          <RowLink row={row} {...rest}>
            {link}
          </RowLink>
          {after}
        </span>
      </th>
      {columns.map((column) => {
        const tone = column.tone?.(row);
        return (
          <td
            key={column.id}
            class={`${classOf(column, true)}${tone === undefined ? "" : ` is-${tone}`}`}
            data-label={column.cardLabel}
          >
            {column.cell(row)}
          </td>
        );
      })}
    </tr>
  );
}

type RowLinkProps<Row> = Pick<TableRowProps<Row>, "row" | "hrefOf" | "onOpen" | "isCurrent" | "onFocus"> & {
  readonly children: ComponentChildren;
};

function RowLink<Row>({ row, hrefOf, onOpen, isCurrent, onFocus, children }: RowLinkProps<Row>): JSX.Element {
  const tabIndex = isCurrent ? 0 : -1;
  if (hrefOf !== undefined)
    return (
      <a class="row-link" href={hrefOf(row)} tabIndex={tabIndex} onFocus={onFocus}>
        {children}
      </a>
    );
  return (
    <button class="link row-link" type="button" tabIndex={tabIndex} onFocus={onFocus} onClick={() => onOpen?.(row)}>
      {children}
    </button>
  );
}

function classOf<Row>({ isText, isWide, cardLabel }: Column<Row>, isCell: boolean): string {
  const classes = [
    isText === true ? "" : "n",
    isWide === true ? "at-wide" : "",
    isCell && cardLabel === undefined ? "at-desk" : "",
  ];
  return classes.filter(Boolean).join(" ");
}

function sortedRows<Row>({ rows, columns }: TableProps<Row>, sorted: string | null): readonly Row[] {
  const by = columns.find(({ id }) => id === sorted)?.sortBy;
  if (by === undefined) return rows;
  return rows.toSorted((a, b) => (by(b) ?? -Infinity) - (by(a) ?? -Infinity));
}

/** The rows in the order in which they were, while `isStill`. New ones come last. */
function useStill<Row>(
  rows: readonly Row[],
  {
    keyOf,
    isStill,
    order,
  }: { readonly keyOf: (row: Row) => string; readonly isStill: boolean; readonly order: string | null },
): readonly Row[] {
  const shown = useRef<{ order: string | null; keys: readonly string[] }>({ order: null, keys: [] });
  if (!isStill || shown.current.order !== order) {
    shown.current = { order, keys: rows.map(keyOf) };
    return rows;
  }
  const place = new Map(shown.current.keys.map((key, index) => [key, index]));
  return rows.toSorted((a, b) => (place.get(keyOf(a)) ?? Infinity) - (place.get(keyOf(b)) ?? Infinity));
}

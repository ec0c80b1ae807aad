/** Parts and orders of lists that arrive page by page. */

/** The first of a list, whose further pages are then not asked for. `onRow` gets each of them. */
export async function* firstOf<T>(
  rows: AsyncIterable<T> | Iterable<T>,
  limit: number,
  onRow: (row: T) => void = () => undefined,
): AsyncGenerator<T, void, undefined> {
  let count = 0;
  for await (const row of rows) {
    onRow(row);
    yield row;
    if (++count >= limit) return;
  }
}

/** What a list is sorted by; null: it is not known, and comes last. */
export type Order<Row> = (row: Row) => number | null;

/** The most first. Equal ones stay in their order. */
export async function sorted<Row>(rows: AsyncIterable<Row> | Iterable<Row>, order: Order<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all.toSorted((one, other) => (order(other) ?? -1) - (order(one) ?? -1));
}

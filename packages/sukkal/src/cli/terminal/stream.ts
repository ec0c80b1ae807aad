/** An output stream of the process, which may be a terminal. */
export interface Stream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Why nothing more can be written; null: it can. */
  readonly errored?: Error | null;
  hasColors?(env?: object): boolean;
}

const COLUMNS_DEFAULT = 80;

/** Columns of the terminal. A pseudo terminal without a size has 0. */
export function widthOf({ columns = 0 }: Stream): number {
  return columns > 0 ? columns : COLUMNS_DEFAULT;
}

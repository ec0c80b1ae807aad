/** An output stream of the process, which may be a terminal. */
export interface Stream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** Why nothing more can be written; null: it can. */
  readonly errored?: Error | null;
  hasColors?(env?: object): boolean;
}

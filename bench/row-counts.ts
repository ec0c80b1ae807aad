/** Rows since an object woke, index entries and alarms included. */
export interface RowCounts {
  readonly written: number;
  readonly read: number;
}

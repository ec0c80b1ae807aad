/** Rows written and read by an object since it started, with index entries and alarms. */
export interface RowCounts {
  readonly written: number;
  readonly read: number;
}

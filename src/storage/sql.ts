/**
 * Access to an object's SQLite: constant statements in, plain rows out. Every cursor is read to its end, because an open cursor
 * keeps its prepared statement in use, and its rows are counted for the bill.
 */
export class Sql {
  private readonly storage: DurableObjectStorage;
  private written = 0;
  private read = 0;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
  }

  all<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row[] {
    const cursor = this.storage.sql.exec<Row>(query, ...bindings);
    const rows = cursor.toArray();
    this.written += cursor.rowsWritten;
    this.read += cursor.rowsRead;
    return rows;
  }

  /** The first row, or null. */
  one<Row extends Record<string, SqlStorageValue>>(query: string, ...bindings: SqlStorageValue[]): Row | null {
    return this.all<Row>(query, ...bindings)[0] ?? null;
  }

  run(query: string, ...bindings: SqlStorageValue[]): void {
    this.all(query, ...bindings);
  }

  /** Runs `work` in a transaction that a throw rolls back. The type refuses a promise: a transaction is synchronous. */
  transaction<T>(work: () => T extends Promise<unknown> ? never : T): T {
    return this.storage.transactionSync<T>(work);
  }

  /** Bytes of the database, without the pages that deletions have freed. */
  get databaseSize(): number {
    return this.storage.sql.databaseSize;
  }

  /** A call to `setAlarm` is billed as a row. */
  countAlarm(): void {
    this.written++;
  }

  /** Rows written since the object woke, index entries and alarms included. */
  get rowsWritten(): number {
    return this.written;
  }

  get rowsRead(): number {
    return this.read;
  }
}

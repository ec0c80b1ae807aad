/**
 * Access to an object's SQLite: runs constant statements and returns plain rows. Every cursor is read to its end, because an open
 * cursor keeps its prepared statement in use and has not counted its rows, which are billed.
 */
import type { Arguments, Statement } from "./statement.ts";

export class Sql {
  private readonly storage: DurableObjectStorage;
  private written = 0;
  private read = 0;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
  }

  all<Row, Parameters>(
    { text, names }: Statement<Row, Parameters>,
    ...[parameters]: Arguments<NoInfer<Parameters>>
  ): Row[] {
    return this.execute(text, toBindings(names, parameters)) as Row[];
  }

  /** The first row, or null. */
  one<Row, Parameters>(
    statement: Statement<Row, Parameters>,
    ...parameters: Arguments<NoInfer<Parameters>>
  ): Row | null {
    return this.all(statement, ...parameters)[0] ?? null;
  }

  run<Parameters>(statement: Statement<unknown, Parameters>, ...parameters: Arguments<NoInfer<Parameters>>): void {
    this.all(statement, ...parameters);
  }

  /** Runs the text of a migration, which may be several statements. */
  runMigration(statements: string): void {
    this.execute(statements, []);
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

  private execute(text: string, bindings: readonly SqlStorageValue[]): Record<string, SqlStorageValue>[] {
    const cursor = this.storage.sql.exec(text, ...bindings);
    const rows = cursor.toArray();
    this.written += cursor.rowsWritten;
    this.read += cursor.rowsRead;
    return rows;
  }
}

/** The values in the order in which SQLite numbers the parameters, because the platform binds by number only. */
function toBindings(names: readonly string[], parameters: unknown): SqlStorageValue[] {
  const values = parameters as Readonly<Record<string, SqlStorageValue>>;
  return names.map((name) => values[name] ?? null);
}

/**
 * SQL statements with the types of their rows and parameters. Statements are constants: SQLite prepares a text once and finds the
 * prepared statement by its text, so no text is built while the service runs.
 */

/** The type of a column or parameter: how SQLite stores it, and its TypeScript type `T`. */
export interface SqlType<T> {
  readonly storage: "INTEGER" | "TEXT";
  readonly isNullable: boolean;
  /** Exists for the compiler only. */
  readonly type?: T;
}

/** The columns of a row, or the parameters of a statement, by name. */
export type SqlTypes<Values> = { readonly [Name in keyof Values]: SqlType<Values[Name]> };

/** The values that have such types. */
export type ValuesOf<Types> = Types extends SqlTypes<infer Values> ? Values : never;

export interface Statement<Row, Parameters> {
  readonly text: string;
  /** The names of the parameters in the order in which they first occur in the text: SQLite numbers them so. */
  readonly names: readonly string[];
  readonly parameters: SqlTypes<Parameters>;
  readonly row: SqlTypes<Row>;
}

/** The arguments after a statement: none if it has no parameters, else their values by name. */
export type Arguments<Parameters> = keyof Parameters extends never ? [] : [parameters: Parameters];

export function integer<T extends number = number>(): SqlType<T> {
  return { storage: "INTEGER", isNullable: false };
}

export function text<T extends string = string>(): SqlType<T> {
  return { storage: "TEXT", isNullable: false };
}

export function nullable<T>({ storage }: SqlType<T>): SqlType<T | null> {
  return { storage, isNullable: true };
}

/**
 * Declares a statement: its text, with `:name` for each parameter, and the columns of its rows. A parameter that is stored has
 * the name of its column. `test/storage/statements.test.ts` compares all of this with the tables.
 */
export function statement<Row = unknown, Parameters = unknown>(parts: {
  readonly text: string;
  readonly parameters?: SqlTypes<Parameters>;
  readonly row?: SqlTypes<Row>;
}): Statement<Row, Parameters> {
  const { text: sql, parameters = {} as SqlTypes<Parameters>, row = {} as SqlTypes<Row> } = parts;
  const names = [...new Set([...sql.matchAll(/:(\w+)/g)].map(([, name = ""]) => name))];
  if (names.toSorted().join() !== Object.keys(parameters).toSorted().join()) {
    throw new Error(`A statement's parameters are not those in its text: ${sql}`);
  }
  return { text: sql, names, parameters, row };
}

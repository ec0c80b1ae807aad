/** Every statement, compared with the tables that the migrations make: its columns, parameters and types. */
import { describe, expect, test } from "vitest";
import { STATEMENTS as RECEIPTS } from "../../src/storage/queue/receipts.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { integer, nullable, statement, text, type Statement } from "../../src/storage/statement.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { MIGRATIONS, withStorage } from "../support/objects/bare-storage.ts";

/** No tables of an object. The statements of migrate.ts use only the table of migrations. */
const NONE = ["SELECT 1"];

type AnyStatement = Statement<Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>>;

interface Column {
  readonly type: string;
  readonly isNullable: boolean;
}

interface ColumnRow extends Record<string, SqlStorageValue> {
  name: string;
  type: string;
  notnull: number;
  /** Its place in the primary key; 0 if it has none. */
  pk: number;
}

/** The exported STATEMENTS of each store, by its path below `src/storage`. */
const STORES = Object.entries(import.meta.glob("../../src/storage/**/*.ts", { eager: true })).flatMap(
  ([path, { STATEMENTS }]) => {
    const store = path.replace("../../src/storage/", "").replace(".ts", "");
    return typeof STATEMENTS === "object" && STATEMENTS !== null ? [{ store, statements: STATEMENTS }] : [];
  },
);

describe("against the migrated tables", () => {
  test.each(STORES)("every statement of $store says what it takes and what it returns", ({ store, statements }) =>
    withStorage(MIGRATIONS.get(store.split("/")[0] ?? "") ?? NONE, (_, raw) => {
      for (const [name, found] of statementsIn(statements, store)) expectTypes(name, found, raw);
    }),
  );
});

/** Runs a statement such that it returns no rows. SQLite then knows its number of parameters and its columns. */
function expectTypes(
  name: string,
  { text: statementText, names, parameters, row }: AnyStatement,
  sql: SqlStorage,
): void {
  const values = names.map((each) => (parameters[each]?.storage === "INTEGER" ? 0 : ""));
  expect(sql.exec(`EXPLAIN ${statementText}`, ...values).toArray(), name).not.toEqual([]);
  const returned = statementText.startsWith("SELECT") ? sql.exec(statementText, ...values).columnNames : [];
  expect(returned.toSorted(), `columns of ${name}`).toEqual(Object.keys(row).toSorted());

  const stored = columnsIn(sql, statementText);
  for (const [column, { storage, isNullable }] of Object.entries(row)) {
    const found = stored.get(column);
    if (found === undefined) continue;
    expect(storage, `${column} of ${name}`).toBe(found.type);
    expect(isNullable || !found.isNullable, `${column} of ${name} may be NULL`).toBe(true);
  }
  for (const [parameter, { storage, isNullable }] of Object.entries(parameters)) {
    const found = stored.get(parameter);
    if (found === undefined) continue;
    expect(storage, `:${parameter} of ${name}`).toBe(found.type);
    expect(found.isNullable || !isNullable, `:${parameter} of ${name} is stored NOT NULL`).toBe(true);
  }
}

describe("a statement", () => {
  test("has its parameters in the order in which SQLite numbers them, each once", () => {
    const { names } = statement({
      text: "SELECT :b AS b, :a AS a, :b AS c",
      parameters: { a: integer(), b: integer() },
      row: { a: integer(), b: integer(), c: integer() },
    });
    expect(names).toEqual(["b", "a"]);
  });

  test.each([{ a: integer() }, { a: integer(), b: integer(), c: integer() }, { a: integer(), c: integer() }])(
    "does not load with other parameters than those in its text",
    (parameters) => {
      expect(() => statement({ text: "SELECT :a, :b", parameters })).toThrow("SELECT :a, :b");
    },
  );

  test("binds values by their names, whatever the order of the record", () =>
    withStorage([], (sql) => {
      const both = statement({
        text: "SELECT :a AS a, :b AS b, :a || :b AS ab",
        parameters: { a: text(), b: nullable(text()) },
        row: { a: text(), b: nullable(text()), ab: nullable(text()) },
      });
      expect(sql.one(both, { b: "2", a: "1" })).toEqual({ a: "1", b: "2", ab: "12" });
      expect(sql.one(both, { b: null, a: "1" })).toEqual({ a: "1", b: null, ab: null });
    }));
});

/** Only compiled, never run. */
export function types(sql: Sql): void {
  const now = toEpochMs(0);
  sql.one(RECEIPTS.find, { key: "key", now })?.fingerprint.charAt(0);
  sql.one(RECEIPTS.earliestExpiry);
  // @ts-expect-error: a parameter is missing
  sql.one(RECEIPTS.find, { key: "key" });
  // @ts-expect-error: all parameters are missing
  sql.one(RECEIPTS.find);
  // @ts-expect-error: a parameter is misspelt
  sql.one(RECEIPTS.find, { key: "key", know: now });
  // @ts-expect-error: a parameter is unknown
  sql.one(RECEIPTS.find, { key: "key", now, limit: 1 });
  // @ts-expect-error: a number is not an instant
  sql.one(RECEIPTS.find, { key: "key", now: 0 });
  // @ts-expect-error: the statement has no parameters
  sql.one(RECEIPTS.earliestExpiry, {});
  // @ts-expect-error: no column has this name
  void sql.one(RECEIPTS.find, { key: "key", now })?.finger;
}

/** The statements in a record, and in the lists and records in it, by their names. */
function statementsIn(value: object, name: string): readonly (readonly [string, AnyStatement])[] {
  if ("text" in value) return [[name, value as AnyStatement]];
  return Object.entries(value).flatMap(([key, inner]) => statementsIn(inner as object, `${name}.${key}`));
}

/** The columns of the tables that a statement names. */
function columnsIn(sql: SqlStorage, statementText: string): ReadonlyMap<string, Column> {
  const tables = statementText.matchAll(/\b(?:FROM|JOIN|INTO|(?<!DO )UPDATE) (\w+)/g);
  // If two tables have a column of the same name, the first table counts.
  return new Map(
    [...tables].toReversed().flatMap(([, table]) =>
      sql
        .exec<ColumnRow>(`PRAGMA table_info(${table})`)
        .toArray()
        .map(({ name, type, notnull, pk }) => [name, { type, isNullable: notnull === 0 && pk === 0 }]),
    ),
  );
}

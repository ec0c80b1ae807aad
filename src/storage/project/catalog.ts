/** The sorted index of a project's queues, or of its topics, with a copy of their metadata. */
import type { QueueName } from "../../domain/id.ts";
import { membersIfValid, toText, type JsonText } from "../../domain/json.ts";
import type { PlaceKind } from "../../domain/place.ts";
import type { IndexedPlace } from "../../domain/place-index.ts";
import type { QueueEntry, QueueFilter } from "../../domain/queue-view.ts";
import { RESERVED } from "../../domain/reserved-metadata.ts";
import { PageBudget } from "../page-budget.ts";
import type { Sql } from "../sql.ts";
import { integer, statement, text } from "../statement.ts";

export const TABLES = ["queue", "topic"] as const;

interface CatalogFilter extends QueueFilter {
  /** The beginning of the names; "": all names. */
  readonly prefix: string;
}

/** The most rows that a listing reads with one statement. */
const LIST_ROWS_MAX = 200;
/** Characters of metadata that a filter reads before other requests can run. That takes 10 ms (measured). */
const METADATA_STEP = 262_144;

const NAME = { name: text<QueueName>() };
const CATALOG_ROW = { ...NAME, metadata: text<JsonText>() };

/** Each kind has a table of its own. */
export const STATEMENTS = { queue: statementsOn("queue"), topic: statementsOn("topic") };

function statementsOn(table: PlaceKind) {
  return {
    put: statement({
      text: `INSERT INTO ${table} (name, metadata) VALUES (:name, :metadata)
               ON CONFLICT (name) DO UPDATE SET metadata = excluded.metadata`,
      parameters: CATALOG_ROW,
    }),
    has: statement({
      text: `SELECT 1 AS found FROM ${table} WHERE name = :name`,
      parameters: NAME,
      row: { found: integer() },
    }),
    remove: statement({ text: `DELETE FROM ${table} WHERE name = :name`, parameters: NAME }),
    // No character of a name sorts after the tilde.
    count: statement({
      text: `SELECT count(*) AS count FROM ${table} WHERE name >= :prefix AND name < :prefix || '~'`,
      parameters: { prefix: text() },
      row: { count: integer() },
    }),
    page: statement({
      text: `SELECT name, metadata FROM ${table}
               WHERE name > :marker AND name >= :prefix AND name < :prefix || '~' ORDER BY name LIMIT :limit`,
      parameters: { marker: text(), prefix: text(), limit: integer() },
      row: CATALOG_ROW,
    }),
  };
}

export class Catalog {
  private readonly sql: Sql;
  private readonly kind: PlaceKind;
  private readonly statements: (typeof STATEMENTS)[PlaceKind];

  constructor(sql: Sql, kind: PlaceKind) {
    this.sql = sql;
    this.kind = kind;
    this.statements = STATEMENTS[kind];
  }

  put(entry: QueueEntry): void {
    this.sql.run(this.statements.put, entry);
  }

  has(name: QueueName): boolean {
    return this.sql.one(this.statements.has, { name }) !== null;
  }

  remove(name: QueueName): void {
    this.sql.run(this.statements.remove, { name });
  }

  /** The number of names that begin with the prefix. */
  count(prefix: string): number {
    return this.sql.one(this.statements.count, { prefix })?.count ?? 0;
  }

  /**
   * Up to `limit` entries after the name `marker`, in binary order of names; fewer if their metadata is large. Yields when a
   * filter has read much metadata, so that other requests can run.
   */
  *list(marker: string, limit: number, filter: CatalogFilter): Generator<undefined, QueueEntry[]> {
    const { prefix } = filter;
    const isFiltered = filter.name !== null || filter.filters.length > 0;
    const rowLimit = isFiltered ? LIST_ROWS_MAX : Math.min(limit, LIST_ROWS_MAX);
    const isMatch = toPredicate(filter);
    const budget = new PageBudget();
    const listed: QueueEntry[] = [];
    let read = 0;
    for (let after = marker; ;) {
      const rows = this.sql.all(this.statements.page, { marker: after, prefix, limit: rowLimit });
      for (const row of rows) {
        read += row.metadata.length;
        if (isFiltered && read >= METADATA_STEP) {
          yield;
          read = 0;
        }
        if (!isMatch(row)) continue;
        if (!budget.fits(row.metadata.length)) return listed;
        budget.spend(row.metadata.length);
        listed.push(row);
        if (listed.length === limit) return listed;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < rowLimit) break;
      after = last.name;
    }
    return listed;
  }

  /** Up to `limit` entries in binary order of names. Yields as `list`. */
  *index(
    { prefix, name }: Pick<CatalogFilter, "prefix" | "name">,
    limit: number,
  ): Generator<undefined, IndexedPlace[]> {
    const places: IndexedPlace[] = [];
    let read = 0;
    for (let after = ""; places.length < limit;) {
      const rows = this.sql.all(this.statements.page, { marker: after, prefix, limit: LIST_ROWS_MAX });
      for (const row of rows) {
        read += row.metadata.length;
        if (name !== null && !row.name.includes(name)) continue;
        places.push({ place: { kind: this.kind, name: row.name }, deadLetterQueue: deadLetterQueueIn(row.metadata) });
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < LIST_ROWS_MAX) break;
      after = last.name;
      if (read >= METADATA_STEP) {
        yield;
        read = 0;
      }
    }
    return places.slice(0, limit);
  }
}

const DEAD_LETTER_QUEUE = RESERVED.deadLetterQueue.key;

/** Parses only metadata that can have the member, whose name may be written with escapes. */
function deadLetterQueueIn(metadata: JsonText): string | null {
  if (!metadata.includes(DEAD_LETTER_QUEUE) && !metadata.includes("\\u")) return null;
  const target = membersIfValid(metadata)?.get(DEAD_LETTER_QUEUE);
  return target === undefined ? null : toText(target);
}

/** Makes the predicate of a filter, which is parsed once for all rows. */
function toPredicate({ name, filters }: CatalogFilter): (entry: QueueEntry) => boolean {
  const matchers = filters.map(({ key, value }) => ({ key, matches: matcherOf(value) }));
  return (entry) => {
    if (name !== null && !entry.name.includes(name)) return false;
    if (matchers.length === 0) return true;
    const members = membersIfValid(entry.metadata);
    return matchers.every(({ key, matches }) => {
      const stored = members?.get(key);
      return stored !== undefined && matches(stored);
    });
  };
}

const INTEGER = /^-?\d+$/;
const LEADING_ZEROS = /^(-?)0+(?=\d)/;

/**
 * Whether stored metadata equals a filter's text. Upstream quirk: a text of digits is compared as an integer, and so never
 * equals a stored string of digits. Integers are compared as texts, so that one of 60,000 digits is not converted for each row.
 */
export function matcherOf(value: string): (stored: JsonText) => boolean {
  if (!INTEGER.test(value)) return (stored) => toText(stored) === value;
  const digits = toDigits(value);
  const number = Number(value);
  return (stored) => (INTEGER.test(stored) ? toDigits(stored) === digits : Number(stored) === number);
}

/** An integer as JSON spells it, minus zero excluded. */
function toDigits(spelling: string): string {
  const digits = spelling.replace(LEADING_ZEROS, "$1");
  return digits === "-0" ? "0" : digits;
}

/** The sorted index of a project's queues, or of its topics, with a copy of their metadata. */
import type { QueueName } from "../../domain/id.ts";
import { membersIfSound, toText, type JsonText } from "../../domain/json.ts";
import type { PlaceKind } from "../../domain/place.ts";
import { PageBudget } from "../page-budget.ts";
import type { Sql } from "../sql.ts";

export interface CatalogEntry {
  readonly name: QueueName;
  readonly metadata: JsonText;
}

/** The filters of a listing. */
export interface CatalogFilter {
  /** A part of the name, or null. */
  readonly name: string | null;
  /** What the name begins with; "" is anything. */
  readonly prefix: string;
  /** Stored top-level metadata, all of it equal. */
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

interface CatalogRow extends Record<string, SqlStorageValue> {
  name: string;
  metadata: string;
}

/** The most rows that a listing reads with one statement. */
const LOOK = 200;
/** Characters of metadata that a filter reads before other requests may run (measured: 10 ms). */
const STEP = 262_144;

/** Each kind has a table of its own. */
const QUERIES = { queue: queriesOn("queue"), topic: queriesOn("topic") };

function queriesOn(table: PlaceKind): Readonly<Record<"enter" | "has" | "leave" | "count" | "behind", string>> {
  return {
    enter: `INSERT INTO ${table} (name, metadata) VALUES (?, ?)
              ON CONFLICT (name) DO UPDATE SET metadata = excluded.metadata`,
    has: `SELECT 1 FROM ${table} WHERE name = ?`,
    leave: `DELETE FROM ${table} WHERE name = ?`,
    // No character of a name sorts after the tilde.
    count: `SELECT count(*) AS count FROM ${table} WHERE name >= ?1 AND name < ?1 || '~'`,
    behind: `SELECT name, metadata FROM ${table}
               WHERE name > ?1 AND name >= ?2 AND name < ?2 || '~' ORDER BY name LIMIT ?3`,
  };
}

export class Catalog {
  private readonly sql: Sql;
  private readonly queries: (typeof QUERIES)[PlaceKind];

  constructor(sql: Sql, kind: PlaceKind) {
    this.sql = sql;
    this.queries = QUERIES[kind];
  }

  enter(entry: CatalogEntry): void {
    this.sql.run(this.queries.enter, entry.name, entry.metadata);
  }

  has(name: QueueName): boolean {
    return this.sql.one(this.queries.has, name) !== null;
  }

  leave(name: QueueName): void {
    this.sql.run(this.queries.leave, name);
  }

  /** The number of names that begin with the prefix. */
  count(prefix: string): number {
    return this.sql.one<{ count: number }>(this.queries.count, prefix)?.count ?? 0;
  }

  /**
   * Up to `limit` entries after the name `marker`, in binary order of names; fewer if their metadata is large. Yields after much
   * metadata that no filter wanted, so that other requests can run.
   */
  *list(marker: string, limit: number, filter: CatalogFilter): Generator<undefined, CatalogEntry[]> {
    const { prefix } = filter;
    const isFiltered = filter.name !== null || filter.metadata.length > 0;
    const look = isFiltered ? LOOK : Math.min(limit, LOOK);
    const isKept = keeperOf(filter);
    const room = new PageBudget();
    const kept: CatalogEntry[] = [];
    let read = 0;
    for (let behind = marker; ;) {
      const rows = this.sql.all<CatalogRow>(this.queries.behind, behind, prefix, look).map(toEntry);
      for (const row of rows) {
        read += row.metadata.length;
        if (isFiltered && read >= STEP) {
          yield;
          read = 0;
        }
        if (!isKept(row)) continue;
        if (!room.fits(row.metadata.length)) return kept;
        room.take(row.metadata.length);
        kept.push(row);
        if (kept.length === limit) return kept;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < look) break;
      behind = last.name;
    }
    return kept;
  }
}

function toEntry(row: CatalogRow): CatalogEntry {
  return { name: row.name as QueueName, metadata: row.metadata as JsonText };
}

/** Makes the predicate of a filter, which is parsed once for all rows. */
function keeperOf({ name, metadata }: CatalogFilter): (entry: CatalogEntry) => boolean {
  const matchers = metadata.map(({ key, value }) => ({ key, matches: matcherOf(value) }));
  return (entry) => {
    if (name !== null && !entry.name.includes(name)) return false;
    if (matchers.length === 0) return true;
    const members = membersIfSound(entry.metadata);
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
function toDigits(integer: string): string {
  const digits = integer.replace(LEADING_ZEROS, "$1");
  return digits === "-0" ? "0" : digits;
}

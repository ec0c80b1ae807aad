/**
 * Claims of connections that wait for a message. Each is a row, because the object may sleep before a message comes. A request
 * that waits has no row: it keeps the object awake.
 */
import type { ConnectionAddress } from "../../domain/connection-address.ts";
import type { ClientId } from "../../domain/id.ts";
import { toEpochMs, type EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";
import { integer, statement, text } from "../statement.ts";

export const TABLES = ["wait"] as const;

const ROW = {
  number: integer(),
  id: text(),
  hub: text(),
  connection: text(),
  client: text<ClientId>(),
  until_ms: integer<EpochMs>(),
};

export const STATEMENTS = {
  all: statement({ text: "SELECT number, id, hub, connection, client, until_ms FROM wait ORDER BY number", row: ROW }),
  insert: statement({
    text: `INSERT INTO wait (number, id, hub, connection, client, until_ms)
             VALUES (:number, :id, :hub, :connection, :client, :until_ms)`,
    parameters: ROW,
  }),
  remove: statement({ text: "DELETE FROM wait WHERE number = :number", parameters: { number: integer() } }),
};

export interface StoredWait extends ConnectionAddress {
  /** The name that the hub gave to this one wait. */
  readonly id: string;
  readonly client: ClientId;
  readonly until: EpochMs;
}

export class WaitStore {
  private readonly sql: Sql;
  /** By id, the oldest first. */
  private readonly entries = new Map<string, StoredWait & { readonly number: number }>();
  private newest = 0;

  private constructor(sql: Sql) {
    this.sql = sql;
  }

  /** The table has to exist. */
  static open(sql: Sql): WaitStore {
    const waits = new WaitStore(sql);
    for (const { until_ms: until, ...wait } of sql.all(STATEMENTS.all)) waits.keep({ ...wait, until });
    return waits;
  }

  /** In the order in which they began. */
  all(): readonly StoredWait[] {
    return [...this.entries.values()];
  }

  has(id: string): boolean {
    return this.entries.has(id);
  }

  /** When the last wait is over; null: all are. */
  liveUntil(now: EpochMs): EpochMs | null {
    const ends = this.all().map(({ until }) => until);
    const last = toEpochMs(Math.max(...ends, 0));
    return last > now ? last : null;
  }

  /** Within a transaction, as all methods that write. */
  add(wait: StoredWait): void {
    const entry = { ...wait, number: this.newest + 1 };
    const { number, id, hub, connection, client, until } = entry;
    this.sql.run(STATEMENTS.insert, { number, id, hub, connection, client, until_ms: until });
    this.keep(entry);
  }

  remove(id: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.sql.run(STATEMENTS.remove, { number: entry.number });
    this.entries.delete(id);
  }

  /** Removes the waits that are over. */
  sweep(now: EpochMs): void {
    for (const { id, until } of this.all()) if (until <= now) this.remove(id);
  }

  private keep(entry: StoredWait & { readonly number: number }): void {
    this.entries.set(entry.id, entry);
    this.newest = Math.max(this.newest, entry.number);
  }
}

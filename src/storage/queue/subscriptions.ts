/**
 * The subscriptions of a queue. The few fields that decide whether messages go to a subscription are in memory too; its target is
 * read from its row when messages are handed over. The rows outlive the queue.
 */
import { numberOfSubscription, toSubscriptionId, type Epoch, type SubscriptionId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { NewSubscription, WebhookSecret } from "../../domain/subscription.ts";
import { after, type EpochMs, type Seconds } from "../../domain/time.ts";
import { PageBudget } from "../page-budget.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";
import { checkStoredObject } from "../stored-object.ts";

export const TABLES = ["subscription", "farewell"] as const;

/** A position in a queue's log: all messages up to `sequence` of the log `epoch` were handed over. */
export interface Cursor {
  readonly epoch: Epoch;
  readonly sequence: number;
}

/** The fields of a subscription that are in memory. */
export interface SubscriptionEntry {
  readonly number: number;
  readonly id: SubscriptionId;
  readonly expiresAt: EpochMs;
  readonly confirmed: boolean;
  /** Its subscriber has answered 410. */
  readonly disabled: boolean;
  /** Its own cursor as written. The shared cursor holds too, if it is further and the subscription does not lag. */
  readonly cursor: Cursor;
  /** Its object has not accepted what the others have accepted, so the shared cursor does not hold for it. */
  readonly lagging: boolean;
}

/** An ended subscription. `finish`: its object is to deliver pending notifications before it ends. */
export interface EndedSubscription {
  readonly id: SubscriptionId;
  readonly finish: boolean;
}

/** All fields of a subscription. */
export interface StoredSubscription extends SubscriptionEntry, NewSubscription {
  readonly createdAt: EpochMs;
  readonly secret: WebhookSecret | null;
  /** The former secret, which signs too until `until`. */
  readonly previous: { readonly secret: WebhookSecret; readonly until: EpochMs } | null;
}

/** Changes of a subscription. */
export type SubscriptionChange = Partial<
  Pick<
    StoredSubscription,
    | "subscriber"
    | "options"
    | "ttl"
    | "expiresAt"
    | "confirmed"
    | "disabled"
    | "cursor"
    | "lagging"
    | "secret"
    | "previous"
  >
>;

const ENTRY_ROW = {
  number: integer(),
  id: text<SubscriptionId>(),
  expires_at_ms: integer<EpochMs>(),
  confirmed: integer(),
  disabled: integer(),
  served_epoch: text<Epoch>(),
  served: integer(),
  lagging: integer(),
};
const SUBSCRIPTION_ROW = {
  ...ENTRY_ROW,
  subscriber: text(),
  ttl_s: integer<Seconds>(),
  created_at_ms: integer<EpochMs>(),
  options: text<JsonText>(),
  secret: nullable(text<WebhookSecret>()),
  previous_secret: nullable(text<WebhookSecret>()),
  previous_until_ms: nullable(integer<EpochMs>()),
};

const ENTRY_COLUMNS = "number, id, expires_at_ms, confirmed, disabled, served_epoch, served, lagging";
const COLUMNS = `${ENTRY_COLUMNS}, subscriber, ttl_s, created_at_ms, options, secret, previous_secret, previous_until_ms`;

export const STATEMENTS = {
  entries: statement({ text: `SELECT ${ENTRY_COLUMNS} FROM subscription ORDER BY number`, row: ENTRY_ROW }),
  get: statement({
    text: `SELECT ${COLUMNS} FROM subscription WHERE number = :number`,
    parameters: { number: integer() },
    row: SUBSCRIPTION_ROW,
  }),
  bySubscriber: statement({
    text: `SELECT ${COLUMNS} FROM subscription WHERE subscriber = :subscriber AND expires_at_ms > :now`,
    parameters: { subscriber: text(), now: integer<EpochMs>() },
    row: SUBSCRIPTION_ROW,
  }),
  write: statement({
    text: `INSERT OR REPLACE INTO subscription (${COLUMNS})
             VALUES (:number, :id, :expires_at_ms, :confirmed, :disabled, :served_epoch, :served, :lagging, :subscriber,
               :ttl_s, :created_at_ms, :options, :secret, :previous_secret, :previous_until_ms)`,
    parameters: SUBSCRIPTION_ROW,
  }),
  remove: statement({ text: "DELETE FROM subscription WHERE number = :number", parameters: { number: integer() } }),
  end: statement({
    text: "INSERT OR REPLACE INTO farewell (id, finish) VALUES (:id, :finish)",
    parameters: { id: text<SubscriptionId>(), finish: integer() },
  }),
  ended: statement({
    text: "SELECT id, finish FROM farewell WHERE id > :behind ORDER BY id LIMIT 100",
    parameters: { behind: text() },
    row: { id: text<SubscriptionId>(), finish: integer() },
  }),
  forgetEnded: statement({
    text: "DELETE FROM farewell WHERE id = :id",
    parameters: { id: text<SubscriptionId>() },
  }),
};

export class SubscriptionStore {
  private readonly sql: Sql;
  /** By number, ascending: in order of creation. */
  private readonly entries = new Map<number, SubscriptionEntry>();
  private newest = 0;

  private constructor(sql: Sql) {
    this.sql = sql;
  }

  /** The tables have to exist. */
  static open(sql: Sql): SubscriptionStore {
    const subscriptions = new SubscriptionStore(sql);
    for (const row of sql.all(STATEMENTS.entries)) subscriptions.keep(toEntry(row));
    return subscriptions;
  }

  /** The number of rows, expired subscriptions included. */
  get size(): number {
    return this.entries.size;
  }

  all(): Iterable<SubscriptionEntry> {
    return this.entries.values();
  }

  /** The fields in memory of one subscription, or null. */
  entry(number: number): SubscriptionEntry | null {
    return this.entries.get(number) ?? null;
  }

  get(number: number): StoredSubscription | null {
    const row = this.entries.has(number) ? this.sql.one(STATEMENTS.get, { number }) : null;
    return row === null ? null : toSubscription(row);
  }

  /** A live subscription by its id, or null. */
  find(id: string, now: EpochMs): StoredSubscription | null {
    const found = this.get(numberOfSubscription(id) ?? 0);
    return found !== null && found.id === id && found.expiresAt > now ? found : null;
  }

  bySubscriber(subscriber: string, now: EpochMs): StoredSubscription | null {
    if (this.entries.size === 0) return null;
    const row = this.sql.one(STATEMENTS.bySubscriber, { subscriber, now });
    return row === null ? null : toSubscription(row);
  }

  /** Up to `limit` live subscriptions after a number, in order of creation. */
  list(behind: number, limit: number, now: EpochMs): StoredSubscription[] {
    const room = new PageBudget();
    const listed: StoredSubscription[] = [];
    for (const { number, expiresAt } of this.entries.values()) {
      if (listed.length === limit) break;
      const stored = number > behind && expiresAt > now ? this.get(number) : null;
      if (stored === null) continue;
      const size = stored.subscriber.length + stored.options.length;
      if (!room.fits(size)) break;
      room.take(size);
      listed.push(stored);
    }
    return listed;
  }

  countAlive(now: EpochMs): number {
    let count = 0;
    for (const { expiresAt } of this.entries.values()) if (expiresAt > now) count++;
    return count;
  }

  /** Adds a subscription. `random`: 6 bytes. Its number is the time, or one more than the last if that is as high. */
  insert(subscription: NewSubscription, cursor: Cursor, random: Uint8Array, now: EpochMs): StoredSubscription {
    const number = Math.max(now, this.newest + 1);
    const stored: StoredSubscription = {
      ...subscription,
      number,
      id: toSubscriptionId(number, random),
      createdAt: now,
      expiresAt: after(now, subscription.ttl),
      confirmed: false,
      disabled: false,
      cursor,
      lagging: false,
      secret: null,
      previous: null,
    };
    this.write(stored);
    return stored;
  }

  change(number: number, change: SubscriptionChange): void {
    const stored = this.get(number);
    if (stored !== null) this.write({ ...stored, ...change });
  }

  /** Ends a subscription. Its object has yet to be notified; `finish`: it delivers pending notifications first. */
  remove({ number, id }: SubscriptionEntry, finish: boolean): void {
    this.sql.run(STATEMENTS.remove, { number });
    this.sql.run(STATEMENTS.end, { id, finish: finish ? 1 : 0 });
    this.entries.delete(number);
  }

  /** A page of ended subscriptions whose objects were not notified yet, after the id `behind`. */
  ended(behind: string): EndedSubscription[] {
    const rows = this.sql.all(STATEMENTS.ended, { behind });
    return rows.map(({ id, finish }) => ({ id, finish: finish === 1 }));
  }

  get hasEnded(): boolean {
    return this.ended("").length > 0;
  }

  /** Notes that the objects of these subscriptions were notified. */
  forgetEnded(ids: readonly SubscriptionId[]): void {
    for (const id of ids) this.sql.run(STATEMENTS.forgetEnded, { id });
  }

  /** When the next subscription expires, or null. */
  nextExpiry(): EpochMs | null {
    let next: EpochMs | null = null;
    for (const { expiresAt } of this.entries.values()) if (next === null || expiresAt < next) next = expiresAt;
    return next;
  }

  private write(stored: StoredSubscription): void {
    this.sql.run(STATEMENTS.write, {
      number: stored.number,
      id: stored.id,
      expires_at_ms: stored.expiresAt,
      confirmed: stored.confirmed ? 1 : 0,
      disabled: stored.disabled ? 1 : 0,
      served_epoch: stored.cursor.epoch,
      served: stored.cursor.sequence,
      lagging: stored.lagging ? 1 : 0,
      subscriber: stored.subscriber,
      ttl_s: stored.ttl,
      created_at_ms: stored.createdAt,
      options: stored.options,
      secret: stored.secret,
      previous_secret: stored.previous?.secret ?? null,
      previous_until_ms: stored.previous?.until ?? null,
    });
    this.keep(stored);
  }

  private keep({ number, id, expiresAt, confirmed, disabled, cursor, lagging }: SubscriptionEntry): void {
    this.entries.set(number, { number, id, expiresAt, confirmed, disabled, cursor, lagging });
    this.newest = Math.max(this.newest, number);
  }
}

function toEntry(row: ValuesOf<typeof ENTRY_ROW>): SubscriptionEntry {
  return {
    number: row.number,
    id: row.id,
    expiresAt: row.expires_at_ms,
    confirmed: row.confirmed === 1,
    disabled: row.disabled === 1,
    cursor: { epoch: row.served_epoch, sequence: row.served },
    lagging: row.lagging === 1,
  };
}

function toSubscription(row: ValuesOf<typeof SUBSCRIPTION_ROW>): StoredSubscription {
  const { previous_secret: secret, previous_until_ms: until } = row;
  return {
    ...toEntry(row),
    subscriber: row.subscriber,
    ttl: row.ttl_s,
    createdAt: row.created_at_ms,
    options: checkStoredObject(row.options, `options of subscription ${row.id}`),
    secret: row.secret,
    previous: secret === null || until === null ? null : { secret, until },
  };
}

/**
 * The subscriptions of a queue. The few fields that decide whether messages go to a subscription are in memory too. Its target is
 * read from its row when messages are handed over.
 */
import { numberOfSubscription, toSubscriptionId, type SubscriptionId } from "../../domain/id.ts";
import type { EventChoice } from "../../domain/queue-events.ts";
import type { NewSubscription } from "../../domain/subscription.ts";
import { after, type EpochMs } from "../../domain/time.ts";
import { PageBudget } from "../page-budget.ts";
import type { Sql } from "../sql.ts";
import {
  connectionOf,
  eventsIn,
  STATEMENTS,
  toEntry,
  toSubscription,
  toSubscriptionRow,
  type Cursor,
  type EndedSubscription,
  type StoredSubscription,
  type SubscriptionChange,
  type SubscriptionEntry,
} from "./subscription-rows.ts";

/** A subscription that gets events. */
export interface WatchingEntry extends SubscriptionEntry {
  readonly events: EventChoice;
}

export class SubscriptionStore {
  private readonly sql: Sql;
  /** By number, ascending: in order of creation. */
  private readonly entries = new Map<number, SubscriptionEntry>();
  /** The entries that get events. */
  private readonly watching = new Map<number, WatchingEntry>();
  /** The numbers of the entries whose subscribers are connections. */
  private readonly connected = new Set<number>();
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

  /** The number of those of connections, which have no DeliveryObject. */
  get connections(): number {
    return this.connected.size;
  }

  /** The number of the oldest one; null: there is none. */
  get oldest(): number | null {
    for (const number of this.entries.keys()) return number;
    return null;
  }

  /** Whether some subscription gets events. */
  get isWatched(): boolean {
    return this.watching.size > 0;
  }

  /** Whether some subscription gets messages. */
  get hasReaders(): boolean {
    if (this.watching.size < this.entries.size) return true;
    return [...this.watching.values()].some(({ events }) => events.wantsMessages);
  }

  /** The subscriptions that get events. */
  get watchers(): Iterable<WatchingEntry> {
    return this.watching.values();
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
  list(afterNumber: number, limit: number, now: EpochMs): StoredSubscription[] {
    const budget = new PageBudget();
    const listed: StoredSubscription[] = [];
    for (const { number, expiresAt } of this.entries.values()) {
      if (listed.length === limit) break;
      const stored = number > afterNumber && expiresAt > now ? this.get(number) : null;
      if (stored === null) continue;
      const size = stored.subscriber.length + stored.options.length;
      if (!budget.fits(size)) break;
      budget.spend(size);
      listed.push(stored);
    }
    return listed;
  }

  countAlive(now: EpochMs): number {
    let count = 0;
    for (const { expiresAt } of this.entries.values()) if (expiresAt > now) count++;
    return count;
  }

  /**
   * Adds a subscription. `random`: 6 bytes. Its number is the time, or one more than the last number if that is not lower. The
   * subscription of a connection is confirmed, because the connection itself has requested it.
   */
  insert(subscription: NewSubscription, cursor: Cursor, random: Uint8Array, now: EpochMs): StoredSubscription {
    const number = Math.max(now, this.newest + 1);
    const connection = connectionOf(subscription);
    const stored: StoredSubscription = {
      ...subscription,
      number,
      id: toSubscriptionId(number, random),
      createdAt: now,
      expiresAt: after(now, subscription.ttl),
      confirmed: connection !== null,
      disabled: false,
      cursor,
      lagging: false,
      connection,
      events: eventsIn(subscription.options),
      eventStates: null,
      secret: null,
      previous: null,
    };
    this.write(stored);
    return stored;
  }

  change(number: number, change: SubscriptionChange): void {
    const stored = this.get(number);
    if (stored === null) return;
    const changed = { ...stored, ...change };
    this.write({ ...changed, connection: connectionOf(changed), events: eventsIn(changed.options) });
  }

  /**
   * Ends a subscription. Its DeliveryObject is notified later; `finish`: it delivers pending notifications first. The
   * subscription of a connection has no DeliveryObject.
   */
  remove({ number, id, connection }: SubscriptionEntry, finish: boolean): void {
    this.sql.run(STATEMENTS.remove, { number });
    if (connection === null) this.sql.run(STATEMENTS.end, { id, finish: finish ? 1 : 0 });
    this.entries.delete(number);
    this.watching.delete(number);
    this.connected.delete(number);
  }

  /** A page of ended subscriptions whose objects were not notified yet, after an id. */
  ended(afterId: string): EndedSubscription[] {
    const rows = this.sql.all(STATEMENTS.ended, { after: afterId });
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
    this.sql.run(STATEMENTS.write, toSubscriptionRow(stored));
    this.keep(stored);
  }

  private keep(entry: SubscriptionEntry): void {
    const { number, id, expiresAt, confirmed, disabled, cursor, lagging, connection, events } = entry;
    const kept = { number, id, expiresAt, confirmed, disabled, cursor, lagging, connection, events };
    this.entries.set(number, kept);
    if (events === null) this.watching.delete(number);
    else this.watching.set(number, { ...kept, events });
    if (connection === null) this.connected.delete(number);
    else this.connected.add(number);
    this.newest = Math.max(this.newest, number);
  }
}

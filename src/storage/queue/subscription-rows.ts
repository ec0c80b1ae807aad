/** The rows of a queue's subscriptions. They outlive the queue. */
import { parseConnection, type ConnectionAddress } from "../../domain/connection-address.ts";
import type { Epoch, SubscriptionId } from "../../domain/id.ts";
import { EMPTY_OBJECT, membersIfValid, type JsonText } from "../../domain/json.ts";
import { eventChoiceOf, type EventChoice } from "../../domain/queue-events.ts";
import type { NewSubscription, WebhookSecret } from "../../domain/subscription.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
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
  /** The connection that has subscribed itself; null: another subscriber. */
  readonly connection: SubscribedConnection | null;
  /** null: it gets messages only. */
  readonly events: EventChoice | null;
}

export interface SubscribedConnection extends ConnectionAddress {
  /** Only then is the row read for what is pushed. */
  readonly hasOptions: boolean;
}

/** An ended subscription. `finish`: its object is to deliver pending notifications before it ends. */
export interface EndedSubscription {
  readonly id: SubscriptionId;
  readonly finish: boolean;
}

/** All fields of a subscription. */
export interface StoredSubscription extends SubscriptionEntry, NewSubscription {
  readonly createdAt: EpochMs;
  /** What events it was told (domain/queue-events.ts), as JSON; null: none. */
  readonly eventStates: string | null;
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
    | "eventStates"
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
const CONNECTION_ROW = {
  connection: nullable(text()),
  has_options: integer(),
  event_options: nullable(text<JsonText>()),
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
  event_states: nullable(text()),
};

const ENTRY_COLUMNS = "number, id, expires_at_ms, confirmed, disabled, served_epoch, served, lagging";
const COLUMNS = `${ENTRY_COLUMNS}, subscriber, ttl_s, created_at_ms, options, secret, previous_secret, previous_until_ms,
  event_states`;

export const STATEMENTS = {
  entries: statement({
    text: `SELECT ${ENTRY_COLUMNS}, options <> '{}' AS has_options,
               CASE WHEN subscriber GLOB 'websocket://*' THEN subscriber END AS connection,
               CASE WHEN instr(options, '_events') OR instr(options, '\\u') THEN options END AS event_options
             FROM subscription ORDER BY number`,
    row: { ...ENTRY_ROW, ...CONNECTION_ROW },
  }),
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
               :ttl_s, :created_at_ms, :options, :secret, :previous_secret, :previous_until_ms, :event_states)`,
    parameters: SUBSCRIPTION_ROW,
  }),
  remove: statement({ text: "DELETE FROM subscription WHERE number = :number", parameters: { number: integer() } }),
  end: statement({
    text: "INSERT OR REPLACE INTO farewell (id, finish) VALUES (:id, :finish)",
    parameters: { id: text<SubscriptionId>(), finish: integer() },
  }),
  ended: statement({
    text: "SELECT id, finish FROM farewell WHERE id > :after ORDER BY id LIMIT 100",
    parameters: { after: text() },
    row: { id: text<SubscriptionId>(), finish: integer() },
  }),
  forgetEnded: statement({
    text: "DELETE FROM farewell WHERE id = :id",
    parameters: { id: text<SubscriptionId>() },
  }),
};

export function toSubscriptionRow(stored: StoredSubscription): ValuesOf<typeof SUBSCRIPTION_ROW> {
  return {
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
    event_states: stored.eventStates,
  };
}

export function toEntry(row: ValuesOf<typeof ENTRY_ROW & typeof CONNECTION_ROW>): SubscriptionEntry {
  const { connection, has_options: hasOptions, event_options: options } = row;
  const events = options === null ? null : eventsIn(options);
  return { ...toFields(row), connection: toConnection(connection, hasOptions === 1), events };
}

/** The connection among the subscribers, if it is one. */
export function connectionOf({
  subscriber,
  options,
}: Pick<NewSubscription, "subscriber" | "options">): SubscribedConnection | null {
  return toConnection(subscriber, options !== EMPTY_OBJECT);
}

function toConnection(subscriber: string | null, hasOptions: boolean): SubscribedConnection | null {
  const address = subscriber === null ? null : parseConnection(subscriber);
  return address === null ? null : { ...address, hasOptions };
}

/** Damaged options are reported where they are used. Most options are not parsed for this. */
export function eventsIn(options: JsonText): EventChoice | null {
  if (!options.includes("_events") && !options.includes("\\u")) return null;
  return membersIfValid(options) === null ? null : eventChoiceOf(options);
}

function toFields(row: ValuesOf<typeof ENTRY_ROW>): Omit<SubscriptionEntry, "connection" | "events"> {
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

export function toSubscription(row: ValuesOf<typeof SUBSCRIPTION_ROW>): StoredSubscription {
  const { previous_secret: secret, previous_until_ms: until } = row;
  return {
    ...toFields(row),
    connection: connectionOf(row),
    events: eventsIn(row.options),
    eventStates: row.event_states,
    subscriber: row.subscriber,
    ttl: row.ttl_s,
    createdAt: row.created_at_ms,
    options: checkStoredObject(row.options, `options of subscription ${row.id}`),
    secret: row.secret,
    previous: secret === null || until === null ? null : { secret, until },
  };
}

/**
 * The rows of a DeliveryObject: deliveries that did not succeed at once (pending ones, and the newest given-up ones), the state
 * of the subscription as the queue sent it last, and the history of attempts.
 */
import type { AttemptRecord, DeliveryReport, FailedAttempt, Notification, Target } from "../../domain/delivery.ts";
import { parseMessageId, type Epoch, type MessageId } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { WebhookSecret } from "../../domain/subscription.ts";
import type { EpochMs, Seconds } from "../../domain/time.ts";
import type { Traceparent } from "../../domain/traceparent.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";
import { checkStoredObject } from "../stored-object.ts";

export const TABLES = ["delivery", "subscription", "history"] as const;

/** A delivery with a row, without the notification that the row holds too. */
export interface DeliveryRow {
  /** Ascending in the order in which deliveries were accepted. */
  readonly id: number;
  /** The id of the message, or a UUID for a document of the service. */
  readonly messageId: string;
  /** The number of failed attempts. */
  readonly attempts: number;
  /** When the next attempt is due; null: given up. */
  readonly dueAt: EpochMs | null;
}

/** What a row tells the owner of the subscription beside its notification. */
export interface DeliveryPast extends Pick<DeliveryRow, "messageId" | "attempts"> {
  /** null: it was written by an older version. */
  readonly acceptedAt: EpochMs | null;
  /** null: there was no attempt, or an older version made it. */
  readonly lastAttempt: FailedAttempt | null;
}

/** The state of the subscription. */
export interface SubscriptionState {
  readonly target: Target;
  /** The last message accepted; null: none yet. */
  readonly position: { readonly epoch: Epoch; readonly number: number } | null;
  readonly isEnded: boolean;
}

/** The counts and records of former attempts. */
export type History = Pick<DeliveryReport, "delivered" | "failed" | "attempts">;

const DELIVERY_ROW = {
  id: integer(),
  message: text(),
  attempts: integer(),
  /** NULL: given up. */
  due_at_ms: nullable(integer<EpochMs>()),
};
const CONTENT_ROW = {
  /** NULL: a document of the service. */
  ttl_s: nullable(integer<Seconds>()),
  delay_s: nullable(integer<Seconds>()),
  hops: integer(),
  content: text(),
  /** `MessageNotification.id`. NULL: it has none, or an older version wrote it. */
  original: nullable(text<MessageId>()),
  /** NULL: the post of the message had none, or it is a document of the service. */
  traceparent: nullable(text<Traceparent>()),
};
const ATTEMPT_ROW = {
  /** NULL, as all of these: no attempt, or one of an older version. */
  attempted_at_ms: nullable(integer<EpochMs>()),
  /** JSON: `FailedAttempt` without its time. */
  last_attempt: nullable(text()),
};
const ACCEPTED_ROW = { accepted_at_ms: nullable(integer<EpochMs>()) };
const STATE_ROW = {
  subscriber: text(),
  options: text<JsonText>(),
  queue_policy: nullable(text<JsonText>()),
  /** JSON array. */
  secrets: text(),
  agreed: integer(),
  epoch: nullable(text<Epoch>()),
  number: integer(),
  ended: integer(),
};
const HISTORY_ROW = {
  delivered: integer(),
  failed: integer(),
  /** JSON array of AttemptRecord. */
  attempts: text(),
};

export const STATEMENTS = {
  insert: statement({
    text: `INSERT INTO delivery (id, message, attempts, due_at_ms, ttl_s, delay_s, hops, content, accepted_at_ms,
                                 attempted_at_ms, last_attempt, original, traceparent)
             VALUES (:id, :message, :attempts, :due_at_ms, :ttl_s, :delay_s, :hops, :content, :accepted_at_ms,
                     :attempted_at_ms, :last_attempt, :original, :traceparent)`,
    parameters: { ...DELIVERY_ROW, ...CONTENT_ROW, ...ACCEPTED_ROW, ...ATTEMPT_ROW },
  }),
  reschedule: statement({
    text: `UPDATE delivery SET attempts = :attempts, due_at_ms = :due_at_ms, attempted_at_ms = :attempted_at_ms,
             last_attempt = :last_attempt WHERE id = :id`,
    parameters: { id: integer(), attempts: integer(), due_at_ms: nullable(integer<EpochMs>()), ...ATTEMPT_ROW },
  }),
  remove: statement({ text: "DELETE FROM delivery WHERE id = :id", parameters: { id: integer() } }),
  removePending: statement({ text: "DELETE FROM delivery WHERE due_at_ms IS NOT NULL" }),
  revive: statement({
    text: "UPDATE delivery SET attempts = 0, due_at_ms = :due_at_ms WHERE due_at_ms IS NULL",
    parameters: { due_at_ms: integer<EpochMs>() },
  }),
  reviveOne: statement({
    text: "UPDATE delivery SET attempts = 0, due_at_ms = :due_at_ms WHERE id = :id",
    parameters: { id: integer(), due_at_ms: integer<EpochMs>() },
  }),
  failedSince: statement({
    text: "SELECT id FROM delivery WHERE due_at_ms IS NULL AND attempted_at_ms >= :since",
    parameters: { since: integer<EpochMs>() },
    row: { id: integer() },
  }),
  // Without the contents, which may be large. They come after these columns in a row, so SQLite does not read them here.
  all: statement({ text: "SELECT id, message, attempts, due_at_ms FROM delivery ORDER BY id", row: DELIVERY_ROW }),
  content: statement({
    text: "SELECT ttl_s, delay_s, hops, content, original, traceparent FROM delivery WHERE id = :id",
    parameters: { id: integer() },
    row: CONTENT_ROW,
  }),
  past: statement({
    text: "SELECT message, attempts, accepted_at_ms, attempted_at_ms, last_attempt FROM delivery WHERE id = :id",
    parameters: { id: integer() },
    row: { message: text(), attempts: integer(), ...ACCEPTED_ROW, ...ATTEMPT_ROW },
  }),
  state: statement({
    text: "SELECT subscriber, options, queue_policy, secrets, agreed, epoch, number, ended FROM subscription",
    row: STATE_ROW,
  }),
  writeState: statement({
    text: `INSERT OR REPLACE INTO subscription
             (id, subscriber, options, queue_policy, secrets, agreed, epoch, number, ended)
             VALUES (1, :subscriber, :options, :queue_policy, :secrets, :agreed, :epoch, :number, :ended)`,
    parameters: STATE_ROW,
  }),
  history: statement({ text: "SELECT delivered, failed, attempts FROM history", row: HISTORY_ROW }),
  writeHistory: statement({
    text: `INSERT OR REPLACE INTO history (id, delivered, failed, attempts)
             VALUES (1, :delivered, :failed, :attempts)`,
    parameters: HISTORY_ROW,
  }),
};

const NOTHING_KNOWN = { acceptedAt: null, lastAttempt: null };

export class Deliveries {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  insert(
    { id, messageId, attempts, dueAt }: DeliveryRow,
    notification: Notification,
    { acceptedAt, lastAttempt }: Pick<DeliveryPast, "acceptedAt" | "lastAttempt"> = NOTHING_KNOWN,
  ): void {
    const times = { due_at_ms: dueAt, accepted_at_ms: acceptedAt, ...toAttemptRow(lastAttempt) };
    const row = { id, message: messageId, attempts, ...times };
    if (notification.kind === "document") {
      const { text: content } = notification;
      const values = { ttl_s: null, delay_s: null, hops: 0, content, original: null, traceparent: null };
      this.sql.run(STATEMENTS.insert, { ...row, ...values });
    } else {
      const { ttl, delay, hops, body: content, id: original = null, traceparent = null } = notification;
      this.sql.run(STATEMENTS.insert, { ...row, ttl_s: ttl, delay_s: delay, hops, content, original, traceparent });
    }
  }

  reschedule({ id, attempts, dueAt }: Omit<DeliveryRow, "messageId">, lastAttempt: FailedAttempt | null = null): void {
    this.sql.run(STATEMENTS.reschedule, { id, attempts, due_at_ms: dueAt, ...toAttemptRow(lastAttempt) });
  }

  remove(id: number): void {
    this.sql.run(STATEMENTS.remove, { id });
  }

  /** Removes all pending deliveries. */
  removePending(): void {
    this.sql.run(STATEMENTS.removePending);
  }

  /** Makes all given-up deliveries due, as if never attempted. */
  revive(dueAt: EpochMs): void {
    this.sql.run(STATEMENTS.revive, { due_at_ms: dueAt });
  }

  /** Makes one given-up delivery due, as if never attempted. */
  reviveOne(id: number, dueAt: EpochMs): void {
    this.sql.run(STATEMENTS.reviveOne, { id, due_at_ms: dueAt });
  }

  /** The ids of given-up deliveries whose last attempt was made at or after this time. */
  failedSince(since: EpochMs): ReadonlySet<number> {
    return new Set(this.sql.all(STATEMENTS.failedSince, { since }).map(({ id }) => id));
  }

  /** In order of ids. */
  all(): DeliveryRow[] {
    return this.sql.all(STATEMENTS.all).map(({ id, message, attempts, due_at_ms }) => ({
      id,
      messageId: message,
      attempts,
      dueAt: due_at_ms,
    }));
  }

  /** The notification of a delivery; null when there is no such row. */
  notification({ id, messageId }: Pick<DeliveryRow, "id" | "messageId">): Notification | null {
    const row = this.sql.one(STATEMENTS.content, { id });
    if (row === null) return null;
    if (row.ttl_s === null) return { kind: "document", text: row.content };
    return {
      number: parseMessageId(messageId)?.sequence ?? 0,
      ttl: row.ttl_s,
      delay: row.delay_s,
      body: row.content as JsonText,
      hops: row.hops,
      ...(row.original === null ? {} : { id: row.original }),
      ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    };
  }

  /** null: there is no such row. */
  past(id: number): DeliveryPast | null {
    const row = this.sql.one(STATEMENTS.past, { id });
    if (row === null) return null;
    const { message: messageId, attempts, accepted_at_ms: acceptedAt } = row;
    return { messageId, attempts, acceptedAt, lastAttempt: toLastAttempt(row) };
  }

  state(): SubscriptionState | null {
    const row = this.sql.one(STATEMENTS.state);
    if (row === null) return null;
    return {
      target: {
        subscriber: row.subscriber,
        options: checkStoredObject(row.options, "options of the subscription"),
        queuePolicy:
          row.queue_policy === null ? null : checkStoredObject(row.queue_policy, "retry policy of the queue"),
        secrets: parseList<WebhookSecret>(row.secrets),
        agreed: row.agreed === 1,
      },
      position: row.epoch === null ? null : { epoch: row.epoch, number: row.number },
      isEnded: row.ended === 1,
    };
  }

  writeState({ target, position, isEnded }: SubscriptionState): void {
    this.sql.run(STATEMENTS.writeState, {
      subscriber: target.subscriber,
      options: target.options,
      queue_policy: target.queuePolicy,
      secrets: JSON.stringify(target.secrets),
      agreed: target.agreed ? 1 : 0,
      epoch: position?.epoch ?? null,
      number: position?.number ?? 0,
      ended: isEnded ? 1 : 0,
    });
  }

  history(): History | null {
    const row = this.sql.one(STATEMENTS.history);
    return row === null ? null : { ...row, attempts: parseList<AttemptRecord>(row.attempts) };
  }

  writeHistory({ delivered, failed, attempts }: History): void {
    this.sql.run(STATEMENTS.writeHistory, { delivered, failed, attempts: JSON.stringify(attempts) });
  }
}

function toAttemptRow(attempt: FailedAttempt | null): ValuesOf<typeof ATTEMPT_ROW> {
  if (attempt === null) return { attempted_at_ms: null, last_attempt: null };
  const { at, ...rest } = attempt;
  return { attempted_at_ms: at, last_attempt: JSON.stringify(rest) };
}

/** null: there is none, or the row is damaged. */
function toLastAttempt({
  attempted_at_ms: at,
  last_attempt: last,
}: ValuesOf<typeof ATTEMPT_ROW>): FailedAttempt | null {
  if (at === null || last === null) return null;
  try {
    return { at, ...(JSON.parse(last) as Omit<FailedAttempt, "at">) };
  } catch {
    return null;
  }
}

/** Parses a JSON array; [] if the row is damaged. The queue sends the secrets again with the next batch; history may be lost. */
function parseList<T>(json: string): T[] {
  try {
    return JSON.parse(json) as T[];
  } catch {
    return [];
  }
}

/**
 * The rows of a DeliveryObject: deliveries that did not succeed at once (pending ones, and the newest given-up ones), the state
 * of the subscription as the queue sent it last, and the history of attempts.
 */
import type { AttemptRecord, Notification, Target } from "../../domain/delivery.ts";
import { parseMessageId, type Epoch } from "../../domain/id.ts";
import type { JsonText } from "../../domain/json.ts";
import type { WebhookSecret } from "../../domain/subscription.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../domain/time.ts";
import type { Sql } from "../sql.ts";

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

/** The state of the subscription. */
export interface SubscriptionState {
  readonly target: Target;
  /** The last message taken over; null: none yet. */
  readonly position: { readonly epoch: Epoch; readonly number: number } | null;
  readonly isEnded: boolean;
}

export interface History {
  readonly delivered: number;
  readonly failed: number;
  /** Newest first. */
  readonly attempts: readonly AttemptRecord[];
}

const QUERIES = {
  insert: `INSERT INTO delivery (id, message, attempts, due_at_ms, ttl_s, delay_s, hops, content)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  reschedule: "UPDATE delivery SET attempts = ?, due_at_ms = ? WHERE id = ?",
  remove: "DELETE FROM delivery WHERE id = ?",
  removePending: "DELETE FROM delivery WHERE due_at_ms IS NOT NULL",
  revive: "UPDATE delivery SET attempts = 0, due_at_ms = ? WHERE due_at_ms IS NULL",
  // Without the contents, which may be large. They are the last columns of a row, so SQLite does not read them here.
  all: "SELECT id, message, attempts, due_at_ms FROM delivery ORDER BY id",
  content: "SELECT ttl_s, delay_s, hops, content FROM delivery WHERE id = ?",
  state: "SELECT subscriber, options, queue_policy, secrets, agreed, epoch, number, ended FROM subscription",
  writeState: `INSERT OR REPLACE INTO subscription
                    (id, subscriber, options, queue_policy, secrets, agreed, epoch, number, ended)
                    VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)`,
  history: "SELECT delivered, failed, attempts FROM history",
  writeHistory: "INSERT OR REPLACE INTO history (id, delivered, failed, attempts) VALUES (1, ?, ?, ?)",
};

interface DeliveryColumns extends Record<string, SqlStorageValue> {
  id: number;
  message: string;
  attempts: number;
  /** NULL: given up. */
  due_at_ms: number | null;
}

interface NotificationColumns extends Record<string, SqlStorageValue> {
  /** NULL: a document of the service. */
  ttl_s: number | null;
  delay_s: number | null;
  hops: number;
  content: string;
}

interface StateRow extends Record<string, SqlStorageValue> {
  subscriber: string;
  options: string;
  queue_policy: string | null;
  /** JSON array. */
  secrets: string;
  agreed: number;
  epoch: string | null;
  number: number;
  ended: number;
}

interface HistoryRow extends Record<string, SqlStorageValue> {
  delivered: number;
  failed: number;
  /** JSON array of AttemptRecord. */
  attempts: string;
}

export class Deliveries {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  insert({ id, messageId, attempts, dueAt }: DeliveryRow, notification: Notification): void {
    const { insert } = QUERIES;
    if (notification.kind === "document") {
      this.sql.run(insert, id, messageId, attempts, dueAt, null, null, 0, notification.text);
    } else {
      const { ttl, delay, hops, body } = notification;
      this.sql.run(insert, id, messageId, attempts, dueAt, ttl, delay, hops, body);
    }
  }

  reschedule({ id, attempts, dueAt }: Omit<DeliveryRow, "messageId">): void {
    this.sql.run(QUERIES.reschedule, attempts, dueAt, id);
  }

  remove(id: number): void {
    this.sql.run(QUERIES.remove, id);
  }

  /** Removes all pending deliveries. */
  removePending(): void {
    this.sql.run(QUERIES.removePending);
  }

  /** Makes all given-up deliveries due, as if never attempted. */
  revive(dueAt: EpochMs): void {
    this.sql.run(QUERIES.revive, dueAt);
  }

  /** In order of ids. */
  all(): DeliveryRow[] {
    return this.sql.all<DeliveryColumns>(QUERIES.all).map(({ id, message, attempts, due_at_ms }) => ({
      id,
      messageId: message,
      attempts,
      dueAt: due_at_ms === null ? null : toEpochMs(due_at_ms),
    }));
  }

  /** The notification of a delivery; null when there is no such row. */
  notification({ id, messageId }: Pick<DeliveryRow, "id" | "messageId">): Notification | null {
    const row = this.sql.one<NotificationColumns>(QUERIES.content, id);
    if (row === null) return null;
    if (row.ttl_s === null) return { kind: "document", text: row.content };
    return {
      number: parseMessageId(messageId)?.sequence ?? 0,
      ttl: toSeconds(row.ttl_s),
      delay: row.delay_s === null ? null : toSeconds(row.delay_s),
      body: row.content as JsonText,
      hops: row.hops,
    };
  }

  state(): SubscriptionState | null {
    const row = this.sql.one<StateRow>(QUERIES.state);
    if (row === null) return null;
    return {
      target: {
        subscriber: row.subscriber,
        options: row.options as JsonText,
        queuePolicy: row.queue_policy as JsonText | null,
        secrets: parseList<WebhookSecret>(row.secrets),
        agreed: row.agreed === 1,
      },
      position: row.epoch === null ? null : { epoch: row.epoch as Epoch, number: row.number },
      isEnded: row.ended === 1,
    };
  }

  writeState({ target, position, isEnded }: SubscriptionState): void {
    this.sql.run(
      QUERIES.writeState,
      target.subscriber,
      target.options,
      target.queuePolicy,
      JSON.stringify(target.secrets),
      target.agreed ? 1 : 0,
      position?.epoch ?? null,
      position?.number ?? 0,
      isEnded ? 1 : 0,
    );
  }

  history(): History | null {
    const row = this.sql.one<HistoryRow>(QUERIES.history);
    return row === null ? null : { ...row, attempts: parseList<AttemptRecord>(row.attempts) };
  }

  writeHistory({ delivered, failed, attempts }: History): void {
    this.sql.run(QUERIES.writeHistory, delivered, failed, JSON.stringify(attempts));
  }
}

/** Parses a JSON array; [] if the row is damaged. The queue sends the secrets again with the next batch; history may be lost. */
function parseList<T>(text: string): T[] {
  try {
    return JSON.parse(text) as T[];
  } catch {
    return [];
  }
}

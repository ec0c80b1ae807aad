/** The row of the queue itself: its epoch, its metadata, and the reserved sequence numbers. */
import type { Epoch, QueueName } from "../../domain/id.ts";
import { membersOf, type JsonText } from "../../domain/json.ts";
import { toQueueSettings, type QueueSettings } from "../../domain/queue-metadata.ts";
import { RESERVED } from "../../domain/reserved-metadata.ts";
import type { SpreadRule } from "../../domain/spread.ts";
import { renewSigningGeneration } from "./signing.ts";
import type { Sql } from "../sql.ts";
import { integer, nullable, statement, text, type ValuesOf } from "../statement.ts";
import { checkStoredObject } from "../stored-object.ts";

export const TABLES = ["queue"] as const;

const QUEUE_ROW = {
  epoch: text<Epoch>(),
  metadata: text<JsonText>(),
  reserved: integer(),
  indexed: integer(),
  lead_ms: integer(),
  spread_rule: nullable(text<SpreadRule>()),
};

export const STATEMENTS = {
  read: statement({
    text: "SELECT epoch, metadata, reserved, indexed, lead_ms, spread_rule FROM queue",
    row: QUEUE_ROW,
  }),
  insert: statement({
    text: `INSERT INTO queue (id, epoch, metadata, reserved, indexed, spread_rule)
             VALUES (1, :epoch, :metadata, :reserved, 0, :spread_rule)`,
    parameters: {
      epoch: text<Epoch>(),
      metadata: text<JsonText>(),
      reserved: integer(),
      spread_rule: nullable(text<SpreadRule>()),
    },
  }),
  setMetadata: statement({
    text: "UPDATE queue SET metadata = :metadata, indexed = 0",
    parameters: { metadata: text<JsonText>() },
  }),
  setReserved: statement({ text: "UPDATE queue SET reserved = :reserved", parameters: { reserved: integer() } }),
  setLead: statement({ text: "UPDATE queue SET lead_ms = :lead_ms", parameters: { lead_ms: integer() } }),
  setIndexed: statement({ text: "UPDATE queue SET indexed = :indexed", parameters: { indexed: integer() } }),
};

export interface NewQueue {
  readonly epoch: Epoch;
  readonly metadata: JsonText;
  readonly spreadRule?: SpreadRule | null;
}

export class QueueRecord {
  /** Identifies the queue from its creation to its deletion. A queue of the same name created later has another epoch. */
  readonly epoch: Epoch;
  /** Sequence numbers below it may have been assigned before. The log continues here when its object wakes. */
  readonly reserved: number;
  readonly name: QueueName;
  /** That of its pool when it was created; null: its load decides. */
  readonly spreadRule: SpreadRule | null;
  private readonly sql: Sql;
  private stored: JsonText;
  private current: QueueSettings;
  private indexed: boolean;
  private storedLead: number;

  private constructor(sql: Sql, name: QueueName, row: ValuesOf<typeof QUEUE_ROW>) {
    this.sql = sql;
    this.name = name;
    this.epoch = row.epoch;
    this.reserved = row.reserved;
    this.spreadRule = row.spread_rule;
    this.stored = row.metadata;
    this.current = toQueueSettings(this.stored, name);
    this.indexed = row.indexed === 1;
    this.storedLead = row.lead_ms;
  }

  /** The stored record, or null if the queue does not exist. */
  static read(sql: Sql, name: QueueName): QueueRecord | null {
    const row = sql.one(STATEMENTS.read);
    if (row !== null) checkStoredObject(row.metadata, "metadata of the queue");
    return row === null ? null : new QueueRecord(sql, name, row);
  }

  static insert(sql: Sql, name: QueueName, values: NewQueue & { readonly reserved: number }): QueueRecord {
    const { epoch, metadata, reserved, spreadRule: spread_rule = null } = values;
    sql.run(STATEMENTS.insert, { epoch, metadata, reserved, spread_rule });
    if (membersOf(metadata).has(RESERVED.signingGeneration.key)) renewSigningGeneration(sql);
    return new QueueRecord(sql, name, { epoch, metadata, reserved, indexed: 0, lead_ms: 0, spread_rule });
  }

  get metadata(): JsonText {
    return this.stored;
  }

  get settings(): QueueSettings {
    return this.current;
  }

  /** Whether the project's index has the queue with this metadata. */
  get isIndexed(): boolean {
    return this.indexed;
  }

  /** Replaces the metadata. The project's index does not have it yet. */
  setMetadata(metadata: JsonText): void {
    this.sql.run(STATEMENTS.setMetadata, { metadata });
    const generation = membersOf(metadata).get(RESERVED.signingGeneration.key);
    if (generation !== membersOf(this.stored).get(RESERVED.signingGeneration.key)) renewSigningGeneration(this.sql);
    this.stored = metadata;
    this.current = toQueueSettings(metadata, this.name);
    this.indexed = false;
  }

  /** The lead when it was last written: milliseconds by which the queue's time was ahead of the clock. */
  get lead(): number {
    return this.storedLead;
  }

  /** Writes the lead if it has changed, and returns whether it has. */
  setLead(lead: number): boolean {
    if (lead === this.storedLead) return false;
    this.sql.run(STATEMENTS.setLead, { lead_ms: lead });
    this.storedLead = lead;
    return true;
  }

  setIndexed(isIndexed: boolean): void {
    this.sql.run(STATEMENTS.setIndexed, { indexed: isIndexed ? 1 : 0 });
    this.indexed = isIndexed;
  }

  /** Writes that sequence numbers below `upTo` are reserved. */
  reserve(upTo: number): void {
    this.sql.run(STATEMENTS.setReserved, { reserved: upTo });
  }
}

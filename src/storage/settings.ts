/** The row of the queue itself: its life's epoch, its metadata, and how far sequence numbers are spoken for. */
import type { Epoch } from "../domain/id.ts";
import type { JsonText } from "../domain/json.ts";
import type { Sql } from "./sql.ts";

export interface QueueRecord {
  readonly epoch: Epoch;
  readonly metadata: JsonText;
  /** Sequence numbers below it may have been given; a woken log starts here. */
  readonly reserved: number;
  /** The project's index shows the queue with this metadata. */
  readonly isIndexed: boolean;
}

interface QueueRow extends Record<string, SqlStorageValue> {
  epoch: string;
  metadata: string;
  reserved: number;
  indexed: number;
}

const QUERIES = {
  read: "SELECT epoch, metadata, reserved, indexed FROM queue",
  insert: "INSERT INTO queue (id, epoch, metadata, reserved, indexed) VALUES (1, ?, ?, ?, 0)",
  setMetadata: "UPDATE queue SET metadata = ?, indexed = 0",
  setReserved: "UPDATE queue SET reserved = ?",
  setIndexed: "UPDATE queue SET indexed = ?",
};

export class QueueRecords {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  read(): QueueRecord | null {
    const row = this.sql.one<QueueRow>(QUERIES.read);
    if (row === null) return null;
    return {
      epoch: row.epoch as Epoch,
      metadata: row.metadata as JsonText,
      reserved: row.reserved,
      isIndexed: row.indexed === 1,
    };
  }

  insert(epoch: Epoch, metadata: JsonText, reserved: number): void {
    this.sql.run(QUERIES.insert, epoch, metadata, reserved);
  }

  /** Metadata that the index does not show yet. */
  setMetadata(metadata: JsonText): void {
    this.sql.run(QUERIES.setMetadata, metadata);
  }

  setReserved(reserved: number): void {
    this.sql.run(QUERIES.setReserved, reserved);
  }

  setIndexed(isIndexed: boolean): void {
    this.sql.run(QUERIES.setIndexed, isIndexed ? 1 : 0);
  }
}

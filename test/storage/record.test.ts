/** The queue's own row, and its signing generation, which outlives it. */
import { describe, expect, test } from "vitest";
import { toEpoch, type QueueName } from "../../src/domain/id.ts";
import { EMPTY_OBJECT, type JsonText } from "../../src/domain/json.ts";
import { QueueRecord } from "../../src/storage/queue/record.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import { readSigningGeneration, renewSigningGeneration } from "../../src/storage/queue/signing.ts";
import type { Sql } from "../../src/storage/sql.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const NAME = "orders" as QueueName;
const EPOCH = toEpoch(1_000_000_000_000, 1);

function insert(sql: Sql, metadata = EMPTY_OBJECT): QueueRecord {
  return QueueRecord.insert(sql, NAME, { epoch: EPOCH, metadata, reserved: 100 });
}

function read(sql: Sql): QueueRecord {
  const record = QueueRecord.read(sql, NAME);
  if (record === null) throw new Error("There is no record.");
  return record;
}

function withRecord(work: (sql: Sql, raw: SqlStorage) => void): Promise<void> {
  return withStorage(QUEUE_MIGRATIONS, work);
}

describe("a queue's record", () => {
  test("is read as it was inserted: not in the index yet, and with the clock's time", () =>
    withRecord((sql) => {
      expect(QueueRecord.read(sql, NAME)).toBeNull();
      const inserted = insert(sql, '{"_default_message_delay":5,"a":1.0}' as JsonText);
      for (const record of [inserted, read(sql)]) {
        expect(record).toMatchObject({ epoch: EPOCH, name: NAME, reserved: 100, isIndexed: false, lead: 0 });
        expect(record.metadata).toBe('{"_default_message_delay":5,"a":1.0}');
        expect(record.settings.defaultMessageDelay).toBe(5);
      }
    }));

  test("with changed metadata has the settings of the new, and is to be indexed again", () =>
    withRecord((sql) => {
      const record = insert(sql);
      record.setIndexed(true);
      expect(read(sql).isIndexed).toBe(true);
      record.setMetadata('{"_default_message_delay":7}' as JsonText);
      for (const each of [record, read(sql)]) {
        expect([each.settings.defaultMessageDelay, each.isIndexed]).toEqual([7, false]);
      }
    }));

  test("has its lead written only when that changes", () =>
    withRecord((sql) => {
      const record = insert(sql);
      const before = sql.rowsWritten;
      expect([record.setLead(0), record.setLead(250), record.setLead(250)]).toEqual([false, true, false]);
      expect([sql.rowsWritten - before, read(sql).lead]).toEqual([1, 250]);
    }));

  test("shows after a restart which numbers are reserved", () =>
    withRecord((sql) => {
      const record = insert(sql);
      record.reserve(5000);
      expect([record.reserved, read(sql).reserved]).toEqual([100, 5000]);
    }));

  test.each(["", "{", '{"a', '{"a":[}', "[]", "1", "null"])(
    "with the damaged metadata %j is refused: scanning it would not end",
    (metadata) =>
      withRecord((sql, raw) => {
        insert(sql);
        raw.exec("UPDATE queue SET metadata = ?", metadata);
        expect(() => QueueRecord.read(sql, NAME)).toThrow("metadata of the queue is damaged");
      }),
  );

  test("keeps metadata with numbers that only Python takes for JSON", () =>
    withRecord((sql) => {
      insert(sql, '{"a":NaN,"b":-Infinity,"c":123456789012345678901234567890}' as JsonText);
      expect(read(sql).metadata).toContain("NaN");
    }));
});

describe("the signing generation", () => {
  test("does not exist before it is drawn, and is another one each time", () =>
    withRecord((sql) => {
      expect(readSigningGeneration(sql)).toBeNull();
      renewSigningGeneration(sql);
      const first = readSigningGeneration(sql);
      renewSigningGeneration(sql);
      expect(readSigningGeneration(sql)).not.toBe(first);
    }));

  test("is drawn anew when metadata set, change or remove it, and by nothing else", () =>
    withRecord((sql) => {
      const record = insert(sql);
      const seen = [readSigningGeneration(sql)];
      const texts = [
        '{"_signing_generation":1}',
        '{"_signing_generation":1,"a":1}',
        '{"_signing_generation":2}',
        "{}",
        '{"a":1}',
      ];
      for (const text of texts) {
        record.setMetadata(text as JsonText);
        seen.push(readSigningGeneration(sql));
      }
      expect(seen.map((generation, index) => generation !== seen[index - 1]).slice(1)).toEqual([
        true,
        false,
        true,
        true,
        false,
      ]);
    }));

  test("is drawn for a queue that is created with one in its metadata", () =>
    withRecord((sql) => {
      insert(sql, '{"_signing_generation":1}' as JsonText);
      expect(readSigningGeneration(sql)).not.toBeNull();
    }));
});

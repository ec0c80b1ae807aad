/** Receipts of posts with an Idempotency-Key. */
import { describe, expect, test } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { Receipts } from "../../src/storage/queue/receipts.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const RECEIPT = { fingerprint: "f1", first: 7, count: 2 };
const END = toEpochMs(1_000_000_000_000);
const BEFORE = toEpochMs(END - 1);

function withReceipts(work: (receipts: Receipts, raw: SqlStorage) => void): Promise<void> {
  return withStorage(QUEUE_MIGRATIONS, (sql, raw) => work(new Receipts(sql), raw));
}

describe("a receipt", () => {
  test("is found by its key until it expires, at that millisecond", () =>
    withReceipts((receipts) => {
      receipts.write("key", RECEIPT, END);
      expect([receipts.find("key", BEFORE), receipts.find("key", END), receipts.find("other", BEFORE)]).toEqual([
        RECEIPT,
        null,
        null,
      ]);
    }));

  test("replaces the expired one of its key", () =>
    withReceipts((receipts, raw) => {
      receipts.write("key", RECEIPT, BEFORE);
      receipts.write("key", { fingerprint: "f2", first: 9, count: 1 }, END);
      expect(receipts.find("key", BEFORE)).toEqual({ fingerprint: "f2", first: 9, count: 1 });
      expect(raw.exec("SELECT key FROM receipt").toArray()).toHaveLength(1);
    }));
});

describe("a sweep", () => {
  test("removes what has expired, leaves others unaffected", () =>
    withReceipts((receipts, raw) => {
      receipts.write("past", RECEIPT, BEFORE);
      receipts.write("now", RECEIPT, END);
      receipts.write("later", RECEIPT, toEpochMs(END + 1));
      expect(receipts.earliestExpiry()).toBe(BEFORE);
      receipts.sweep(END);
      expect(raw.exec("SELECT key FROM receipt").toArray()).toEqual([{ key: "later" }]);
      expect(receipts.earliestExpiry()).toBe(END + 1);
    }));

  test("has nothing to wait for without receipts", () =>
    withReceipts((receipts) => {
      expect(receipts.earliestExpiry()).toBeNull();
    }));
});

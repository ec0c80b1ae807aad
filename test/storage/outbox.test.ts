/** The rows of the outbox: the shared cursor, and pages of the log. */
import { describe, expect, test } from "vitest";
import { toMessageId } from "../../src/domain/id.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";
import { readLogPage, readSharedCursor, writeSharedCursor, type LogPage } from "../../src/storage/queue/outbox.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import { SEGMENT_COUNT_MAX, sequenceOf } from "../../src/storage/queue/segment.ts";
import { EPOCH, FOREIGN, withBareLog, type BareLog } from "../support/objects/bare-log.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

interface Read extends LogPage {
  readonly numbers: readonly number[];
  readonly skipped: readonly (readonly [number, string])[];
}

function read({ segments, log }: BareLog, cursor: number, { concurrency = 1, isDelayed = false } = {}): Read {
  const skipped: (readonly [number, string])[] = [];
  const page = readLogPage(segments, cursor, { last: log.last, isDelayed, concurrency }, (entry, why) =>
    skipped.push([sequenceOf(entry), why]),
  );
  return { ...page, numbers: page.notifications.map(({ number }) => number), skipped };
}

describe("the shared cursor", () => {
  test("is read as it was written, in one row", () =>
    withStorage(QUEUE_MIGRATIONS, (sql, raw) => {
      const at = toEpochMs(5);
      writeSharedCursor(sql, EPOCH, { sequence: 7, sweepAt: null });
      writeSharedCursor(sql, EPOCH, { sequence: 9, sweepAt: at });
      expect(readSharedCursor(sql, EPOCH)).toEqual({ sequence: 9, sweepAt: at });
      expect(raw.exec("SELECT id FROM outbox").toArray()).toHaveLength(1);
    }));

  test("of another epoch, or of none, is at the beginning", () =>
    withStorage(QUEUE_MIGRATIONS, (sql) => {
      expect(readSharedCursor(sql, EPOCH)).toEqual({ sequence: 0, sweepAt: null });
      writeSharedCursor(sql, FOREIGN, { sequence: 9, sweepAt: toEpochMs(5) });
      expect(readSharedCursor(sql, EPOCH)).toEqual({ sequence: 0, sweepAt: null });
    }));
});

describe("a page of the log", () => {
  test("has the messages after a cursor, and ends with the log", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.post(2);
      expect(read(bare, 0)).toMatchObject({ numbers: [1, 2, 3, 4], end: 4 });
      expect(read(bare, 1)).toMatchObject({ numbers: [2, 3, 4], end: 4 });
      expect(read(bare, 4)).toMatchObject({ numbers: [], end: 4 });
    }));

  test("has deleted and expired messages as long as their rows exist", () =>
    withBareLog((bare) => {
      bare.post(2, { ttl: 60 });
      bare.remove([1]);
      bare.advance(60);
      expect(read(bare, 0).numbers).toEqual([1, 2]);
    }));

  test("ends with the log's last number, also when no row is behind the cursor", () =>
    withBareLog((bare) => {
      bare.post(1);
      bare.log.allocate(5);
      expect(read(bare, 1)).toMatchObject({ numbers: [], end: 6 });
    }));

  test("shows ttl, delay, body and hops; a delay only of a delayed queue", () =>
    withBareLog((bare) => {
      bare.post(1, { ttl: 90, delay: 7 });
      const notification = { number: 1, ttl: 90, body: '"m0"', hops: 0 };
      expect(read(bare, 0).notifications).toEqual([{ ...notification, delay: null }]);
      expect(read(bare, 0, { isDelayed: true }).notifications).toEqual([{ ...notification, delay: 7 }]);
    }));

  test("shows no delay of a message that came from another log", () =>
    withBareLog((bare) => {
      bare.adopt(1, 100);
      expect(read(bare, 0, { isDelayed: true }).notifications).toMatchObject([{ delay: 0 }]);
    }));

  test("shows the ids of messages that came from another log, which do not follow from their numbers", () =>
    withBareLog((bare) => {
      bare.adopt(2, 100);
      bare.post(1);
      const [first, second, third] = read(bare, 0).notifications;
      expect([first?.id, second?.id]).toEqual([toMessageId(FOREIGN, 100), toMessageId(FOREIGN, 101)]);
      expect(third).not.toHaveProperty("id");
    }));

  test("shows the ttl as posted, also if a claim has extended it", () =>
    withBareLog((bare) => {
      bare.post(1, { ttl: 60 });
      bare.log.changeExceptions([1], (_, { lives }) => void lives.set(0, { ttl: toSeconds(300), expiresAt: bare.now }));
      expect(read(bare, 0).notifications).toMatchObject([{ ttl: 60 }]);
    }));

  test.each([
    [1, 4],
    [2, 8],
  ])("for a concurrency of %i has %i segments, and ends there", (concurrency, count) =>
    withBareLog((bare) => {
      for (let row = 0; row < 20; row++) bare.post(1);
      expect(read(bare, 0, { concurrency })).toMatchObject({ end: count });
      expect(read(bare, 16, { concurrency: 2 })).toMatchObject({ numbers: [17, 18, 19, 20], end: 20 });
    }),
  );

  test("has no more than four segments if these are large, whatever the concurrency", () =>
    withBareLog((bare) => {
      for (let row = 0; row < 8; row++) bare.post(SEGMENT_COUNT_MAX);
      const page = read(bare, 0, { concurrency: 4 });
      expect([page.numbers.length, page.end]).toEqual([4 * SEGMENT_COUNT_MAX, 4 * SEGMENT_COUNT_MAX]);
    }));

  test("leaves damaged messages out and names them, others unaffected", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.post(2);
      bare.post(1);
      bare.raw.exec("UPDATE segment SET crc = 1 WHERE first = 1");
      bare.remove([3]);
      bare.damage(3);
      expect(read(bare, 0)).toMatchObject({
        numbers: [5],
        end: 5,
        skipped: [
          [1, "damaged"],
          [2, "damaged"],
          [3, "damaged"],
          [4, "damaged"],
        ],
      });
    }));
});

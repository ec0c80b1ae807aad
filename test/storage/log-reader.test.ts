/** Reads of the log: by position, by marker, by number, and lists. */
import { describe, expect, test } from "vitest";
import { toSequence, type ClientId, type Epoch } from "../../src/domain/id.ts";
import { toSeconds } from "../../src/domain/time.ts";
import { READ_ROWS_MAX } from "../../src/storage/queue/segment-rows.ts";
import { sequenceOf } from "../../src/storage/queue/segment.ts";
import { CLIENT, EPOCH, FOREIGN, numbersOf, withBareLog, type BareLog } from "../support/objects/bare-log.ts";

function find({ reader }: BareLog, epoch: Epoch, ...sequences: readonly number[]): number[] {
  return numbersOf(reader.find(sequences.map((sequence) => ({ epoch, sequence: toSequence(sequence) }))));
}

function list(
  bare: BareLog,
  options: Partial<Parameters<BareLog["reader"]["listFrom"]>[2]> = {},
  limit = 100,
): number[] {
  const filter = {
    now: bare.now,
    without: null,
    includeClaimed: false,
    includeDelayed: false,
    includeReleasedLater: false,
    ...options,
  };
  return numbersOf(bare.reader.listFrom(1, limit, filter));
}

describe("a position", () => {
  test("of this log finds its message, in the order asked; deleted and unknown ones are left out", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.post(2);
      bare.remove([2]);
      expect(find(bare, EPOCH, 5, 1, 2, 3, 6)).toEqual([5, 1, 3]);
    }));

  test("finds an expired message: the caller tells by the time", () =>
    withBareLog((bare) => {
      bare.post(1, { ttl: 60 });
      bare.advance(60);
      expect(find(bare, EPOCH, 1)).toEqual([1]);
    }));

  test("of another log finds the message that came from there, and no other", () =>
    withBareLog((bare) => {
      bare.post(3);
      const first = bare.adopt(2, 100);
      expect(find(bare, FOREIGN, 101, 100, 1)).toEqual([first + 1, first]);
      expect(find(bare, EPOCH, first)).toEqual([]);
    }));

  test("in successive messages of one row takes one read", () =>
    withBareLog((bare) => {
      bare.post(100);
      const before = bare.sql.rowsRead;
      find(bare, EPOCH, 1);
      const once = bare.sql.rowsRead - before;
      find(bare, EPOCH, ...Array.from({ length: 100 }, (_, index) => index + 1));
      expect(bare.sql.rowsRead - before).toBe(2 * once);
    }));
});

describe("a marker", () => {
  test("stays valid when its message is deleted", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.remove([1, 2]);
      expect(bare.reader.sequenceOfMarker({ epoch: EPOCH, sequence: toSequence(2) })).toBe(2);
    }));

  test("of a message from another log is valid while it is stored", () =>
    withBareLog((bare) => {
      const first = bare.adopt(2, 100);
      const marker = { epoch: FOREIGN, sequence: toSequence(101) };
      expect(bare.reader.sequenceOfMarker(marker)).toBe(first + 1);
      bare.remove([first, first + 1]);
      expect(bare.reader.sequenceOfMarker(marker)).toBeNull();
    }));
});

describe("a list", () => {
  test("leaves out what is claimed, delayed, deleted, expired or the client's own", () =>
    withBareLog((bare) => {
      bare.post(1);
      bare.post(1, { delay: 10 });
      bare.post(1, { client: "00000000000000000000000000000001" as ClientId });
      bare.post(1, { ttl: 60 });
      bare.post(2);
      bare.inFlight.hold(1, 0);
      bare.remove([5]);
      expect(list(bare)).toEqual([3, 4, 6]);
      expect(list(bare, { includeClaimed: true, includeDelayed: true, includeReleasedLater: true })).toEqual([
        1, 2, 3, 4, 6,
      ]);
      expect(list(bare, { without: CLIENT })).toEqual([3]);
      bare.advance(60);
      expect(list(bare)).toEqual([2, 3, 6]);
    }));

  test("has as many as asked for, over many rows", () =>
    withBareLog((bare) => {
      for (let row = 0; row < 40; row++) bare.post(3);
      bare.remove(Array.from({ length: 60 }, (_, index) => 2 * index + 1));
      expect(list(bare, {}, 55)).toEqual(Array.from({ length: 55 }, (_, index) => 2 * index + 2));
      expect(list(bare, {}, 100)).toHaveLength(60);
    }));

  test("begins within a row", () =>
    withBareLog((bare) => {
      bare.post(5);
      const all = {
        now: bare.now,
        without: null,
        includeClaimed: true,
        includeDelayed: true,
        includeReleasedLater: true,
      };
      expect(numbersOf(bare.reader.listFrom(4, 10, all))).toEqual([4, 5]);
    }));

  test("passes over claimed messages at the beginning without reading them", () =>
    withBareLog((bare) => {
      for (let row = 0; row < 1000; row++) bare.post(1);
      for (let sequence = 1; sequence <= 999; sequence++) bare.inFlight.hold(sequence, 0);
      const before = bare.sql.rowsRead;
      expect(list(bare, {}, 1)).toEqual([1000]);
      expect(bare.sql.rowsRead - before).toBeLessThan(10);
    }));
});

describe("the newest message", () => {
  test("is the last that is visible, undeleted and alive", () =>
    withBareLog((bare) => {
      const newest = (): number | null => {
        const entry = bare.reader.newest(bare.now);
        return entry === null ? null : sequenceOf(entry);
      };
      expect(newest()).toBeNull();
      bare.post(3);
      bare.post(1, { ttl: 60 });
      bare.post(1, { delay: 70 });
      bare.remove([3]);
      expect(newest()).toBe(4);
      bare.advance(60);
      expect(newest()).toBe(2);
      bare.advance(10);
      expect(newest()).toBe(5);
    }));
});

describe("the stored messages among ranges", () => {
  test("are those not deleted, expired ones too, whatever the order of the ranges", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.post(3, { ttl: 60 });
      bare.post(3);
      bare.remove([2, 7, 8, 9]);
      bare.advance(60);
      const stored = bare.reader.stored([
        { from: 5, to: 8 },
        { from: 1, to: 3 },
        { from: 2, to: 3 },
        { from: 50, to: 60 },
      ]);
      expect([...stored].toSorted((a, b) => a - b)).toEqual([1, 3, 5, 6]);
    }));

  test("are found in ranges over more rows than one read returns", () =>
    withBareLog((bare) => {
      for (let row = 0; row < 2 * READ_ROWS_MAX; row++) bare.post(1);
      expect(bare.reader.stored([{ from: 1, to: 2 * READ_ROWS_MAX - 1 }]).size).toBe(2 * READ_ROWS_MAX - 1);
    }));

  test("are none without ranges", () =>
    withBareLog((bare) => {
      bare.post(1);
      expect(bare.reader.stored([]).size).toBe(0);
    }));
});

test("numbers find their stored messages, deleted ones too, ascending", () =>
  withBareLog((bare) => {
    bare.post(3);
    bare.post(3);
    bare.remove([2]);
    bare.log.changeExceptions([1], (_, { lives }) => void lives.set(0, { ttl: toSeconds(1), expiresAt: bare.now }));
    expect(numbersOf(bare.reader.entriesAt([5, 2, 1, 99]))).toEqual([1, 2, 5]);
  }));

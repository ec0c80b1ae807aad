/** Unreadable messages: they are skipped, reported once, and block no others. */
import { describe, expect, test } from "vitest";
import type { MessageId } from "../../src/domain/id.ts";
import { PAGE_BYTES_MAX } from "../../src/storage/page-budget.ts";
import type { ReadableEntry } from "../../src/storage/queue/readable-entries.ts";
import { idOf, sequenceOf, type Entry } from "../../src/storage/queue/segment.ts";
import { PLAIN_BODIES, MessageReader, type BodyAccess } from "../../src/storage/queue/message-reader.ts";
import { EPOCH, withBareLog, type BareLog } from "../support/objects/bare-log.ts";

/** Reads the log from the beginning; `unreadable`: the bodies that no key decrypts. */
class Reading {
  readonly reported: [MessageId, string][] = [];
  readonly reader: MessageReader;
  private next = 1;
  private readonly bare: BareLog;

  constructor(bare: BareLog, unreadable: readonly string[] = []) {
    const bodies: BodyAccess = {
      canDecrypt: (body) => PLAIN_BODIES.canDecrypt(body) && !unreadable.includes(body),
      report: (id, why) => this.reported.push([id, why]),
    };
    this.bare = bare;
    this.reader = new MessageReader({ segments: bare.segments, bodies, idOf: (entry) => idOf(entry, EPOCH) });
  }

  read(...sequences: readonly number[]): number[] {
    return numbersOf(this.reader.read(this.bare.reader.entriesAt(sequences)));
  }

  gather(limit: number): number[] {
    const listed = {
      now: this.bare.now,
      without: null,
      includeClaimed: true,
      includeDelayed: true,
      includeReleasedLater: true,
    };
    const take = (rest: number): readonly Entry[] => {
      const entries = this.bare.reader.listFrom(this.next, rest, listed);
      const last = entries.at(-1);
      if (last !== undefined) this.next = sequenceOf(last) + 1;
      return entries;
    };
    return numbersOf(this.reader.gather(limit, take));
  }
}

function numbersOf(readable: readonly ReadableEntry[]): number[] {
  return readable.map(({ entry }) => sequenceOf(entry));
}

function damageBodies({ raw }: BareLog, ...firsts: readonly number[]): void {
  for (const first of firsts) raw.exec("UPDATE segment SET crc = crc + 1 WHERE first = ?", first);
}

describe("reading", () => {
  test("returns what can be read with its body, in order, and reports the rest with the reason", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.post(2);
      damageBodies(bare, 3);
      const reading = new Reading(bare, ['"m0"']);
      expect(reading.reader.read(bare.reader.entriesAt([1, 2, 3]))).toMatchObject([{ body: '"m1"' }]);
      expect(reading.reported.map(([id, why]) => [Number.parseInt(id.slice(-4), 16), why])).toEqual([
        [1, "unknown-key"],
        [3, "damaged"],
      ]);
    }));

  test("reports each message once, however often it is met", () =>
    withBareLog((bare) => {
      bare.post(2);
      damageBodies(bare, 1);
      const reading = new Reading(bare);
      reading.read(1, 2);
      reading.read(2);
      expect(reading.reported).toHaveLength(2);
      expect(reading.reader.skipped).toEqual([1, 2]);
    }));

  test("reads the rows of its messages and none between them", () =>
    withBareLog((bare) => {
      for (let row = 0; row < 100; row++) bare.post(2);
      const entries = bare.reader.entriesAt([1, 2, 4, 199, 200]);
      const before = bare.sql.rowsRead;
      expect(new Reading(bare).reader.read(entries)).toHaveLength(5);
      expect(bare.sql.rowsRead - before).toBeLessThan(6);
    }));
});

describe("gathering", () => {
  test("goes on behind unreadable messages until it has as many as asked for", () =>
    withBareLog((bare) => {
      for (let row = 0; row < 10; row++) bare.post(1);
      damageBodies(bare, 1, 2, 3, 5);
      const reading = new Reading(bare);
      expect([reading.gather(3), reading.reader.consumeWasCut()]).toEqual([[4, 6, 7], false]);
      expect(reading.gather(10)).toEqual([8, 9, 10]);
    }));

  test.each([
    [999, [1000], false],
    [1000, [], true],
  ])("skips a bounded number of them: behind %i it finds %j", (count, found, isCut) =>
    withBareLog((bare) => {
      for (let row = 0; row < count + 1; row++) bare.post(1);
      damageBodies(bare, ...Array.from({ length: count }, (_, index) => index + 1));
      const reading = new Reading(bare);
      expect(reading.gather(1)).toEqual(found);
      expect(reading.reader.consumeWasCut()).toBe(isCut);
      // The next call returns false, and the next read continues where this one stopped.
      expect(reading.reader.consumeWasCut()).toBe(false);
      expect(reading.gather(1)).toEqual(isCut ? [count + 1] : []);
    }),
  );

  test("that found something is not cut, whatever it skipped behind it", () =>
    withBareLog((bare) => {
      for (let row = 0; row < 1001; row++) bare.post(1);
      damageBodies(bare, ...Array.from({ length: 1000 }, (_, index) => index + 2));
      const reading = new Reading(bare);
      expect([reading.gather(2), reading.reader.consumeWasCut()]).toEqual([[1], false]);
    }));

  test("ends with a page that is full of bytes", () =>
    withBareLog((bare) => {
      const body = `"${"x".repeat(PAGE_BYTES_MAX)}"`;
      for (let row = 0; row < 3; row++) bare.post(1);
      bare.raw.exec("UPDATE segment SET bodies = ?, crc = NULL WHERE first = 2", body);
      damageBodies(bare, 1);
      expect(new Reading(bare).gather(10)).toEqual([2]);
    }));
});

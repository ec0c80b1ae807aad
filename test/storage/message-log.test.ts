/** Changes of the message log: numbers, rows, deletions, purges and sweeps. */
import { describe, expect, test } from "vitest";
import { joinBodies } from "../../src/domain/message.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toSeconds } from "../../src/domain/time.ts";
import { RESERVATION } from "../../src/storage/queue/log-numbers.ts";
import { READ_ROWS_MAX } from "../../src/storage/queue/segment-rows.ts";
import { SEGMENT_COUNT_MAX, SEGMENT_LENGTH_MAX } from "../../src/storage/queue/segment.ts";
import { BareLog, bodiesOf, CLIENT, numbersOf, withBareLog } from "../support/objects/bare-log.ts";

describe("numbers", () => {
  test("are given one after the other, to transfers too", () =>
    withBareLog((bare) => {
      expect([bare.log.last, bare.post(3), bare.log.allocate(1), bare.post(2), bare.log.last]).toEqual([0, 1, 4, 5, 6]);
    }));

  test("are reserved anew with the first number at the reservation's end, not before", () =>
    withBareLog(
      (bare) => {
        bare.log.allocate(99);
        expect(bare.reservations).toEqual([]);
        bare.log.allocate(1);
        expect(bare.reservations).toEqual([101 + RESERVATION]);
        bare.log.allocate(RESERVATION);
        expect(bare.reservations).toHaveLength(1);
      },
      { next: 1, reserved: 100 },
    ));

  test("continue above a number that another log has given, and are reserved only when that is beyond", () =>
    withBareLog(
      (bare) => {
        bare.log.raise(40);
        bare.log.raise(39);
        expect([bare.log.last, bare.post(1), bare.reservations]).toEqual([40, 41, []]);
        bare.log.raise(100);
        expect([bare.log.last, bare.post(1), bare.reservations]).toEqual([100, 101, [101 + RESERVATION]]);
      },
      { next: 1, reserved: 100 },
    ));

  test("that are passed over do not look like messages", () =>
    withBareLog((bare) => {
      bare.post(1);
      bare.log.raise(10);
      expect(bare.availability.mayHaveClaimable).toBe(true);
      expect(numbersOf(bare.availability.take(5, bare.now))).toEqual([1]);
      expect(bare.availability.take(5, bare.now)).toEqual([]);
      bare.log.raise(20);
      expect(bare.availability.mayHaveClaimable).toBe(false);
      bare.post(1);
      expect(numbersOf(bare.availability.take(5, bare.now))).toEqual([21]);
    }));
});

describe("a post", () => {
  test("is one row for each run, whatever its number of messages", () =>
    withBareLog((bare) => {
      const run = (ttl: number): Parameters<typeof bare.log.append>[0][number] => ({
        ttl: toSeconds(ttl),
        delay: toSeconds(5),
        count: 2,
        bodies: bodiesOf(2),
      });
      expect(bare.written(() => void bare.log.append([run(60), run(70)], CLIENT, null, bare.now))).toBe(2);
      const { now } = bare;
      expect(bare.segments.from(1, 2)).toMatchObject([
        { first: 1, count: 2, ttl: 60, postedAt: now, visibleAt: now + 5000, expiresAt: now + 60_000, origin: null },
        { first: 3, count: 2, ttl: 70, postedAt: now, visibleAt: now + 5000, expiresAt: now + 70_000, origin: null },
      ]);
    }));

  test.each([
    [SEGMENT_COUNT_MAX, [SEGMENT_COUNT_MAX]],
    [SEGMENT_COUNT_MAX + 1, [SEGMENT_COUNT_MAX, 1]],
    [2 * SEGMENT_COUNT_MAX, [SEGMENT_COUNT_MAX, SEGMENT_COUNT_MAX]],
  ])("of %i messages has rows of %j", (count, counts) =>
    withBareLog((bare) => {
      bare.post(count);
      expect(bare.segments.from(1, 8).map((segment) => segment.count)).toEqual(counts);
      expect(bare.listed()).toHaveLength(count);
    }),
  );

  test.each([
    // Two bodies and the separator.
    [SEGMENT_LENGTH_MAX, [2]],
    [SEGMENT_LENGTH_MAX + 1, [1, 1]],
  ])("of %i characters has rows of %j messages", (length, counts) =>
    withBareLog((bare) => {
      const half = Math.floor((length - 1) / 2);
      const body = (size: number): JsonText => `"${"x".repeat(size - 2)}"` as JsonText;
      const bodies = joinBodies([body(half), body(length - 1 - half)]);
      bare.log.append([{ ttl: toSeconds(60), delay: toSeconds(0), count: 2, bodies }], CLIENT, null, bare.now);
      expect(bare.segments.from(1, 8).map((segment) => segment.count)).toEqual(counts);
    }),
  );

  test("with a body that is larger than a row should be stores it alone", () =>
    withBareLog((bare) => {
      const bodies = joinBodies(["1", `"${"x".repeat(SEGMENT_LENGTH_MAX)}"`, "2"] as JsonText[]);
      bare.log.append([{ ttl: toSeconds(60), delay: toSeconds(0), count: 3, bodies }], CLIENT, null, bare.now);
      expect(bare.segments.from(1, 8).map((segment) => segment.count)).toEqual([1, 1, 1]);
    }));
});

describe("deleting", () => {
  test("some messages of a row writes it once, and leaves others unaffected", () =>
    withBareLog((bare) => {
      bare.post(10);
      expect(bare.written(() => bare.remove([1, 2, 9]))).toBe(1);
      expect(bare.listed()).toEqual([3, 4, 5, 6, 7, 8, 10]);
    }));

  test("all messages of a row removes it, also one by one", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.post(3);
      expect(bare.written(() => bare.remove([1, 2, 3]))).toBe(1);
      for (const sequence of [4, 5, 6]) bare.remove([sequence]);
      expect(bare.rows()).toBe(0);
      expect(bare.raw.exec("SELECT first FROM residue").toArray()).toEqual([]);
    }));

  test("what is deleted or was never stored changes nothing", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.remove([2]);
      expect(bare.written(() => bare.remove([2, 77]))).toBe(0);
      expect(bare.listed()).toEqual([1, 3]);
    }));

  test("forgets claims, an extended life and a delayed release of the message", () =>
    withBareLog((bare) => {
      bare.post(2);
      const life = { ttl: toSeconds(90), expiresAt: bare.now };
      bare.log.changeExceptions([1, 2], ({ offset }, { claimCounts, lives, delays }) => {
        claimCounts.set(offset, 1);
        lives.set(offset, life);
        delays.set(offset, bare.now);
      });
      bare.remove([1]);
      expect(bare.segments.at(1)?.exceptions).toEqual({
        deleted: new Set([0]),
        claimCounts: new Map([[1, 1]]),
        lives: new Map([[1, life]]),
        delays: new Map([[1, bare.now]]),
      });
    }));

  test("and changing other messages of a row costs one row together", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.post(2);
      bare.post(1);
      bare.remove([4]);
      const settle = (): void =>
        bare.log.removeAndChange(new Set([1, 6]), [2, 4, 5], ({ offset }, { claimCounts }) => {
          claimCounts.set(offset, 1);
        });
      expect(bare.written(settle)).toBe(3);
      expect(bare.listed()).toEqual([2, 3, 5]);
      const counts = [1, 4].map((first) => [...(bare.segments.at(first)?.exceptions?.claimCounts ?? [])]);
      expect(counts).toEqual([[[1, 1]], [[1, 1]]]);
      expect(bare.segments.at(6)).toBeNull();
    }));

  test("any message of a damaged row removes the row: which of them are deleted is not known", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.post(3);
      bare.remove([1]);
      bare.damage(1);
      bare.remove([2]);
      expect(bare.listed()).toEqual([4, 5, 6]);
    }));
});

describe("marking", () => {
  test("writes one row for each segment, leaves deleted messages out", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.post(3);
      bare.remove([2]);
      const marked: number[] = [];
      const mark = (): void =>
        bare.log.changeExceptions(
          [1, 2, 3, 4],
          (entry, { claimCounts }) => void (marked.push(...numbersOf([entry])), claimCounts.set(entry.offset, 1)),
        );
      expect(bare.written(mark)).toBe(2);
      expect(marked).toEqual([1, 3, 4]);
    }));
});

describe("a purge", () => {
  test("deletes what no claim holds up to its end, and leaves the rest unaffected", () =>
    withBareLog((bare) => {
      bare.post(4);
      bare.post(2);
      bare.inFlight.hold(2, 0);
      expect(bare.log.purge({ from: 1, to: 4 }, bare.now)).toBeNull();
      expect(bare.listed()).toEqual([2, 5, 6]);
    }));

  test.each([
    [READ_ROWS_MAX - 1, null],
    [READ_ROWS_MAX, READ_ROWS_MAX + 1],
  ])("of %i rows continues at %j", (rows, next) =>
    withBareLog((bare) => {
      for (let row = 0; row < rows; row++) bare.post(1);
      expect(bare.log.purge({ from: 1, to: bare.log.last }, bare.now)).toBe(next);
      expect(bare.rows()).toBe(0);
    }),
  );

  test("removes damaged rows", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.remove([1]);
      bare.damage(1);
      bare.log.purge({ from: 1, to: 3 }, bare.now);
      expect(bare.rows()).toBe(0);
    }));
});

describe("a sweep", () => {
  test("removes rows at the end of their lives, leaves others unaffected", () =>
    withBareLog((bare) => {
      bare.post(2, { ttl: 60 });
      bare.post(2, { ttl: 61 });
      bare.advance(60);
      expect(bare.log.sweep(bare.now)).toBe(false);
      expect(bare.listed()).toEqual([3, 4]);
    }));

  test("takes a bounded number of rows, and says that there may be more", () =>
    withBareLog((bare) => {
      for (let row = 0; row <= READ_ROWS_MAX; row++) bare.post(1, { ttl: 60 });
      bare.advance(60);
      expect([bare.log.sweep(bare.now), bare.rows()]).toEqual([true, 1]);
      expect([bare.log.sweep(bare.now), bare.rows()]).toEqual([false, 0]);
    }));
});

describe("messages that the outbox has yet to read", () => {
  test("stay in their rows when all of a row are deleted, until the cursor is past them", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.post(2);
      bare.log.keepAfter(1);
      bare.remove([1, 2, 3, 4]);
      expect([bare.rows(), bare.listed()]).toEqual([2, []]);
      bare.log.keepAfter(2);
      expect(bare.rows()).toBe(1);
      bare.log.keepAfter(3);
      expect(bare.rows()).toBe(1);
      bare.log.keepAfter(4);
      expect(bare.rows()).toBe(0);
    }));

  test("stay when they have expired", () =>
    withBareLog((bare) => {
      bare.post(2, { ttl: 60 });
      bare.post(2, { ttl: 60 });
      bare.log.keepAfter(2);
      bare.advance(60);
      bare.log.sweep(bare.now);
      expect(bare.rows()).toBe(1);
      bare.log.keepAfter(Infinity);
      bare.log.sweep(bare.now);
      expect(bare.rows()).toBe(0);
    }));

  test("go with a sweep when they were deleted before a restart, and read after it", () =>
    withBareLog((bare) => {
      bare.post(2);
      bare.log.keepAfter(0);
      bare.remove([1, 2]);
      const restarted = new BareLog(bare.sql, bare.raw, { next: 5000, reserved: 5000 });
      restarted.log.keepAfter(0);
      restarted.log.sweep(bare.now);
      expect(bare.rows()).toBe(1);
      restarted.log.keepAfter(2);
      restarted.log.sweep(bare.now);
      expect(bare.rows()).toBe(0);
    }));
});

describe("the count of live messages", () => {
  test("follows posts and deletions without reading a row", () =>
    withBareLog((bare) => {
      bare.post(3);
      expect(bare.liveCount.at(bare.now)).toBe(3);
      bare.post(2);
      const before = bare.sql.rowsRead;
      expect(bare.liveCount.at(bare.now)).toBe(5);
      expect(bare.sql.rowsRead).toBe(before);
      bare.remove([1, 4]);
      expect(bare.liveCount.at(bare.now)).toBe(3);
    }));

  test("is taken anew when one expires, and after a purge", () =>
    withBareLog((bare) => {
      bare.post(3, { ttl: 60 });
      bare.post(2);
      expect(bare.liveCount.at(bare.now)).toBe(5);
      bare.advance(60);
      expect(bare.liveCount.at(bare.now)).toBe(2);
      bare.inFlight.hold(4, 0);
      bare.log.purge({ from: 1, to: 5 }, bare.now);
      expect(bare.liveCount.at(bare.now)).toBe(1);
    }));
});

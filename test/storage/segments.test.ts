/** The rows of the message log: the rows that each read returns, the rows that a change writes, and damaged rows. */
import { describe, expect, test } from "vitest";
import { toSequence, type ClientId, type QueueName } from "../../src/domain/id.ts";
import { joinBodies } from "../../src/domain/message.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { toEpochMs, toSeconds, type EpochMs } from "../../src/domain/time.ts";
import type { Traceparent } from "../../src/domain/traceparent.ts";
import { READ_ROWS_MAX } from "../../src/storage/queue/segment-rows.ts";
import { idOf, SEGMENT_COUNT_MAX, type NewSegment, type Segment } from "../../src/storage/queue/segment.ts";
import type { Segments } from "../../src/storage/queue/segments.ts";
import { EPOCH, FOREIGN, newSegment, withBareLog, type BareLog } from "../support/objects/bare-log.ts";

const OTHER_CLIENT = "00000000000000000000000000000001" as ClientId;

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" as Traceparent;

/** Stores a segment of two messages for each change, from number 1 on. */
function fill({ segments, now }: BareLog, ...changes: readonly Partial<NewSegment>[]): void {
  changes.forEach((change, index) => segments.insert({ ...newSegment(1 + 2 * index, 2, now), ...change }));
}

function firstsOf(segments: readonly Segment[]): number[] {
  return segments.map(({ first }) => first);
}

function later(now: EpochMs, seconds: number): EpochMs {
  return toEpochMs(now + seconds * 1000);
}

/** The segment that begins with the number. Fails if there is none. */
function segmentAt(segments: Segments, sequence: number): Segment {
  const segment = segments.at(sequence);
  if (segment === null) throw new Error(`Nothing is stored at ${sequence}.`);
  return segment;
}

describe("a segment", () => {
  test("is read as it was inserted, its bodies apart", () =>
    withBareLog(({ segments, now }) => {
      const segment = { ...newSegment(7, 2, now), ttl: toSeconds(60), moves: 3, traceparent: TRACEPARENT };
      const { bodies, moves, deadLetter, traceparent, ...rest } = segment;
      segments.insert(segment);
      expect(segments.at(8)).toEqual({ ...rest, size: bodies.length, exceptions: null, isDamaged: false });
      expect(segments.contents(7, 7)).toEqual(new Map([[7, { bodies: ['"m0"', '"m1"'], traceparent }]]));
      expect(segments.movesOf(segmentAt(segments, 7))).toBe(3);
    }));

  test("of dead letters knows where they come from, unless it was stored by a version that did not say", () =>
    withBareLog(({ segments, raw, now }) => {
      const origin = { epoch: FOREIGN, sequence: toSequence(1) };
      const deadLetter = { queue: "orders" as QueueName, at: now };
      segments.insert({ ...newSegment(1, 1, now), origin, deadLetter });
      segments.insert({ ...newSegment(2, 1, now), origin });
      segments.insert(newSegment(3, 1, now));
      const origins = (): unknown[] => [1, 2, 3].map((first) => segments.deadLetterOf(segmentAt(segments, first)));
      expect(origins()).toEqual([deadLetter, null, null]);
      raw.exec("UPDATE segment SET dead_from = NULL, dead_at_ms = NULL");
      expect(origins()).toEqual([null, null, null]);
    }));

  test("is as large as its bodies are in UTF-8", () =>
    withBareLog(({ segments, now }) => {
      segments.insert({ ...newSegment(1, 1, now), bodies: joinBodies(['"€"' as JsonText]) });
      expect(segments.at(1)?.size).toBe(5);
    }));

  test.each([
    [6, false],
    [7, true],
    [8, true],
    [9, false],
  ])("with the numbers 7 and 8 holds %i: %j", (sequence, expected) =>
    withBareLog(({ segments, now }) => {
      segments.insert(newSegment(7, 2, now));
      expect(segments.at(sequence) !== null).toBe(expected);
    }),
  );

  test("that is removed takes its exceptions with it, and leaves others unaffected", () =>
    withBareLog((bare) => {
      fill(bare, {}, {});
      for (const first of [1, 3])
        bare.segments.changeExceptions(segmentAt(bare.segments, first), ({ deleted }) => void deleted.add(0));
      bare.segments.remove(segmentAt(bare.segments, 1));
      expect(bare.raw.exec("SELECT first FROM segment").toArray()).toEqual([{ first: 3 }]);
      expect(bare.raw.exec("SELECT first FROM residue").toArray()).toEqual([{ first: 3 }]);
    }));
});

describe("exceptions of a segment", () => {
  test("are read as they were marked, and cost one row each time", () =>
    withBareLog((bare) => {
      fill(bare, {});
      const life = { ttl: toSeconds(90), expiresAt: later(bare.now, 7200) };
      const mark = (): void =>
        bare.segments.changeExceptions(segmentAt(bare.segments, 1), ({ deleted, claimCounts, lives, delays }) => {
          deleted.add(0);
          claimCounts.set(1, 4);
          lives.set(1, life);
          delays.set(1, later(bare.now, 30));
        });
      expect([bare.written(mark), bare.written(mark)]).toEqual([1, 1]);
      expect(bare.segments.at(1)?.exceptions).toEqual({
        deleted: new Set([0]),
        claimCounts: new Map([[1, 4]]),
        lives: new Map([[1, life]]),
        delays: new Map([[1, later(bare.now, 30)]]),
      });
    }));

  test("are read from rows of versions without delayed releases", () =>
    withBareLog((bare) => {
      fill(bare, {});
      bare.segments.changeExceptions(segmentAt(bare.segments, 1), ({ delays }) => void delays.set(1, bare.now));
      bare.raw.exec("UPDATE residue SET delays = NULL");
      expect(bare.segments.at(1)?.exceptions?.delays).toEqual(new Map());
    }));

  test("that no longer set anything apart leave no row", () =>
    withBareLog((bare) => {
      fill(bare, {});
      bare.segments.changeExceptions(segmentAt(bare.segments, 1), ({ claimCounts }) => void claimCounts.set(1, 4));
      bare.segments.changeExceptions(segmentAt(bare.segments, 1), ({ claimCounts }) => void claimCounts.delete(1));
      expect(bare.segments.at(1)?.exceptions).toBeNull();
      expect(bare.raw.exec("SELECT first FROM residue").toArray()).toEqual([]);
      expect(bare.written(() => bare.segments.changeExceptions(segmentAt(bare.segments, 1), () => undefined))).toBe(0);
    }));

  test("that are damaged are not changed, and the segment says so; it can be removed", () =>
    withBareLog((bare) => {
      fill(bare, {}, {});
      bare.segments.changeExceptions(segmentAt(bare.segments, 1), ({ deleted }) => void deleted.add(0));
      bare.damage(1);
      expect(bare.segments.from(1, 8)).toMatchObject([
        { first: 1, isDamaged: true, exceptions: null },
        { first: 3, isDamaged: false },
      ]);
      expect(
        bare.written(() =>
          bare.segments.changeExceptions(segmentAt(bare.segments, 1), ({ deleted }) => void deleted.add(1)),
        ),
      ).toBe(0);
      bare.segments.remove(segmentAt(bare.segments, 1));
      expect(bare.raw.exec("SELECT first FROM residue").toArray()).toEqual([]);
    }));
});

describe("bodies", () => {
  test.each([
    ["a changed character", "UPDATE segment SET bodies = replace(bodies, 'm0', 'm1') WHERE first = 1"],
    ["a changed checksum", "UPDATE segment SET crc = crc + 1 WHERE first = 1"],
    ["another number of bodies", "UPDATE segment SET bodies = '1', crc = NULL WHERE first = 1"],
  ])("with %s are null, others unaffected", (_, damage) =>
    withBareLog((bare) => {
      fill(bare, {}, {});
      bare.raw.exec(damage);
      expect(
        [...bare.segments.contents(1, 3)].map(([first, content]) => [first, content?.bodies.length ?? null]),
      ).toEqual([
        [1, null],
        [3, 2],
      ]);
    }),
  );

  test("of a version without checksums are read", () =>
    withBareLog((bare) => {
      fill(bare, {});
      bare.raw.exec("UPDATE segment SET crc = NULL");
      expect(bare.segments.contents(1, 1).get(1)).toEqual({ bodies: ['"m0"', '"m1"'], traceparent: null });
    }));
});

describe("reads", () => {
  test("begin with the segment that holds the number, or else with the next one", () =>
    withBareLog(({ segments, now }) => {
      for (const first of [1, 5, 9]) segments.insert(newSegment(first, 2, now));
      expect([1, 2, 3, 6, 7, 11].map((from) => firstsOf(segments.from(from, 8)))).toEqual([
        [1, 5, 9],
        [1, 5, 9],
        [5, 9],
        [5, 9],
        [9],
        [],
      ]);
    }));

  test.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [129, 256],
    [512, 512],
    [513, 512],
  ])("of %i segments return as many, or the next larger limit: %i", (count, returned) =>
    withBareLog(({ segments, now }) => {
      for (let first = 1; first <= READ_ROWS_MAX + 1; first++) segments.insert(newSegment(first, 1, now));
      expect(segments.from(1, count)).toHaveLength(returned);
    }),
  );

  test("of live segments leave out those of which all lives have ended, at that instant", () =>
    withBareLog((bare) => {
      const soon = later(bare.now, 60);
      fill(bare, { expiresAt: soon }, { expiresAt: soon }, {});
      bare.segments.changeExceptions(
        segmentAt(bare.segments, 3),
        ({ lives }) => void lives.set(0, { ttl: toSeconds(90), expiresAt: later(bare.now, 90) }),
      );
      const at = (seconds: number): number[] => firstsOf(bare.segments.aliveFrom(1, 8, later(bare.now, seconds)));
      expect([at(59.999), at(60), at(90)]).toEqual([[1, 3, 5], [3, 5], [5]]);
    }));

  test("for a listing leave out a client's own, and what is visible later", () =>
    withBareLog((bare) => {
      fill(bare, {}, { client: OTHER_CLIENT }, { visibleAt: later(bare.now, 10) });
      const { now } = bare;
      const all = { now, without: null, visibleBy: Number.MAX_SAFE_INTEGER };
      const listed = (filter: Partial<typeof all | { without: ClientId }>): number[] =>
        firstsOf(bare.segments.listedFrom(1, 8, { ...all, ...filter }));
      expect(listed({})).toEqual([1, 3, 5]);
      expect(listed({ without: OTHER_CLIENT })).toEqual([1, 5]);
      expect(listed({ visibleBy: later(now, 9) })).toEqual([1, 3]);
      expect(listed({ visibleBy: later(now, 10) })).toEqual([1, 3, 5]);
    }));

  test("of the newest go backwards, and leave out what is not visible yet", () =>
    withBareLog((bare) => {
      fill(bare, {}, {}, { visibleAt: later(bare.now, 10) });
      expect(firstsOf(bare.segments.newestBefore(100, 8, bare.now))).toEqual([3, 1]);
      expect(firstsOf(bare.segments.newestBefore(3, 8, bare.now))).toEqual([1]);
    }));
});

describe("a message of another log", () => {
  test.each([
    [99, null],
    [100, 0],
    [101, 1],
    [102, null],
  ])("that was posted there as number %i has the offset %j", (sequence, offset) =>
    withBareLog((bare) => {
      fill(bare, {}, { origin: { epoch: FOREIGN, sequence: toSequence(100) } });
      const entry = bare.segments.byOrigin({ epoch: FOREIGN, sequence: toSequence(sequence) });
      expect(entry?.offset ?? null).toBe(offset);
      if (entry !== null) expect(idOf(entry, EPOCH).startsWith(FOREIGN)).toBe(true);
    }),
  );

  test("is found at both ends of the largest segment", () =>
    withBareLog(({ segments, now }) => {
      const origin = { epoch: FOREIGN, sequence: toSequence(100) };
      segments.insert({ ...newSegment(1, SEGMENT_COUNT_MAX, now), origin });
      const offsetOf = (sequence: number): number | undefined =>
        segments.byOrigin({ epoch: FOREIGN, sequence: toSequence(sequence) })?.offset;
      expect([100, 99 + SEGMENT_COUNT_MAX, 100 + SEGMENT_COUNT_MAX].map(offsetOf)).toEqual([
        0,
        SEGMENT_COUNT_MAX - 1,
        undefined,
      ]);
    }));
});

describe("what has expired", () => {
  test("is found once all its lives have ended, up to the cursor", () =>
    withBareLog((bare) => {
      const soon = later(bare.now, 60);
      fill(bare, { expiresAt: soon }, { expiresAt: soon }, { expiresAt: soon }, {});
      bare.segments.changeExceptions(
        segmentAt(bare.segments, 3),
        ({ lives }) => void lives.set(1, { ttl: toSeconds(90), expiresAt: later(bare.now, 90) }),
      );
      const expired = (seconds: number, kept: number): number[] =>
        firstsOf(bare.segments.expired(later(bare.now, seconds), 8, kept)).toSorted((a, b) => a - b);
      expect([expired(59, Infinity), expired(60, Infinity), expired(90, Infinity)]).toEqual([[], [1, 5], [1, 3, 5]]);
      expect([expired(60, 5), expired(60, 6)]).toEqual([[1], [1, 5]]);
    }));

  test("includes segments that were only kept after their last message was deleted", () =>
    withBareLog((bare) => {
      fill(bare, {}, {});
      bare.segments.changeExceptions(segmentAt(bare.segments, 1), ({ deleted }) => void deleted.add(0).add(1));
      bare.segments.changeExceptions(segmentAt(bare.segments, 3), ({ deleted }) => void deleted.add(0));
      expect(firstsOf(bare.segments.expired(bare.now, 8, Infinity))).toEqual([1]);
    }));

  test("next is the earliest end of a segment; an extended life counts, a deleted message's too", () =>
    withBareLog((bare) => {
      expect(bare.segments.earliestExpiry()).toBeNull();
      fill(bare, { expiresAt: later(bare.now, 60) }, { expiresAt: later(bare.now, 70) });
      expect(bare.segments.earliestExpiry()).toBe(later(bare.now, 60));
      bare.segments.changeExceptions(
        segmentAt(bare.segments, 1),
        ({ lives }) => void lives.set(0, { ttl: toSeconds(90), expiresAt: later(bare.now, 90) }),
      );
      expect(bare.segments.earliestExpiry()).toBe(later(bare.now, 70));
    }));
});

describe("counts", () => {
  test("of live messages leave out deleted and expired ones, and say until when they hold", () =>
    withBareLog((bare) => {
      fill(bare, { expiresAt: later(bare.now, 60) }, { expiresAt: later(bare.now, 60) }, {});
      bare.segments.changeExceptions(segmentAt(bare.segments, 3), ({ deleted, lives }) => {
        deleted.add(0);
        lives.set(1, { ttl: toSeconds(90), expiresAt: later(bare.now, 90) });
      });
      const { segments, now } = bare;
      expect(segments.countAlive(now)).toEqual({ count: 5, until: later(now, 60) });
      expect(segments.countAlive(later(now, 60))).toEqual({ count: 3, until: later(now, 90) });
      expect(segments.countAlive(later(now, 90))).toEqual({ count: 2, until: later(now, 3600) });
    }));

  test("of an empty log hold for ever", () =>
    withBareLog(({ segments, now }) => {
      expect(segments.countAlive(now)).toEqual({ count: 0, until: Number.MAX_SAFE_INTEGER });
    }));

  test.each([
    [1, 6, 5],
    [2, 6, 4],
    [3, 6, 3],
    [4, 6, 3],
    [1, 4, 3],
    [7, 9, 0],
  ])("of undeleted messages from %i to %i: %i", (from, to, expected) =>
    withBareLog((bare) => {
      fill(bare, {}, {}, {});
      bare.segments.changeExceptions(segmentAt(bare.segments, 3), ({ deleted }) => void deleted.add(0));
      expect(bare.segments.countBetween(from, to, bare.now)).toBe(expected);
    }),
  );
});

describe("the newest message", () => {
  test("came when it was posted, or when it came from another log", () =>
    withBareLog((bare) => {
      expect([bare.segments.newestPost()?.at ?? null, bare.segments.lastStored()]).toEqual([null, 0]);
      fill(bare, { visibleAt: later(bare.now, 10) });
      expect([bare.segments.newestPost()?.at ?? null, bare.segments.lastStored()]).toEqual([bare.now, 2]);
      const origin = { epoch: FOREIGN, sequence: toSequence(100) };
      bare.segments.insert({ ...newSegment(3, 2, bare.now), origin, visibleAt: later(bare.now, 10) });
      expect([bare.segments.newestPost()?.at ?? null, bare.segments.lastStored()]).toEqual([later(bare.now, 10), 4]);
    }));
});

test("numbers are grouped by their segments, each read once, in order", () =>
  withBareLog((bare) => {
    fill(bare, {}, {}, {});
    const groups: unknown[] = [];
    bare.segments.forEachSegment([6, 1, 2, 2, 99, 5], ({ first }, offsets) => groups.push([first, offsets]));
    expect(groups).toEqual([
      [1, [0, 1]],
      [5, [0, 1]],
    ]);
  }));

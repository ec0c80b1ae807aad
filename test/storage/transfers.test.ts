/** Transfers: the rows of the source, and how the target recognises repeats. */
import { describe, expect, test } from "vitest";
import { toSequence, type QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { joinBodies, type Transfer, type TransferredRun } from "../../src/domain/message.ts";
import { DEAD_LETTER_MOVES_MAX, type DeadLetters } from "../../src/domain/queue-metadata.ts";
import { after, toEpochMs, toSeconds } from "../../src/domain/time.ts";
import type { Traceparent } from "../../src/domain/traceparent.ts";
import { OutgoingTransfers } from "../../src/storage/queue/outgoing-transfers.ts";
import type { ReadableEntry } from "../../src/storage/queue/readable-entries.ts";
import { QUEUE_MIGRATIONS } from "../../src/storage/queue/schema.ts";
import { Transfers } from "../../src/storage/queue/transfers.ts";
import { CLIENT, EPOCH, FOREIGN, newSegment, withBareLog, type BareLog } from "../support/objects/bare-log.ts";
import { withStorage } from "../support/objects/bare-storage.ts";

const NOW = toEpochMs(1_000_000_000_000);
const DEAD = "dead" as QueueName;
const OTHER = "other" as QueueName;
const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" as Traceparent;

function transfer(number: number, change: Partial<TransferredRun> = {}): Transfer {
  const run: TransferredRun = {
    origin: { epoch: EPOCH, sequence: toSequence(number) },
    count: 1,
    ttl: toSeconds(60),
    postedAt: NOW,
    expiresAt: after(NOW, toSeconds(60)),
    client: CLIENT,
    bodies: joinBodies(['"a"' as JsonText]),
    moves: 0,
    ...change,
  };
  return { number, run };
}

function withTransfers(work: (transfers: Transfers, raw: SqlStorage) => void): Promise<void> {
  return withStorage(QUEUE_MIGRATIONS, (sql, raw) => work(new Transfers(sql), raw));
}

describe("the source", () => {
  test("sends a transfer as it was written", () =>
    withTransfers((transfers) => {
      const sent = transfer(7, { count: 2, moves: 3, bodies: joinBodies(["1", "2"] as JsonText[]) });
      const dead = transfer(8, { deadAt: NOW, traceparent: TRACEPARENT });
      for (const each of [sent, dead]) transfers.write(DEAD, each);
      expect(transfers.pendingTo(DEAD)).toEqual([sent, dead]);
    }));

  test("sends a transfer of a version without moves as one without", () =>
    withTransfers((transfers, raw) => {
      transfers.write(DEAD, transfer(7, { moves: 2 }));
      raw.exec("UPDATE transfer SET moves = NULL");
      expect(transfers.pendingTo(DEAD)).toMatchObject([{ run: { moves: 0 } }]);
    }));

  test("sends each target its own, oldest first, sixteen at a time", () =>
    withTransfers((transfers) => {
      for (let number = 17; number >= 1; number--) transfers.write(DEAD, transfer(number));
      transfers.write(OTHER, transfer(18));
      expect(transfers.pendingTo(DEAD).map(({ number }) => number)).toEqual(
        Array.from({ length: 16 }, (_, index) => index + 1),
      );
      expect(transfers.targets().toSorted()).toEqual([DEAD, OTHER]);
      expect(transfers.oldest()).toBe(1);
    }));

  test("removes what a target has up to a number, leaves others unaffected", () =>
    withTransfers((transfers) => {
      for (const number of [1, 3, 5]) transfers.write(DEAD, transfer(number));
      transfers.write(OTHER, transfer(2));
      transfers.remove(DEAD, 3);
      expect([transfers.pendingTo(DEAD), transfers.pendingTo(OTHER)].flat().map(({ number }) => number)).toEqual([
        5, 2,
      ]);
      expect(transfers.isEmpty).toBe(false);
      transfers.remove(DEAD, 5);
      transfers.remove(OTHER, 5);
      expect([transfers.isEmpty, transfers.oldest()]).toEqual([true, null]);
    }));
});

describe("the target", () => {
  const SOURCE = `orders/${FOREIGN}`;

  test("adopts each number of a source once, whatever is repeated", () =>
    withTransfers((transfers) => {
      const [one, two, three] = [transfer(1), transfer(2), transfer(3)];
      expect(transfers.adopt(SOURCE, [one, two])).toEqual([one, two]);
      expect(transfers.adopt(SOURCE, [one, two, three])).toEqual([three]);
      expect(transfers.adopt(SOURCE, [one, two, three])).toEqual([]);
    }));

  test("counts the numbers of each source apart", () =>
    withTransfers((transfers) => {
      transfers.adopt(SOURCE, [transfer(9)]);
      expect(transfers.adopt(`orders/${EPOCH}`, [transfer(1)])).toHaveLength(1);
    }));

  test("has one row for each source, and none for nothing new", () =>
    withTransfers((transfers, raw) => {
      transfers.adopt(SOURCE, []);
      expect(raw.exec("SELECT source, number FROM adoption").toArray()).toEqual([]);
      transfers.adopt(SOURCE, [transfer(1), transfer(2)]);
      transfers.adopt(SOURCE, [transfer(3)]);
      expect(raw.exec("SELECT source, number FROM adoption").toArray()).toEqual([{ source: SOURCE, number: 3 }]);
    }));

  test("knows the queue that an epoch's messages came from; null for an epoch that sent none", () =>
    withTransfers((transfers) => {
      transfers.adopt(SOURCE, [transfer(1)]);
      expect([transfers.queueOf(FOREIGN), transfers.queueOf(EPOCH)]).toEqual(["orders", null]);
    }));
});

describe("messages that leave", () => {
  const TO: DeadLetters = { queue: DEAD, maxClaimCount: 2, ttl: null };

  /** The entries of the segments that begin with these numbers. */
  function entries({ segments }: BareLog, ...firsts: readonly number[]): ReadableEntry[] {
    return firsts.flatMap((first) => {
      const segment = segments.at(first);
      if (segment === null) return [];
      const { bodies = [], traceparent = null } = segments.contents(first, first).get(first) ?? {};
      return bodies.map((body, offset) => ({ entry: { segment, offset }, body, traceparent }));
    });
  }

  function outgoing({ sql, segments, log }: BareLog): OutgoingTransfers {
    return new OutgoingTransfers({
      segments,
      transfers: new Transfers(sql),
      epoch: EPOCH,
      allocate: () => log.allocate(1),
    });
  }

  function written({ sql }: BareLog): readonly Transfer[] {
    return new Transfers(sql).pendingTo(DEAD);
  }

  test("are those that were claimed as often as they may, with one move more; others stay", () =>
    withBareLog((bare) => {
      bare.post(3);
      bare.log.changeExceptions([1, 2, 3], ({ offset }, { claimCounts }) => void claimCounts.set(offset, offset + 1));
      const dead = outgoing(bare).writeDeadLetters(entries(bare, 1), TO, bare.now);
      expect(dead.map(({ body }) => body)).toEqual(['"m1"', '"m2"']);
      expect(written(bare)).toMatchObject([
        { number: 4, run: { origin: { epoch: EPOCH, sequence: 2 }, count: 2, moves: 1, deadAt: bare.now } },
      ]);
    }));

  test.each([
    [DEAD_LETTER_MOVES_MAX - 1, 1],
    [DEAD_LETTER_MOVES_MAX, 0],
  ])("have moved fewer times than allowed: after %i moves %i leave", (moves, count) =>
    withBareLog((bare) => {
      bare.log.insert({ ...newSegment(bare.log.allocate(1), 1, bare.now), moves });
      bare.log.changeExceptions([1], ({ offset }, { claimCounts }) => void claimCounts.set(offset, 2));
      expect(outgoing(bare).writeDeadLetters(entries(bare, 1), TO, bare.now)).toHaveLength(count);
    }),
  );

  test("by a redrive have their moves counted from zero", () =>
    withBareLog((bare) => {
      bare.log.insert({ ...newSegment(bare.log.allocate(1), 1, bare.now), moves: 4 });
      outgoing(bare).writeRedriven(entries(bare, 1), TO, bare.now);
      expect(written(bare)).toMatchObject([{ run: { moves: 0 } }]);
      expect(written(bare)[0]?.run).not.toHaveProperty("deadAt");
    }));

  test("keep ttl and expiry, or get the queue's ttl from now on", () =>
    withBareLog((bare) => {
      bare.post(1, { ttl: 60 });
      const posted = bare.now;
      bare.advance(10);
      outgoing(bare).writeRedriven(entries(bare, 1), TO, bare.now);
      outgoing(bare).writeRedriven(entries(bare, 1), { queue: DEAD, ttl: toSeconds(300) }, bare.now);
      expect(written(bare)).toMatchObject([
        { run: { ttl: 60, postedAt: posted, expiresAt: posted + 60_000 } },
        { run: { ttl: 300, postedAt: posted, expiresAt: posted + 310_000 } },
      ]);
    }));

  test("keep the id they were first posted under, also on their second way", () =>
    withBareLog((bare) => {
      const first = bare.adopt(2, 100);
      outgoing(bare).writeRedriven(entries(bare, first).slice(1), TO, bare.now);
      expect(written(bare)).toMatchObject([{ run: { origin: { epoch: FOREIGN, sequence: 101 } } }]);
    }));

  test("go together as far as they are neighbours with one life in one segment", () =>
    withBareLog((bare) => {
      bare.post(4);
      bare.post(1);
      bare.log.changeExceptions(
        [3],
        ({ offset }, { lives }) =>
          void lives.set(offset, { ttl: toSeconds(90), expiresAt: after(bare.now, toSeconds(9000)) }),
      );
      const all = entries(bare, 1, 5);
      outgoing(bare).writeRedriven(
        all.filter((_, index) => index !== 1),
        TO,
        bare.now,
      );
      outgoing(bare).writeRedriven(all.slice(0, 2), TO, bare.now);
      const runs = written(bare).map(({ run }) => [
        run.origin.sequence,
        run.count,
        run.bodies.replaceAll("\u001e", " "),
      ]);
      expect(runs).toEqual([
        [1, 1, '"m0"'],
        [3, 1, '"m2"'],
        [4, 1, '"m3"'],
        [5, 1, '"m0"'],
        [1, 2, '"m0" "m1"'],
      ]);
    }));
});

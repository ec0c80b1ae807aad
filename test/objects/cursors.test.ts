/** The cursors of a queue's subscriptions: in memory, in rows, and the messages that the log has to keep for them. */
import { describe, expect, test } from "vitest";
import { toEpoch } from "../../src/domain/id.ts";
import { toEpochMs } from "../../src/domain/time.ts";
import { Cursors } from "../../src/objects/queue/cursors.ts";
import { SubscribedQueue } from "../support/fakes/subscribed-queue.ts";

/** Cursors over a log of ten messages. */
function withTen(): { readonly queue: SubscribedQueue; readonly cursors: Cursors } {
  const queue = new SubscribedQueue();
  queue.post(...Array.from("abcdefghij"));
  return { queue, cursors: new Cursors(queue.deps()) };
}

describe("the shared cursor", () => {
  test("is written once for all subscriptions that keep up: the least of theirs", () => {
    const { queue, cursors } = withTen();
    for (const number of [1, 2, 3]) queue.subscribe(number);
    cursors.reset();
    cursors.advance(1, queue.epoch, 10);
    cursors.advance(2, queue.epoch, 4);
    cursors.write(queue.epoch);
    expect(queue.sharedCursors).toEqual([]);
    cursors.advance(3, queue.epoch, 7);
    cursors.write(queue.epoch);
    expect(queue.sharedCursors.map(({ sequence }) => sequence)).toEqual([4]);
    expect(queue.changes).toEqual([]);
    expect([1, 2, 3].map((number) => cursors.cursorOf(queue.entry(number)))).toEqual([10, 4, 7]);
  });

  test("leaves nothing in memory once all have caught up", () => {
    const { queue, cursors } = withTen();
    for (const number of [1, 2]) queue.subscribe(number);
    cursors.reset();
    for (const number of [1, 2]) cursors.advance(number, queue.epoch, 10);
    expect(cursors.size).toBe(2);
    cursors.write(queue.epoch);
    expect([cursors.size, cursors.isBehind]).toEqual([0, false]);
    expect(cursors.cursorOf(queue.entry(1))).toBe(10);
  });

  test("is put at the end of the log before the first subscription, which is told of nothing older", () => {
    const { queue, cursors } = withTen();
    cursors.startAtEnd();
    const first = queue.subscribe(1);
    expect([cursors.cursorOf(first), cursors.isBehind]).toEqual([10, false]);
    queue.post("new");
    expect([cursors.cursorOf(first), cursors.isBehind]).toEqual([10, true]);
  });

  test("is read again by an object that restarts: memory that was ahead of it is lost", () => {
    const { queue, cursors } = withTen();
    queue.subscribe(1);
    cursors.reset();
    cursors.advance(1, queue.epoch, 5);
    cursors.write(queue.epoch);
    cursors.advance(1, queue.epoch, 10);
    expect(new Cursors(queue.deps()).cursorOf(queue.entry(1))).toBe(5);
  });

  test("of an earlier life of the queue counts for nothing", () => {
    const { queue, cursors } = withTen();
    const subscription = queue.subscribe(1);
    cursors.reset();
    const former = queue.epoch;
    queue.epoch = toEpoch(1_800_000_000_000, 2);
    queue.sharedCursors.length = 0;
    expect(cursors.cursorOf(subscription)).toBe(0);
    cursors.advance(1, former, 10);
    cursors.write(former);
    expect([cursors.cursorOf(subscription), queue.sharedCursors]).toEqual([0, []]);
  });
});

describe("a subscription that lags", () => {
  test("has its own cursor in its row, and the shared one goes on without it", () => {
    const { queue, cursors } = withTen();
    for (const number of [1, 2]) queue.subscribe(number);
    cursors.reset();
    cursors.advance(1, queue.epoch, 3);
    cursors.setLag(1, true);
    cursors.advance(2, queue.epoch, 10);
    cursors.write(queue.epoch);
    expect(queue.changes).toEqual([[1, { cursor: { epoch: queue.epoch, sequence: 3 }, lagging: true }]]);
    expect(queue.sharedCursors.map(({ sequence }) => sequence)).toEqual([10]);
    expect([cursors.cursorOf(queue.entry(1)), queue.repeats]).toEqual([3, 1]);
  });

  test("costs no further row while it stands still, and the alarm is armed each time", () => {
    const { queue, cursors } = withTen();
    queue.subscribe(1, { lagging: true, cursor: { epoch: queue.epoch, sequence: 3 } });
    cursors.reset();
    cursors.setLag(1, true);
    cursors.write(queue.epoch);
    cursors.setLag(1, true);
    cursors.write(queue.epoch);
    expect([queue.changes, queue.repeats]).toEqual([[], 2]);
  });

  test("that has caught up has its row changed once, and shares the cursor again", () => {
    const { queue, cursors } = withTen();
    queue.subscribe(1, { lagging: true, cursor: { epoch: queue.epoch, sequence: 3 } });
    cursors.reset();
    cursors.advance(1, queue.epoch, 10);
    cursors.setLag(1, false);
    cursors.write(queue.epoch);
    cursors.setLag(1, false);
    cursors.write(queue.epoch);
    expect(queue.changes).toEqual([[1, { cursor: { epoch: queue.epoch, sequence: 10 }, lagging: false }]]);
    expect(queue.sharedCursors.map(({ sequence }) => sequence)).toEqual([10]);
  });
});

describe("the log keeps", () => {
  test("what some active subscription has not been handed, by the rows and not by memory", () => {
    const { queue, cursors } = withTen();
    queue.subscribe(1);
    queue.subscribe(2, { lagging: true, cursor: { epoch: queue.epoch, sequence: 2 } });
    cursors.reset();
    expect(queue.keptAfter).toBe(0);
    cursors.advance(1, queue.epoch, 10);
    cursors.write(queue.epoch);
    expect(queue.keptAfter).toBe(2);
    queue.subscribe(2, { lagging: true, disabled: true });
    cursors.keepUnread();
    expect(queue.keptAfter).toBe(10);
  });

  test("nothing for subscriptions that messages do not go to", () => {
    const { queue, cursors } = withTen();
    queue.subscribe(1, { disabled: true });
    cursors.reset();
    expect([queue.keptAfter, cursors.isBehind]).toEqual([Infinity, false]);
  });
});

test("the sweep that was planned before the object slept is recalled only if every message was handed over", () => {
  const { queue } = withTen();
  const sweepAt = toEpochMs(1_700_000_600_000);
  queue.subscribe(1);
  queue.sharedCursors.push({ sequence: 9, sweepAt });
  new Cursors(queue.deps()).reset();
  expect(queue.recalledSweeps).toEqual([]);
  queue.sharedCursors.push({ sequence: 10, sweepAt });
  new Cursors(queue.deps()).reset();
  expect(queue.recalledSweeps).toEqual([sweepAt]);
});

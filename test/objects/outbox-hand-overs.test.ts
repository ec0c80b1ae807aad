/** The hand-over loop, over a log in memory and DeliveryObjects with scripted answers. */
import { describe, expect, test, vi } from "vitest";
import { toEpochMs } from "../../src/domain/time.ts";
import { Outbox } from "../../src/objects/queue/outbox.ts";
import { SILENT_INTERVAL } from "../../src/objects/rpc/delivery.ts";
import { SubscribedQueue } from "../support/fakes/subscribed-queue.ts";

const LONG = 10_000;

/** An outbox. The cursors of its subscriptions are at the start of the log. */
function withSubscriptions(count: number): { readonly queue: SubscribedQueue; readonly outbox: Outbox } {
  const queue = new SubscribedQueue();
  for (let number = 1; number <= count; number++) queue.subscribe(number);
  const outbox = new Outbox(queue.deps());
  outbox.reset();
  return { queue, outbox };
}

async function handOver(outbox: Outbox, lagging = false): Promise<void> {
  outbox.start({ lagging });
  await outbox.settle(LONG);
  // The progress is written after the last hand-over has ended.
  await scheduler.wait(0);
}

describe("a hand-over", () => {
  test("brings each subscription all messages, page by page and in order, and one cursor is written for all", async () => {
    const { queue, outbox } = withSubscriptions(3);
    queue.post(...Array.from("abcdef"));
    await handOver(outbox);
    const own = (wanted: number): unknown[] =>
      queue.handedOver.flatMap(([number, ...bodies]) => (number === wanted ? [bodies.map((body) => body[1])] : []));
    for (const number of [1, 2, 3])
      expect(own(number)).toEqual([
        ["a", "b", "c", "d"],
        ["e", "f"],
      ]);
    expect(queue.sharedCursors.at(-1)).toMatchObject({ sequence: 6 });
    expect([queue.changes, outbox.isBehind]).toEqual([[], false]);
  });

  test("reads each page once, and holds none when nothing is under way any more", async () => {
    const { queue, outbox } = withSubscriptions(50);
    queue.post("a");
    await handOver(outbox);
    expect(queue.pagesRead).toBe(1);
    queue.sharedCursors.length = 0;
    outbox.reset();
    await handOver(outbox);
    expect(queue.pagesRead).toBe(2);
  });

  test("takes in what is posted while it is under way", async () => {
    const { queue, outbox } = withSubscriptions(1);
    queue.post("a");
    queue.accept = (_, { parcels }) => {
      if (parcels[0]?.number === 1) queue.post("b");
      return "taken";
    };
    await handOver(outbox);
    expect(queue.handedOver).toEqual([
      [1, '"a"'],
      [1, '"b"'],
    ]);
  });

  test("of as many messages as the subscriber takes at a time, once a call has shown how many those are", async () => {
    const { queue, outbox } = withSubscriptions(1);
    queue.concurrency = 3;
    queue.post(...Array.from("abcdefghijklmnopqr"));
    await handOver(outbox);
    expect(queue.handedOver.map(([, ...bodies]) => bodies.length)).toEqual([4, 12, 2]);
  });

  test("ends without a call when messages no longer go to the subscription", async () => {
    const { queue, outbox } = withSubscriptions(1);
    queue.post("a");
    outbox.start({ lagging: false });
    queue.subscribe(1, { disabled: true });
    await outbox.settle(LONG);
    expect([queue.handedOver, queue.changes]).toEqual([[], []]);
  });

  test("goes first to objects whose last call was quick", async () => {
    const { queue, outbox } = withSubscriptions(3);
    vi.useFakeTimers({ toFake: ["Date"], now: queue.now });
    const called: number[] = [];
    queue.accept = (number) => {
      called.push(number);
      // The first is the slowest.
      vi.setSystemTime(Date.now() + 1000 * (3 - number));
      return "taken";
    };
    for (const body of ["a", "b"]) {
      queue.post(body);
      await handOver(outbox);
    }
    vi.useRealTimers();
    expect(called).toEqual([1, 2, 3, 3, 2, 1]);
  });
});

describe("a subscription whose object", () => {
  test("cannot be called lags, is logged once with all others, and is called again only by the alarm", async () => {
    const lines = vi.spyOn(console, "error").mockReturnValue();
    const { queue, outbox } = withSubscriptions(3);
    queue.accept = (number) => {
      if (number === 2) return "taken";
      throw new Error("The object cannot be reached.");
    };
    queue.post("a");
    await handOver(outbox);
    expect(queue.changes.map(([number, { lagging }]) => [number, lagging])).toEqual([
      [1, true],
      [3, true],
    ]);
    expect(lines).toHaveBeenCalledTimes(1);
    expect(String(lines.mock.lastCall)).toContain("2 operations of a batch failed");
    lines.mockRestore();
    queue.accept = () => "taken";
    queue.post("b");
    await handOver(outbox);
    expect(queue.handedOver.map(([number]) => number)).toEqual([2, 2]);
    await handOver(outbox, true);
    expect(queue.handedOver.slice(2)).toEqual([
      [1, '"a"', '"b"'],
      [3, '"a"', '"b"'],
    ]);
    expect([...queue.entries.values()].map(({ lagging }) => lagging)).toEqual([false, false, false]);
  });

  test("answers `silent` is not called before the interval is over, unless its subscriber is another by then", async () => {
    const { queue, outbox } = withSubscriptions(1);
    let calls = 0;
    queue.accept = () => (++calls === 3 ? "taken" : "silent");
    queue.post("a");
    await handOver(outbox);
    await handOver(outbox, true);
    expect(calls).toBe(1);
    outbox.clearSilence(1);
    await handOver(outbox, true);
    expect(calls).toBe(2);
    queue.now = toEpochMs(queue.now + SILENT_INTERVAL * 1000);
    await handOver(outbox, true);
    expect([calls, queue.entry(1).lagging]).toEqual([3, false]);
  });

  test("takes long holds up no other, and the shared cursor waits for it", async () => {
    const { queue, outbox } = withSubscriptions(2);
    let answer = (): void => undefined;
    queue.accept = (number) => (number === 1 ? new Promise((resolve) => (answer = () => resolve("taken"))) : "taken");
    queue.post("a");
    outbox.start({ lagging: false });
    await expect.poll(() => queue.handedOver).toEqual([[2, '"a"']]);
    expect([queue.sharedCursors, outbox.isBehind]).toEqual([[], true]);
    answer();
    await outbox.settle(LONG);
    await expect.poll(() => queue.sharedCursors.at(-1)?.sequence).toBe(1);
  });
});

test("a transaction that fails is repeated with the next progress, and rejects nothing", async () => {
  const lines = vi.spyOn(console, "error").mockReturnValue();
  const queue = new SubscribedQueue();
  queue.subscribe(1);
  let isFull = true;
  const outbox = new Outbox({
    ...queue.deps(),
    write: async (work) => {
      if (isFull) throw new Error("The disk is full.");
      work();
    },
  });
  queue.post("a");
  await handOver(outbox);
  expect(String(lines.mock.lastCall)).toContain("The disk is full.");
  lines.mockRestore();
  isFull = false;
  queue.post("b");
  await handOver(outbox);
  expect(queue.sharedCursors.map(({ sequence }) => sequence)).toEqual([2]);
});

test("what memory holds of a subscription goes with it", async () => {
  const { queue, outbox } = withSubscriptions(2);
  queue.accept = () => "silent";
  queue.concurrency = 4;
  queue.post("a");
  await handOver(outbox);
  for (const number of [1, 2]) {
    queue.entries.delete(number);
    outbox.forget(number);
  }
  expect(outbox.size).toBe(0);
});

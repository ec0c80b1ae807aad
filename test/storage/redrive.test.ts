/** Redrives step by step: the messages that they move, the target queues, and the rate. */
import { describe, expect, test } from "vitest";
import type { QueueName } from "../../src/domain/id.ts";
import { isAlive, sequenceOf, type Entry } from "../../src/storage/queue/segment.ts";
import { Redrives, type RedriveDeps } from "../../src/storage/queue/redrive.ts";
import { Transfers } from "../../src/storage/queue/transfers.ts";
import { FOREIGN, withBareLog, type BareLog } from "../support/objects/bare-log.ts";

const DEAD = "dead" as QueueName;
const ALL = { target: null, prefix: "", maxMessages: null, messagesPerSecond: null };
const STEP = 32;

/** The source queue. It records the messages that leave and their targets. */
class Source implements RedriveDeps {
  readonly record = { name: DEAD };
  readonly sent: [string, number][] = [];
  readonly bare: BareLog;
  readonly redrives: Redrives;

  constructor(bare: BareLog) {
    this.bare = bare;
    this.redrives = new Redrives(bare.sql);
    new Transfers(bare.sql).adopt(`orders/${FOREIGN}`, []);
    bare.raw.exec("INSERT INTO adoption (source, number) VALUES (?, 1)", `orders/${FOREIGN}`);
  }

  get extent(): { readonly to: number } {
    return { to: this.bare.log.last };
  }

  isFree(entry: Entry): boolean {
    return this.bare.inFlight.slotOf(sequenceOf(entry)) === null && isAlive(entry, this.bare.now);
  }

  send(entries: readonly Entry[], { queue }: { readonly queue: QueueName }): number {
    for (const entry of entries) this.sent.push([queue, sequenceOf(entry)]);
    this.bare.remove(entries.map(sequenceOf));
    return entries.length;
  }

  start(order: Partial<Parameters<Redrives["start"]>[1]> = {}): void {
    this.redrives.start(this, { ...ALL, ...order }, this.bare.now);
  }

  step(): number | null {
    return this.redrives.step(this, this.bare.now);
  }

  /** Makes steps until the redrive ends or has to wait. */
  run(): number | null {
    for (;;) {
      const rest = this.step();
      if (rest !== 0) return rest;
    }
  }
}

function withSource(work: (source: Source, bare: BareLog) => void): Promise<void> {
  return withBareLog((bare) => work(new Source(bare), bare));
}

describe("a redrive", () => {
  test("sends messages to the queue they came from, leaves the queue's own unaffected", () =>
    withSource((source, bare) => {
      bare.post(1);
      const first = bare.adopt(2, 100);
      source.start();
      expect(source.run()).toBeNull();
      expect(source.sent).toEqual([
        ["orders", first],
        ["orders", first + 1],
      ]);
      expect(bare.listed()).toEqual([1]);
    }));

  test("to a target sends all messages there, its own too", () =>
    withSource((source, bare) => {
      bare.post(1);
      bare.adopt(1, 100);
      source.start({ target: "elsewhere" as QueueName });
      source.run();
      expect(source.sent).toEqual([
        ["elsewhere", 1],
        ["elsewhere", 2],
      ]);
    }));

  test.each([
    ["ord", 1],
    ["x", 0],
  ])("of a key with the prefix %j moves %i messages of the queue orders", (prefix, count) =>
    withSource((source, bare) => {
      bare.adopt(1, 100);
      source.start({ prefix });
      source.run();
      expect(source.sent).toHaveLength(count);
    }),
  );

  test("leaves messages whose source is not known, claimed ones, and those posted after it began", () =>
    withSource((source, bare) => {
      const first = bare.adopt(2, 100);
      bare.inFlight.hold(first, 0);
      source.start();
      bare.adopt(1, 200);
      source.run();
      expect(source.sent).toEqual([["orders", first + 1]]);
      bare.raw.exec("DELETE FROM adoption");
      source.start();
      source.run();
      expect(source.sent).toHaveLength(1);
    }));

  test("that is over tells what it has moved and when it ended; a new one begins from zero", () =>
    withSource((source, bare) => {
      expect(source.redrives.latest(bare.now)).toBeNull();
      bare.adopt(3, 100);
      const startedAt = bare.now;
      source.start({ maxMessages: 5 });
      expect(source.redrives.latest(bare.now)).toMatchObject({ status: "running", moved: 0, remaining: 3, startedAt });
      bare.advance(2);
      source.run();
      const state = { status: "done", moved: 3, remaining: 0, startedAt, finishedAt: bare.now, maxMessages: 5 };
      expect([source.redrives.latest(bare.now), source.redrives.isRunning]).toMatchObject([state, false]);
      source.start();
      expect(source.redrives.latest(bare.now)).toMatchObject({ status: "running", moved: 0, finishedAt: null });
    }));

  test("that is canceled moves nothing more; a second time nothing happens", () =>
    withSource((source, bare) => {
      bare.adopt(3, 100);
      source.start();
      source.redrives.cancel(bare.now);
      const canceledAt = bare.now;
      bare.advance(5);
      source.redrives.cancel(bare.now);
      expect([source.step(), source.sent]).toEqual([null, []]);
      expect(source.redrives.latest(bare.now)).toMatchObject({ status: "canceled", finishedAt: canceledAt });
    }));
});

describe("a step", () => {
  test.each([
    [STEP, 1],
    [STEP + 1, 2],
  ])("is bounded: %i messages take %i", (count, steps) =>
    withSource((source, bare) => {
      bare.adopt(count, 100);
      source.start();
      for (let step = 1; step < steps; step++) expect(source.step()).toBe(0);
      expect([source.step(), source.sent.length]).toEqual([null, count]);
    }),
  );

  test("reads a bounded number of segments, and continues behind them", () =>
    withSource((source, bare) => {
      for (let row = 0; row < 3 * STEP; row++) bare.post(1);
      bare.adopt(1, 100);
      source.start();
      const before = bare.sql.rowsRead;
      expect([source.step(), source.sent]).toEqual([0, []]);
      expect(bare.sql.rowsRead - before).toBeLessThan(4 * STEP);
      expect([source.run(), source.sent.length]).toEqual([null, 1]);
    }));

  test.each([
    [2, 2],
    [5, 3],
  ])("stops at %i messages asked for: %i of three move", (maxMessages, moved) =>
    withSource((source, bare) => {
      bare.adopt(3, 100);
      source.start({ maxMessages });
      expect(source.redrives.latest(bare.now)?.remaining).toBe(moved);
      source.run();
      expect([source.sent.length, source.redrives.latest(bare.now)?.status]).toEqual([moved, "done"]);
    }),
  );

  test("of a redrive with a rate moves a second's messages at once, and then waits", () =>
    withSource((source, bare) => {
      bare.adopt(25, 100);
      source.start({ messagesPerSecond: 10 });
      expect([source.step(), source.sent.length]).toEqual([0, 10]);
      expect([source.step(), source.sent.length]).toEqual([1000, 10]);
      bare.advance(1);
      expect([source.run(), source.sent.length]).toEqual([1000, 20]);
      // Unused rate is saved for one second only.
      bare.advance(60);
      expect([source.run(), source.sent.length]).toEqual([null, 25]);
    }));

  test("after the clock was set back begins its rate anew instead of waiting until then", () =>
    withSource((source, bare) => {
      bare.adopt(25, 100);
      source.start({ messagesPerSecond: 10 });
      source.step();
      bare.advance(-3600);
      expect([source.step(), source.sent.length]).toEqual([0, 20]);
    }));
});

test("transfers of a redrive are on their way while one with its number or a lower one has a row", () =>
  withSource((source, bare) => {
    expect(source.redrives.hasTransfersUpTo(10)).toBe(false);
    bare.raw.exec("INSERT INTO transfer VALUES (5, 'orders', ?, 1, 1, 60, 1, 1, 'c', '1', NULL, NULL, NULL)", FOREIGN);
    expect([4, 5, 6].map((number) => source.redrives.hasTransfersUpTo(number))).toEqual([false, true, true]);
  }));

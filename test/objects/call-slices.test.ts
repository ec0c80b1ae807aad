/** A queue with more subscribers than the calls that one call of an object may make. */
import { expect, test } from "vitest";
import { Slices } from "../../src/objects/queue/call-slices.ts";
import { SLICE_MAX } from "../../src/objects/rpc/call-limit.ts";
import { freezeClock } from "../support/clock.ts";
import { between, rows } from "../support/objects/queue-outbox.ts";
import { numbered, project, type Queue } from "../support/drivers/zaqar-client.ts";

freezeClock();

/** The calls in their order. */
class Caller {
  readonly begun: number[] = [];
  called = 0;
  readonly slices = new Slices(() => void this.called++);

  call(from: number, to: number): void {
    for (let number = from; number <= to; number++) void this.slices.enter().then(() => this.begun.push(number));
  }
}

test("a call of the object makes a bounded number of calls, and the next one continues in their order", async () => {
  const caller = new Caller();
  caller.call(1, SLICE_MAX);
  expect(caller.called).toBe(0);
  caller.call(SLICE_MAX + 1, 2 * SLICE_MAX + 1);
  await scheduler.wait(0);
  expect([caller.begun.length, caller.called]).toEqual([SLICE_MAX, 1]);
  await caller.slices.ended();
  caller.slices.begin();
  await scheduler.wait(0);
  expect([caller.begun.length, caller.called]).toEqual([2 * SLICE_MAX, 2]);
  caller.slices.begin();
  await scheduler.wait(0);
  expect([caller.begun.at(-1), caller.called]).toEqual([2 * SLICE_MAX + 1, 2]);
  expect(caller.begun).toEqual(caller.begun.toSorted((a, b) => a - b));
});

/** A queue whose subscribers need three slices. */
async function crowdedQueue(): Promise<{ readonly orders: Queue; readonly count: number }> {
  const orders = await project().queue();
  const count = 2 * SLICE_MAX + 50;
  for (let each = 0; each < count; each += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, one) => orders.subscribe(`https://receiver.example/${each + one}`)),
    );
  }
  return { orders, count };
}

test("all of many subscribers get all messages although the queue is deleted at once", async () => {
  const { orders, count } = await crowdedQueue();
  let told = 0;
  between(orders, () => ({
    accept: async ({ parcels }) => {
      told += parcels.length;
      return "taken";
    },
  }));
  for (const body of numbered(6)) await orders.post(body);
  await orders.remove();
  expect(told).toBe(6 * count);
});

test("all of many subscribers get a message once, and are told of their end", async () => {
  const { orders, count } = await crowdedQueue();
  const told: string[] = [];
  const ended: string[] = [];
  between(orders, (_, id) => ({
    accept: async () => {
      told.push(id);
      return "taken";
    },
    end: async () => void ended.push(id),
  }));
  await orders.post("a");
  await expect.poll(() => told.length, { timeout: 10_000 }).toBe(count);
  expect(new Set(told).size).toBe(count);
  await orders.purge("subscriptions");
  await expect.poll(() => rows(orders, "farewell"), { timeout: 10_000 }).toEqual([]);
  expect([ended.length, new Set(ended).size]).toEqual([count, count]);
});
